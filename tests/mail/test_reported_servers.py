"""What users of other systems reported of IMAP servers and of mails that providers refused, each named after its report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message as Parsed
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import pytest
from hub_outlook import addon as outlook
from hub_outlook.smtp import addon as outlook_smtp

from hub.core import Attachment, Cursor, Message, NeedsAdmin, Wait
from hub.core.mail_mime import as_bytes
from hub.dispatch.post import mailbox, meanings
from hub.dispatch.post.said import Said, Stage
from hub.mail.files import enclosing
from hub.mail.files.reads import Enclosed
from hub.testing.kit import Kit
from tests.mail import test_waiting_for_news as waiting
from tests.mail.test_waiting_for_news import letters, waited
from tests.support.mail_imap import Imap, imap, once_idling

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\nlone\nfeeds\n"


@pytest.fixture
def server() -> Iterator[Imap]:
    with imap() as made:
        yield made


hub = waiting.hub


def letter(number: int) -> bytes:
    return b"Message-ID: <%d@y.test>\r\n\r\nletter %d\r\n" % (number, number)


def raws(pages: list[Any]) -> list[bytes]:
    return [one.raw for page in pages for one in page.letters]


# --- numbers -------------------------------------------------------------------------------------------------------


def test_frappe_42092_after_new_numbers_no_server_is_ever_asked_for_number_0(server: Imap, hub: Kit) -> None:
    """There every number became -1, and Zoho refused ``UID 0:*`` for ever."""
    (start,) = letters(hub, None)
    server.arrives(letter(1))
    server.validity = 4711

    again = letters(hub, start.cursor)
    server.arrives(letter(2))
    after = letters(hub, again[-1].cursor)

    assert (again[0].reset, raws(again), raws(after)) == (True, [letter(1)], [letter(2)])
    assert not [line for line in server.lines if "UID 0" in line or "-1" in line]


def test_frappe_6960_a_server_that_tells_no_uidvalidity_is_read_all_the_same(server: Imap, hub: Kit) -> None:
    server.validity = None
    (start,) = letters(hub, None)
    server.arrives(letter(1))

    pages = letters(hub, start.cursor)

    assert (raws(pages), pages[0].reset) == ([letter(1)], False)
    assert raws(letters(hub, pages[-1].cursor)) == []


def test_frappe_33006_what_lay_in_the_mailbox_at_first_is_no_news(server: Imap, hub: Kit) -> None:
    for number in range(3):
        server.arrives(letter(number))

    (start,) = letters(hub, None)

    assert start.letters == ()
    assert raws(letters(hub, start.cursor)) == []


def test_frappe_18168_chatwoot_c2_letters_are_asked_for_without_marking_them_read(server: Imap, hub: Kit) -> None:
    (start,) = letters(hub, None)
    server.arrives(letter(1))
    letters(hub, start.cursor)

    fetched = [line for line in server.lines if "FETCH" in line]
    assert fetched
    assert all("BODY.PEEK[]" in line and "(RFC822 " not in line and "RFC822)" not in line for line in fetched)
    assert (server.count("EXAMINE") > 0, server.count("SELECT")) == (True, 0)
    assert not [line for line in server.lines if "UNSEEN" in line.upper()]


def test_rfc_3501_n_star_always_holds_the_last_letter_and_it_is_read_once(server: Imap, hub: Kit) -> None:
    server.arrives(letter(1))
    (start,) = letters(hub, None)

    assert raws(letters(hub, start.cursor)) == raws(letters(hub, start.cursor)) == []


def test_a_letter_that_exchange_cannot_convert_comes_by_its_head_and_those_after_it_whole(
    server: Imap, hub: Kit
) -> None:
    (start,) = letters(hub, None)
    for number in (1, 2):
        server.arrives(letter(number))
    server.spoiled = {1}

    (page,) = letters(hub, start.cursor)

    assert [(one.raw, one.cut) for one in page.letters] == [
        (b"Message-ID: <1@y.test>\r\n\r\n", True),
        (letter(2), False),
    ]


def test_a_letter_that_is_not_handed_out_at_all_comes_empty_beside_one_that_is(server: Imap, hub: Kit) -> None:
    (start,) = letters(hub, None)
    server.arrives(letter(1))
    server.headless = {1}
    with pytest.raises(AssertionError, match="could not be converted"):
        letters(hub, start.cursor)  # with nothing beside it, it may be the server
    server.arrives(letter(2))

    (page,) = letters(hub, start.cursor)

    assert [(one.raw, one.cut) for one in page.letters] == [(b"", True), (letter(2), False)]


def test_emailengine_polls_too_a_letter_that_was_never_told_of_is_found(
    server: Imap, hub: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "IDLE_SECONDS", 0.8)

    with once_idling(server, lambda: server.arrives(letter(1))):
        assert waited(hub, 60) is True


# --- what servers say ----------------------------------------------------------------------------------------------


def test_imapclient_234_a_server_that_drops_idle_often_is_waited_for_and_not_an_admin_s_matter(
    server: Imap, hub: Kit
) -> None:
    """Yandex. The next call is as good as the one before."""
    for _ in range(2):
        with once_idling(server, server.hangs_up):
            assert isinstance(waited(hub, 60), Wait)
    server.arrives(letter(1))

    assert waited(hub, 20) is True


@pytest.mark.parametrize("verb", ["LOGIN", "EXAMINE"])
def test_php_imap_464_imapsync_198_212_check_mail_183_node_imap_689_a_throttled_mailbox_is_left_alone_as_long_as_it_asks(
    server: Imap, hub: Kit, verb: str
) -> None:
    server.refuses[verb] = "NO Request is throttled. Suggested Backoff Time: 299961 milliseconds"

    said = waited(hub, 5)

    assert isinstance(said, Wait), said
    assert said.seconds == pytest.approx(300, abs=1)


def test_php_imap_464_a_throttle_in_the_middle_of_reading_counts_too(server: Imap, hub: Kit) -> None:
    server.arrives(letter(1))
    server.refuses["UID"] = "NO Request is throttled. Suggested Backoff Time: 60000 milliseconds"

    async def read(vendor: Any) -> Any:
        return [page async for page in vendor.post.letters(Cursor(validity=1, uid=0))]

    said = hub.ask(read)

    assert isinstance(said, Wait), said
    assert said.seconds == 60


def test_imapsync_212_authenticated_and_not_connected_is_nobody_s_wrong_password(server: Imap, hub: Kit) -> None:
    server.refuses["EXAMINE"] = "BAD User is authenticated but not connected."

    said = waited(hub, 5)

    assert isinstance(said, Wait), said
    assert "User is authenticated but not connected" in said.sentence()


def test_email_oauth2_proxy_193_mailkit_700_a_tenant_that_forbids_smtp_is_told_with_its_words() -> None:
    words = "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."

    outcome = meanings.meaning(Said(stage=Stage.LOGIN, code=535, words=words), "smtp.office365.com")

    assert isinstance(outcome, NeedsAdmin)
    assert "SmtpClientAuthentication is disabled for the Tenant" in outcome.sentence()


@pytest.mark.parametrize("made", [outlook, outlook_smtp], ids=["graph", "smtp"])
def test_dolibarr_25888_msal_3851_each_way_to_microsoft_asks_for_rights_at_one_resource_alone(made: Any) -> None:
    """A request that mixes them is refused, and a token for the one opens no door of the other."""
    auth = made.hub_addon().auth
    scopes = (*auth.scopes, *(scope for consent in auth.consents for scope in consent.scopes))

    assert len({urlsplit(scope).netloc for scope in scopes if "://" in scope}) == 1


# --- what providers refuse of a mail -------------------------------------------------------------------------------


def mail(**more: Any) -> bytes:
    usual = {"message_id": "<1@crm.test>", "sender": "ada@crm.test", "to": ("bea@y.test",), "subject": "s", "text": "t"}
    return as_bytes(Message(**{**usual, **more}), NOON)


def parts(content: bytes) -> list[Parsed]:
    return list(message_from_bytes(content, policy=default).walk())


def test_matomo_347_no_part_has_two_content_types() -> None:
    content = mail(html="<p>t</p>", attachments=(Attachment.of("Offer.pdf", "application/pdf", PDF),))

    assert len(parts(content)) == 5
    assert [len(part.get_all("Content-Type")) for part in parts(content)] == [1] * 5
    assert [
        len(part.get_all("Content-Transfer-Encoding", [])) for part in parts(content) if not part.is_multipart()
    ] == [1] * 3


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "application/octet-stream"])
def test_mailozaurr_608_no_file_of_any_kind_brings_a_bare_line_feed(kind: str) -> None:
    content = mail(attachments=(Attachment.of("a.bin", kind, PDF),))

    assert content.replace(b"\r\n", b"").count(b"\n") == content.replace(b"\r\n", b"").count(b"\r") == 0


def test_azure_smtp_oauth_2_graph_docs_3670_a_file_arrives_as_it_was() -> None:
    (file,) = [
        part
        for part in parts(mail(attachments=(Attachment.of("a.pdf", "application/pdf", PDF),)))
        if part.get_filename()
    ]

    assert file.get_content_type() == "application/pdf"
    assert file.get_payload(decode=True) == PDF


def test_nodemailer_1207_a_file_s_long_name_of_other_letters_is_shown_by_readers_without_continuations() -> None:
    name = "Ürgüp Teklif Belgesi Ağustos İki Bin Yirmi Altı Sürümü.pdf"

    content = mail(attachments=(Attachment.of(name, "application/pdf", PDF),))

    assert b"name*0" not in content
    assert b"filename=" in content
    (file,) = [part for part in parts(content) if part.get_filename()]
    assert str(file.get_filename()).isascii()


def test_fluent_smtp_92_graph_docs_13979_what_is_too_large_for_a_mail_is_linked_and_the_mail_goes() -> None:
    small, large = (
        Enclosed("a.pdf", "application/pdf", size, PDF, "https://h.test/f") for size in (10_000, 30_000_000)
    )

    attached, linked = enclosing.split([small, large], "attached", None, as_links=False)

    assert (attached, linked) == ((small,), (large,))
