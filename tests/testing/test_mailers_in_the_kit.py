"""The kit and a mailer that is data alone: what a stranger writes, sends, sees fail, and is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.core import AddOn, MailAccount, MailboxLogin, Mailer, MailPreset, OAuth2, Secret, mailbox_form
from hub.dispatch.states import State
from hub.testing import mail_faults as faults
from hub.testing.grading import Level, grade
from hub.testing.kit import Kit, contact

PRESETS = (
    MailPreset("lark", "Larkmail", "smtp.lark.example", imap_host="imap.lark.example", domains=("lark.example",)),
    MailPreset("nest", "Nest", "mx.nest.example", 465, "in.nest.example", smtp_tls="implicit", domains=("nest.example",),
               smtp_user="{local}", files_sent=True),
    MailPreset("jay", "Jaypost", instead="Use the Jaypost add-on.", domains=("jay.example",)),
)  # fmt: skip


def larkmail(**more: Any) -> AddOn:
    made = AddOn("larkmail", title="Larkmail", settings=mailbox_form(PRESETS, custom=True), auth=MailboxLogin())
    made.mailer(Mailer("larkmail.mail", "Send an e-mail", presets=PRESETS, custom=True, **more))
    return made


@pytest.fixture
def hub() -> Iterator[Kit]:
    with Kit(larkmail()) as kit:
        yield kit


def test_a_mail_is_sent_and_can_be_read(hub: Kit) -> None:
    run = hub.run(
        "larkmail.mail",
        contact(first_name="Béa"),
        subject="Hello {{client.firstName}}",
        text="Hi {{client.firstName}}!",
    )

    (mail,) = hub.mail.outbox
    assert run.state is State.DONE
    assert run.note == "E-mail sent to ada@example.com."
    assert (mail.subject, mail.text) == ("Hello Béa", "Hi Béa!")
    assert mail.message_id == f"<{run.ref}@lark.example>"


def test_an_unclear_mail_is_looked_up_in_sent_and_not_sent_twice(hub: Kit) -> None:
    hub.mail.fail(faults.dropped_after(acts=True))
    run = hub.run("larkmail.mail", subject="s", text="t")
    assert run.state is State.UNKNOWN

    hub.rest(run)

    assert run.state is State.DONE
    assert len(hub.mail.outbox) == 1


def test_what_sent_does_not_hold_is_a_person_s_matter(hub: Kit) -> None:
    hub.mail.fail(faults.dropped_after(acts=False))

    run = hub.rest(hub.run("larkmail.mail", subject="s", text="t"))

    assert run.state is State.REVIEW
    assert hub.mail.outbox == []


def test_a_mailer_whose_sent_is_proof_sends_again_what_is_not_there() -> None:
    with Kit(larkmail(strong=True)) as kit:
        kit.mail.fail(faults.dropped_after(acts=False))

        run = kit.rest(kit.run("larkmail.mail", subject="s", text="t"))

        assert run.state is State.DONE
        assert len(kit.mail.outbox) == 1
        assert len({attempt.request.content.split(b"\r\n")[0] for attempt in run.tries}) == 1, "one Message-ID"


def test_where_nothing_is_filed_a_lost_answer_goes_to_a_person_at_once(hub: Kit) -> None:
    hub.settings = {**hub.settings, "files_sent": False}
    hub.mail.fail(faults.dropped_after(acts=True))

    run = hub.run("larkmail.mail", subject="s", text="t")

    assert run.state is State.REVIEW
    assert hub.mail.calls == ["send"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ada@jay.example", "Jaypost: Use the Jaypost add-on."),
        ("ada@who.example", "No provider we know has addresses at who.example"),
    ],
)
def test_an_address_nobody_knows_is_told_to_the_admin(hub: Kit, address: str, words: str) -> None:
    hub.settings = {**hub.settings, "address": address}

    run = hub.run("larkmail.mail", subject="s", text="t")

    assert run.state is State.HELD
    assert words in run.sentence


def test_the_test_button_signs_in(hub: Kit) -> None:
    assert hub.check() == "ada@lark.example, sending and reading"
    assert "password" in hub.check(password="wrong-one").sentence()


def test_the_grade_of_a_mailer_that_is_data_alone() -> None:
    given = grade(larkmail())

    assert [failure.case for failure in given.failures if "README" not in failure.case] == []
    assert given.cases > 180
    assert given.level is Level.GOLD, "platinum needs a README"


def test_the_report_names_what_a_careless_preset_gets_wrong() -> None:
    made = AddOn("larkmail", title="Larkmail", settings=mailbox_form(PRESETS[:1]), auth=MailboxLogin())
    wrong = MailPreset("lark", "Larkmail", "localhost", 5025, domains=("lark.example",))
    made.mailer(Mailer("larkmail.mail", "Send an e-mail", presets=(wrong,)))

    (failure,) = [one for one in grade(made).failures if one.case.startswith("preset")]

    assert failure.reasons == ("Port [5025] is none on which mail servers take mail.",)


class SignedIn(MailAccount):
    client_id: str = ""
    client_secret: Secret
    access_token: Secret


def test_a_mailer_that_signs_in_with_tokens_has_them_renewed_and_sends_nothing_twice() -> None:
    auth = OAuth2("https://nest.example/authorize", "https://nest.example/token")
    made = AddOn("nestmail", title="Nest", settings=SignedIn, auth=auth)
    made.mailer(Mailer("nestmail.mail", "Nest mail", presets=PRESETS[1:2]))

    given = grade(made)

    assert [failure for failure in given.failures if "README" not in failure.case] == []
    assert given.cases > 140, "those of the sign-in among them"


def test_a_mailer_whose_lost_answers_go_to_a_person_is_no_better_than_gold() -> None:
    """Nobody can look into a mailbox that does not hold what was sent."""
    made = AddOn("wren", title="Wren", settings=mailbox_form(PRESETS[:1]), auth=MailboxLogin())
    made.mailer(Mailer("wren.mail", "Send an e-mail", presets=PRESETS[:1]))

    given = grade(made)

    (failure,) = [one for one in given.failures if one.badge == "no person needed"]
    assert given.level is Level.GOLD
    assert failure.case == "mail: a lost answer needs no person"
    assert "files what it sends" in failure.reasons[0]
