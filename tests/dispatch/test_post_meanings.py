"""What a mail server's answer means: how far we had come, its code, its words, and whose turn that makes it."""

from __future__ import annotations

import pytest

from hub.core import redact
from hub.core.mail_post import FIND, SEND
from hub.core.outcomes import NeedsAdmin, Outcome, Rejected, Unknown, Wait
from hub.dispatch.classify import Wire
from hub.dispatch.exchange import Answered, Lost, NeverLeft
from hub.dispatch.post.meanings import LATER, TOMORROW, meaning, read
from hub.dispatch.post.said import Said, Stage, shown

S = Stage

TABLE: list[tuple[Stage, int, str, type[Outcome]]] = [
    (S.CERTIFICATE, 0, "Hostname mismatch", NeedsAdmin),
    (S.EXPIRED, 0, "certificate has expired", Wait),
    (S.TLS_MODE, 0, "implicit", NeedsAdmin),
    (S.TLS, 0, "the server offers no STARTTLS on this port", NeedsAdmin),
    (S.GREETING, 421, "4.3.2 too busy", Wait),
    (S.GREETING, 554, "5.7.1 your address is listed", NeedsAdmin),
    (S.LOGIN, 535, "5.7.8 bad credentials", NeedsAdmin),
    (S.LOGIN, 535, "5.7.139 SmtpClientAuthentication is disabled for the Tenant", NeedsAdmin),
    (S.LOGIN, 550, "5.7.30 Basic authentication is not supported", NeedsAdmin),
    (S.LOGIN, 454, "4.7.0 temporary failure", Wait),
    (S.LOGIN, 504, "no mechanism", NeedsAdmin),
    (S.SENDER, 553, "5.7.1 not owned by user", NeedsAdmin),
    (S.SENDER, 530, "5.7.0 authentication required", NeedsAdmin),
    (S.SENDER, 432, "4.3.2 concurrent connection limit exceeded", Wait),
    (S.SENDER, 552, "5.3.4 too big", Rejected),
    (S.RECIPIENT, 550, "5.1.1 no such user", Rejected),
    (S.RECIPIENT, 550, "5.4.5 Daily sending limit exceeded", Wait),
    (S.RECIPIENT, 450, "4.2.0 greylisted", Wait),
    (S.RECIPIENT, 452, "4.2.2 over quota", Wait),
    (S.RECIPIENT, 552, "5.2.2 over quota", Rejected),
    (S.RECIPIENT, 421, "4.7.28 rate limit", Wait),
    (S.DATA, 451, "4.3.0 later", Wait),
    (S.DATA, 554, "5.5.1 no valid recipients", Rejected),
    (S.DOT, 554, "5.7.1 spam", Rejected),
    (S.DOT, 550, "5.6.11 bare line feeds are illegal", Rejected),
    (S.DOT, 451, "4.3.0 later", Wait),
    (S.DOT, 552, "5.2.3 too large", Rejected),
    (S.SIZE, 552, "it takes 10 kB at most", Rejected),
    (S.LETTERS, 553, "no SMTPUTF8", Rejected),
    (S.MAILBOX, 0, "no IMAP server", NeedsAdmin),
    (S.FOLDER, 0, "no such folder", Wait),
    (S.UNREACHED, 0, "the mail server does not answer", Wait),
    (S.DOT, 777, "what?", Wait),
]


@pytest.mark.parametrize(("stage", "code", "words", "kind"), TABLE)
def test_the_stage_and_the_code_say_whose_turn_it_is(stage: Stage, code: int, words: str, kind: type[Outcome]) -> None:
    outcome = meaning(Said(stage=stage, code=code, words=words), "smtp.x.test")

    assert type(outcome) is kind
    assert outcome.sentence().startswith(("smtp.x.test", "The ", "No "))


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("code", [0, 250, 334, 421, 450, 500, 550, 600, 999])
def test_every_answer_has_a_meaning(stage: Stage, code: int) -> None:
    if stage is not Stage.DONE:
        assert meaning(Said(stage=stage, code=code), "x").sentence()


def test_a_throttle_is_about_the_whole_mailbox_and_a_greylisting_is_not() -> None:
    throttle = meaning(Said(stage=S.RECIPIENT, code=451, words="4.7.0 slow down"), "x")
    limit = meaning(Said(stage=S.DOT, code=550, words="5.4.5 daily limit"), "x")
    grey = meaning(Said(stage=S.RECIPIENT, code=450, words="4.2.0 greylisted"), "x")

    assert isinstance(throttle, Wait)
    assert (throttle.whole_connection, throttle.seconds) == (True, LATER)
    assert isinstance(limit, Wait)
    assert (limit.whole_connection, limit.seconds) == (True, TOMORROW)
    assert isinstance(grey, Wait)
    assert not grey.whole_connection


def test_a_wrong_password_lights_up_its_own_field() -> None:
    outcome = meaning(Said(stage=S.LOGIN, code=535, words="5.7.8 no", host="imap.x.test"), "smtp.x.test")

    assert isinstance(outcome, NeedsAdmin)
    assert outcome.field == "password"
    assert "imap.x.test refuses the user name or the password" in outcome.reason, "the server that said no is named"


def test_a_server_that_repeats_the_password_does_not_get_it_into_a_sentence() -> None:
    redact.register("hunter2-hunter2")
    try:
        outcome = meaning(Said(stage=S.LOGIN, code=535, words="no: hunter2-hunter2"), "x")
    finally:
        redact.forget(["hunter2-hunter2"])

    assert "hunter2" not in outcome.sentence()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("5.1.1 no such user", "5.1.1"),
        ("  4.2.2 full", "4.2.2"),
        ("5.0.0 <ada@x.test> 5.2.2 full", "5.2.2"),
        ("relay 5.1.1.1 says no", ""),
        ("no such user", ""),
        ("see 5.7.1", ""),
    ],
)
def test_the_enhanced_status_is_read_where_servers_put_it(words: str, status: str) -> None:
    assert Said(stage=S.RECIPIENT, code=550, words=words).enhanced == status


def test_words_are_cut_and_stand_on_one_line() -> None:
    assert shown("no\r\nBcc: x\x00y " + "z" * 5_000) == ("no  Bcc: x y " + "z" * 5_000).replace("  ", " ")[:300]


# --- one call ------------------------------------------------------------------------------------------------------


def answered(content: bytes, status: int = 250) -> Answered:
    return Answered(status, {"content-type": "application/json"}, content)


def test_nothing_left_and_it_is_tried_again() -> None:
    reading = read(SEND, NeverLeft("the mail server does not answer"), "smtp.x.test")

    assert (reading.wire, type(reading.outcome)) == (Wire.NOT_SENT, Wait)


def test_a_host_inside_a_private_network_is_the_admin_s_matter() -> None:
    reading = read(SEND, NeverLeft("the address is inside a private network", blocked=True), "10.0.0.1")

    assert (reading.wire, type(reading.outcome)) == (Wire.NOT_SENT, NeedsAdmin)


@pytest.mark.parametrize(
    "result", [Lost("no answer came in time"), answered(b"junk"), answered(b"{}"), answered(b'{"stage": "odd"}')]
)
def test_an_answer_that_is_lost_or_not_readable_is_unclear_for_a_mail_and_harmless_for_a_look(
    result: Answered | Lost,
) -> None:
    sent, looked = read(SEND, result, "x"), read(FIND, result, "x")

    assert (sent.wire, type(sent.outcome)) == (Wire.UNCLEAR, Unknown)
    assert (looked.wire, type(looked.outcome)) == (Wire.REFUSED, Wait)


def test_a_good_answer_is_the_proof() -> None:
    reading = read(SEND, answered(b'{"stage": "done", "said": "queued as 1", "filed": true}'), "x")

    assert reading.wire is Wire.ACTED
    assert (reading.answer.said, reading.answer.filed) == ("queued as 1", True)


@pytest.mark.parametrize(
    ("stage", "wire"),
    [(S.CERTIFICATE, Wire.NOT_SENT), (S.GREETING, Wire.NOT_SENT), (S.LOGIN, Wire.REFUSED), (S.DOT, Wire.REFUSED)],
)
def test_a_clear_no_is_never_unclear(stage: Stage, wire: Wire) -> None:
    assert read(SEND, Said(stage=stage, code=550).answered(), "x").wire is wire
