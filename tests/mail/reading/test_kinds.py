"""An answer, an automatic one, one that came back: each told by what somebody was once caught by."""

from __future__ import annotations

import pytest

from hub.mail.reading import parsing
from hub.mail.reading.bounces import report_of, told_in_words
from hub.mail.reading.kinds import Kind, kind_of
from tests.mail.reading.letters import raw, returned


def kind(content: bytes, *ours: str) -> Kind:
    return kind_of(parsing.read(content), frozenset(ours))[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated (rejected)"}, {"Precedence": "auto_reply"},
        {"Precedence": "bulk"}, {"Precedence": "junk"}, {"X_Auto_Response_Suppress": "All"}, {"X_Autoreply": "yes"},
        {"X_Autorespond": "vacation"}, {"X_Autoresponder": "1"}, {"X_Loop": "support@y.test"}, {"X_Precedence": "auto-reply"},
        {"Return_Path": "<>"},
    ],
)  # fmt: skip
def test_rfc_3834_and_those_before_it_an_automatic_answer_is_told_by_its_headers(headers: dict[str, str]) -> None:
    assert kind(raw(**headers)) is Kind.AUTO


@pytest.mark.parametrize(
    "subject",
    ["Automatic reply: Welcome", "Auto-Reply: Welcome", "Out of Office: Welcome", "Out of the office", "OOO: Welcome", "OOF: x",
     "Abwesenheitsnotiz: Welcome", "Automatische Antwort: x", "Réponse automatique : x", "Respuesta automática: x",
     "[External] Automatic reply: Welcome"],
)  # fmt: skip
def test_an_automatic_answer_is_told_by_its_subject(subject: str) -> None:
    assert kind(raw(subject=subject)) is Kind.AUTO


def test_auto_in_front_counts_only_in_an_answer() -> None:
    assert kind(raw(subject="Auto: Welcome", In_Reply_To="<1@a>")) is Kind.AUTO
    assert kind(raw(subject="Auto: for sale")) is Kind.PERSON


def test_auto_submitted_no_is_a_person() -> None:
    assert kind(raw(Auto_Submitted="no", Precedence="bulk")) is Kind.PERSON


def test_freescout_2445_our_own_mail_that_comes_back_is_nobody_s() -> None:
    assert kind(raw(X_Hub_Loop="ours-1"), "ours-1") is Kind.OURS
    assert kind(raw(X_Hub_Loop="another hub's"), "ours-1") is Kind.PERSON


def test_emailengine_what_is_said_of_one_recipient_is_not_mixed_with_what_is_said_of_another() -> None:
    content = returned(
        ("late@y.test", "delayed", "4.4.1", "451 greylisted"), ("gone@y.test", "failed", "5.1.1", "550 no such user")
    )

    became, report = kind_of(parsing.read(content))

    assert became is Kind.BOUNCE
    assert report is not None
    assert [(one.address, one.action, one.status) for one in report.recipients] == [
        ("late@y.test", "delayed", "4.4.1"), ("gone@y.test", "failed", "5.1.1"),
    ]  # fmt: skip
    assert report.worst is not None
    assert (report.worst.address, report.worst.nobody_there, report.worst.said) == (
        "gone@y.test",
        True,
        "550 no such user",
    )


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_what_came_back_is_known_by_its_id(original: str) -> None:
    report = parsing.read(
        returned(("a@y.test", "failed", "5.1.1", "550"), id_="<ours@crm.test>", original=original)
    ).report

    assert report is not None
    assert report.originals == ("<ours@crm.test>",)


def test_what_is_only_late_has_not_come_back() -> None:
    assert kind(returned(("a@y.test", "delayed", "4.4.7", "still trying"))) is Kind.DELAY


def test_a_report_of_success_is_neither() -> None:
    assert kind(returned(("a@y.test", "delivered", "2.0.0", "250 ok"))) is Kind.AUTO


def test_zammad_z3_only_an_address_that_does_not_exist_is_one_that_nobody_is_behind() -> None:
    full, gone = (parsing.read(returned(("a@y.test", "failed", status, "550"))).report for status in ("5.2.2", "5.1.1"))

    worst = [report.worst.nobody_there for report in (full, gone) if report and report.worst]
    assert worst == [False, True]


QMAIL = """Hi. This is the qmail-send program at mx.test.
I'm afraid I wasn't able to deliver your message to the following addresses.

<gone@y.test>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 user unknown

--- Below this line is a copy of the message.

Message-ID: <ours@crm.test>
Subject: Welcome
"""


def test_a_server_that_writes_its_own_words_is_understood() -> None:
    content = raw(QMAIL, sender="MAILER-DAEMON@mx.test", subject="failure notice", Return_Path="<>")

    became, report = kind_of(parsing.read(content))

    assert became is Kind.BOUNCE
    assert report is not None
    assert report.originals == ("<ours@crm.test>",)
    assert report.recipients[0].address == "gone@y.test"
    assert report.recipients[0].status == "5.1.1"


def robot(text: str) -> bytes:
    return raw(text, sender="MAILER-DAEMON@mx.test", subject="failure notice", Return_Path="<>")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("<gone@y.test>: host mx.y.test [10.4.5.6] said: 550 5.1.1 no such user", "5.1.1"),
        ("<gone@y.test>: host 4.3.2.1 said: 550 No Such User Here", ""),
        ("gone@y.test\n    550 No such user here\n\nReceived: from web by mx.test with esmtp (Exim 4.94.2)", ""),
        (
            "This is a permanent error; I've given up. Sorry it didn't work out.\n\n<gone@y.test>:\nSorry, I wasn't able to "
            "establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.",
            "4.4.1",
        ),
    ],
    ids=["an address holds a 4", "an address alone", "exim's version", "qmail has given up"],
)
def test_what_came_back_for_good_is_not_called_late(text: str, status: str) -> None:
    became, report = kind_of(parsing.read(robot(text)))

    assert became is Kind.BOUNCE
    assert report is not None
    assert (report.recipients[0].address, report.recipients[0].status) == ("gone@y.test", status)


def test_what_a_server_goes_on_trying_is_late() -> None:
    assert kind(robot("Delivery to a@y.test has been delayed. It will be retried for three days.")) is Kind.DELAY
    assert kind(robot("<a@y.test>: 451 4.7.1 greylisted, come back later")) is Kind.DELAY


@pytest.mark.parametrize("subject", ["Automatic reply: Welcome", "Re: Welcome"])
def test_an_absence_note_with_a_null_return_path_that_says_answers_are_delayed_is_no_late_mail(subject: str) -> None:
    text = "I am travelling until 5.1.26, and my answers will be delayed."

    assert kind(raw(text, subject=subject, Return_Path="<>", Auto_Submitted="auto-replied")) is Kind.AUTO


def test_a_person_who_writes_about_a_failure_is_a_person() -> None:
    assert kind(raw("My mail could not be delivered: 550 5.1.1. What now?", subject="Undeliverable")) is Kind.PERSON


def test_emailengine_a_hostile_report_costs_no_time_and_makes_no_fall() -> None:
    assert told_in_words("<" * 100_000 + "a" * 100_000 + "@") is None
    parsing.read(returned(*[("a@y.test", "failed", "5.1.1", "x" * 5_000)] * 300))
    assert report_of("not a message") is None  # type: ignore[arg-type]
