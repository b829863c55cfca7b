"""A mailer against real servers (Dovecot's submission and IMAP, aiosmtpd behind them): a mail's story from sign-in to Sent."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

import pytest

from hub.core import AddOn, Mailer, MailPreset, NeedsAdmin, OAuth2, Secret, Wait
from hub.core.mail_form import MailAccount
from hub.core.mail_post import Cursor, Letters
from hub.dispatch.states import State
from hub.testing.kit import Kit
from tests.mail.conftest import Lab
from tests.support.mail_certificates import certificate
from tests.support.mail_dovecot import Cable, Dovecot
from tests.support.mail_script import Script, served

pytestmark = pytest.mark.slow  # they need Dovecot, which `make test-fast` does without

LONG = "t" * 3_000


def send(hub: Kit, **options: Any) -> Any:
    return hub.run("smtp_custom.mail", **{"subject": "Grüße", "text": "Hi {{client.firstName}}\n.\n..dot", **options})


# --- signing in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ways", ["starttls", "implicit"])
def test_the_test_button_signs_in_at_both_servers(lab: Lab, ways: str) -> None:
    dovecot, implicit = lab.dovecot, ways == "implicit"
    ports = {"smtp_port": dovecot.submissions if implicit else dovecot.submission,
             "imap_port": dovecot.imaps if implicit else dovecot.port}  # fmt: skip
    with lab.kit(**ports, smtp_tls=ways, imap_tls=ways) as hub:
        assert hub.check() == "ada@crm.test, sending and reading"


def test_a_wrong_password_is_the_admin_s_matter(lab: Lab) -> None:
    with lab.kit(password="not it") as hub:
        said = hub.check()
        run = send(hub)

    assert isinstance(said, NeedsAdmin)
    assert said.field == "password"
    assert run.state is State.HELD
    assert lab.relay.mails == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"smtp_tls": "implicit"}, "Choose starttls"),
        ({"imap_tls": "starttls"}, "Choose implicit"),
    ],
)
def test_the_other_kind_of_tls_is_found_out_and_said(
    lab: Lab, given: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.dispatch.post.mailbox.GREETING_SECONDS", 1.0)  # it will say nothing
    monkeypatch.setattr("hub.dispatch.post.wire.PROBE_SECONDS", 20.0)  # which says something, soon or late
    with lab.kit(**given) as hub:
        said = hub.check()

    assert words in said.sentence()


def test_a_wrong_certificate_is_named_plainly(lab: Lab) -> None:
    script = Script(tls="implicit", certificate=certificate("mail.elsewhere.test"))
    with served(script), lab.kit(smtp_port=script.port, smtp_tls="implicit") as hub:
        said = hub.check()

    assert isinstance(said, NeedsAdmin)
    assert "The certificate of 127.0.0.1 is not good for that name" in said.sentence()
    assert script.given == []


def test_a_server_that_does_not_answer_is_waited_for(lab: Lab) -> None:
    with lab.kit(smtp_port=9) as hub:
        assert isinstance(hub.check(), Wait)


# --- sending -------------------------------------------------------------------------------------------------------


def test_a_mail_goes_out_and_one_copy_lies_in_sent(lab: Lab) -> None:
    with lab.kit() as hub:
        run = send(hub)

    assert run.state is State.DONE, run.sentence
    (raw,), (copy,) = lab.relay.mails, lab.dovecot.sent()
    mail = message_from_bytes(raw)
    assert mail["Message-ID"] == f"<{run.ref}@crm.test>" == message_from_bytes(copy)["Message-ID"]
    assert mail["From"] == '"Ada, Engines Ltd" <ada@crm.test>'
    assert mail.get_payload(decode=True).decode().replace("\r\n", "\n").rstrip("\n") == "Hi Ada\n.\n..dot"  # type: ignore[union-attr]
    assert not re.search(rb"(?<!\r)\n", raw)


def test_zoho_p4_where_the_provider_files_mail_there_is_no_second_copy(lab: Lab) -> None:
    lab.relay.after = lab.dovecot.file
    with lab.kit(files_sent=True) as hub:
        send(hub)
    assert len(lab.dovecot.sent()) == 1

    with lab.kit(files_sent=False) as hub:  # and also when the account forgot to say so
        send(hub)
    assert len(lab.dovecot.sent()) == 2


def test_a_mailbox_that_cannot_take_the_copy_costs_a_sentence_and_no_mail(lab: Lab) -> None:
    with lab.kit(sent_folder="No/Such/Folder") as hub:
        run = send(hub)

    assert run.state is State.DONE
    assert "No copy could be put into Sent" in run.note
    assert len(lab.relay.mails) == 1


def test_a_refused_recipient_is_the_contact_s_matter(lab: Lab) -> None:
    lab.relay.refuses["ada@example.com"] = "550 5.1.1 no such user"
    with lab.kit() as hub:
        run = send(hub)

    assert run.state is State.FAILED
    assert "no such user" in run.sentence


def test_a_full_mailbox_is_waited_for_or_given_up_as_the_server_says(lab: Lab) -> None:
    with lab.kit() as hub:
        lab.relay.refuses["ada@example.com"] = "452 4.2.2 mailbox full"
        for_now = send(hub)
        lab.relay.refuses["ada@example.com"] = "552 5.2.2 mailbox full"
        for_good = send(hub)

    assert (for_now.state, for_good.state) == (State.SCHEDULED, State.FAILED)
    assert "mailbox is full" in for_now.sentence


# --- the lost answer to the dot ------------------------------------------------------------------------------------


@contextmanager
def cut_at_the_dot(lab: Lab, *, files: bool) -> Iterator[Cable]:
    """The server has the mail (and has filed it), and its answer never comes."""
    cable = Cable(lab.dovecot.submissions)

    def after(raw: bytes) -> None:
        if files:
            lab.dovecot.file(raw)
        cable.cut()

    lab.relay.after = after
    try:
        yield cable
    finally:
        cable.close()


def test_a_lost_answer_to_the_dot_is_looked_up_in_sent_and_not_sent_twice(lab: Lab) -> None:
    with (
        cut_at_the_dot(lab, files=True) as cable,
        lab.kit(smtp_port=cable.port, smtp_tls="implicit", files_sent=True) as hub,
    ):
        run = send(hub)
        assert run.state is State.UNKNOWN, run.sentence

        hub.rest(run)

    assert run.state is State.DONE, run.sentence
    assert len(lab.relay.mails) == 1


def test_chatmail_2250_a_message_id_that_the_provider_wrote_anew_is_found_where_it_keeps_ours(lab: Lab) -> None:
    def as_exchange_does(raw: bytes) -> bytes:
        head, found, rest = raw.partition(b"Message-ID: ")
        ours, _, rest = rest.partition(b"\r\n")
        assert found
        return head + b"Message-ID: <x@prod.outlook.com>\r\nX-Microsoft-Original-Message-ID: " + ours + b"\r\n" + rest

    with cut_at_the_dot(lab, files=False) as cable:
        cut = lab.relay.after
        lab.relay.after = lambda raw: (lab.dovecot.file(as_exchange_does(raw)), cut(raw))[1]
        with lab.kit(smtp_port=cable.port, smtp_tls="implicit", files_sent=True) as hub:
            run = hub.rest(send(hub))

    assert run.state is State.DONE, run.sentence
    assert len(lab.relay.mails) == 1


def test_what_cannot_be_looked_up_goes_to_a_person_and_is_not_sent_twice(lab: Lab) -> None:
    with cut_at_the_dot(lab, files=False) as cable:
        with lab.kit(smtp_port=cable.port, smtp_tls="implicit", files_sent=True) as filing:
            looked_up = filing.rest(send(filing))
        with lab.kit(smtp_port=cable.port, smtp_tls="implicit") as other:
            blind = send(other)

    assert (looked_up.state, blind.state) == (State.REVIEW, State.REVIEW)
    assert len(lab.relay.mails) == 2, "one each"


# --- tokens --------------------------------------------------------------------------------------------------------


class Signed(MailAccount):
    access_token: Secret


def by_token(lab: Lab) -> AddOn:
    """A mailer of one provider that signs in with a token."""
    preset = MailPreset(
        "lab", "Lab", "127.0.0.1", lab.dovecot.submission, "127.0.0.1", lab.dovecot.imaps, domains=("crm.test",),
        files_sent=True,
    )  # fmt: skip
    auth = OAuth2("https://lab.example/authorize", "https://lab.example/token")
    made = AddOn("labmail", title="Lab", settings=Signed, auth=auth)
    made.mailer(Mailer("labmail.mail", "Lab mail", presets=(preset,)))
    return made


@pytest.mark.parametrize("token", ["good", LONG])
def test_a_token_signs_in_however_long_it_is(lab: Lab, token: str) -> None:
    lab.tokens.users[LONG] = "ada@crm.test"
    with lab.kit(by_token(lab), settings={"address": "ada@crm.test", "access_token": token}) as hub:
        said = hub.check()
        run = hub.run("labmail.mail", subject="s", text="t")

    assert said == "ada@crm.test, sending and reading"
    assert run.state is State.DONE, run.sentence


@pytest.fixture(scope="module")
def bearer(mail_servers: Lab) -> Iterator[Lab]:
    """The same with a Dovecot that knows no other way than OAUTHBEARER."""
    dovecot = Dovecot(mail_servers.relay, mail_servers.tokens, "auth_mechanisms = oauthbearer\n")
    try:
        dovecot.create()
        yield Lab(dovecot, mail_servers.relay, mail_servers.tokens)
    finally:
        dovecot.discard()


@pytest.mark.parametrize(
    ("token", "word"), [("good", None), (LONG, None), ("expired", "refuses"), (LONG + "x", "refuses")]
)
def test_a_token_of_any_length_signs_in_by_oauthbearer_too_at_both_servers(
    bearer: Lab, token: str, word: str | None
) -> None:
    bearer.relay.forget()
    bearer.tokens.users[LONG] = "ada@crm.test"
    with bearer.kit(by_token(bearer), settings={"address": "ada@crm.test", "access_token": token}) as hub:
        said = hub.check()
        run = hub.run("labmail.mail", subject="s", text="t")

    if word is None:
        assert said == "ada@crm.test, sending and reading"
        assert (run.state, len(bearer.relay.mails)) == (State.DONE, 1), run.sentence
    else:
        assert isinstance(said, NeedsAdmin)
        assert (word in said.reason, run.state, bearer.relay.mails) == (True, State.HELD, [])


@pytest.mark.parametrize("token", ["expired", LONG + "x"])
def test_a_refused_token_is_the_admin_s_matter_and_nobody_waits_for_ever(lab: Lab, token: str) -> None:
    with lab.kit(by_token(lab), settings={"address": "ada@crm.test", "access_token": token}) as hub:
        begun = time.monotonic()
        said = hub.check()

    assert isinstance(said, NeedsAdmin), said
    assert (said.field, "refuses the sign-in" in said.reason) == ("access_token", True)
    assert time.monotonic() - begun < 25


# --- reading -------------------------------------------------------------------------------------------------------


def letters(hub: Kit, cursor: Cursor | None) -> list[Letters]:
    async def read(vendor: Any) -> list[Letters]:
        return [page async for page in vendor.post.letters(cursor)]

    pages = hub.ask(read)
    assert isinstance(pages, list), pages
    return pages


def letter(n: int) -> bytes:
    return f"Message-ID: <{n}@world.test>\r\nSubject: {n}\r\n\r\nhello {n}\r\n".encode()


def test_frappe_18168_letters_are_read_once_from_the_cursor_on_and_stay_unread(lab: Lab) -> None:
    lab.dovecot.deliver("ada@crm.test", letter(0))
    with lab.kit() as hub:
        (start,) = letters(hub, None)
        for n in range(1, 24):
            lab.dovecot.deliver("ada@crm.test", letter(n))
        pages = letters(hub, start.cursor)
        after = letters(hub, pages[-1].cursor)

    assert start.letters == ()
    assert [len(page.letters) for page in pages] == [20, 3]
    read = [one for page in pages for one in page.letters]
    assert [message_from_bytes(one.raw)["Subject"] for one in read] == [str(n) for n in range(1, 24)]
    assert [page.letters for page in after] == [()]
    assert "\\Seen" not in lab.dovecot.doveadm("fetch", "-u", "ada@crm.test", "flags", "mailbox", "INBOX")


def test_a_folder_whose_numbers_are_new_is_read_again_and_says_so(lab: Lab) -> None:
    lab.dovecot.deliver("ada@crm.test", letter(1))
    with lab.kit() as hub:
        (start,) = letters(hub, None)
        validity = str(start.cursor.validity + 7)
        lab.dovecot.doveadm("mailbox", "update", "-u", "ada@crm.test", "--uid-validity", validity, "INBOX")
        pages = letters(hub, start.cursor)

    assert pages[0].reset
    assert [message_from_bytes(one.raw)["Subject"] for one in pages[0].letters] == ["1"]
    assert str(pages[-1].cursor.validity) == validity


def waited(hub: Kit, cursor: Cursor, seconds: float) -> Any:
    async def wait(vendor: Any) -> bool:
        return bool(await vendor.post.wait(cursor, seconds))

    return hub.ask(wait)


def test_news_are_told_while_we_wait(lab: Lab) -> None:
    with lab.kit() as hub:
        (start,) = letters(hub, None)
        arrival = threading.Timer(0.5, lambda: lab.dovecot.deliver("ada@crm.test", letter(1)))
        arrival.start()
        begun = time.monotonic()
        news = waited(hub, start.cursor, 60)
        arrival.join()

    assert news is True
    assert time.monotonic() - begun < 30


def test_a_quiet_mailbox_ends_the_wait_and_a_kicked_session_says_so(lab: Lab) -> None:
    with lab.kit() as hub:
        (start,) = letters(hub, None)
        assert waited(hub, start.cursor, 1) is False

        with kicked_again_and_again(lab):
            kicked = waited(hub, start.cursor, 60)

    assert isinstance(kicked, Wait), kicked


@contextmanager
def kicked_again_and_again(lab: Lab) -> Iterator[None]:
    """Once is not enough: it may have hit the session before, which Dovecot was still putting away."""
    over = threading.Event()

    def kick() -> None:
        while not over.wait(0.2):
            lab.dovecot.kicks("ada@crm.test")

    thread = threading.Thread(target=kick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
