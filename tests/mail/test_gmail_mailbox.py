"""The Gmail mailer against a Google on loopback, without a database: what it reads, what it uploads, what it makes of a no."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest
from hub_gmail import mailer
from hub_gmail.declaration import READ, SEND

from hub.core import Attachment, CannotTell, Cursor, Letters, Message, NeedsAdmin, Outcome, Rejected, Sent, Wait
from hub.core.egress import Egress
from hub.dispatch import calls
from hub.dispatch.outside import Outside
from hub.dispatch.requests import FrozenRequest, Granted
from hub.testing.authorization import Family
from hub.testing.simulator_server import SimulatorServer
from hub.testing.wire import answered
from tests.support.google import Box, Google, google_error, rate_limited

NOON = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADA = "ada@gmail.com"


@dataclass
class Mailbox:
    """Ada's mailbox, as the mailer of a connection sees it."""

    google: Google
    outside: Outside
    token: str = ""

    @property
    def box(self) -> Box:
        return self.google.box(ADA)

    def allows(self, *scopes: str) -> Mailbox:
        """Sign in with these rights."""
        self.token = self.google.authorization._tokens(Family(scopes, "app", who=ADA))["access_token"]
        return self

    def asks(self, question: Callable[[Any], Any]) -> Any:
        async def intend(_endpoint: Any, request: FrozenRequest) -> Granted:
            return Granted(0, request)

        settings = {"address": ADA, "access_token": self.token}
        return calls.ask(self.outside, self.google.info, settings, question, NOON, intend=intend)

    def sends(self, **more: Any) -> Any:
        usual = {
            "message_id": "<hub-1@gmail.com>",
            "sender": ADA,
            "to": ("bea@y.test",),
            "subject": "Hello",
            "text": "Hi",
        }
        assert mailer.send is not None
        send, message = mailer.send, Message(**{**usual, **more})
        return self.asks(lambda vendor: send(vendor, message))

    def finds(self, message_id: str) -> Any:
        assert mailer.find is not None
        find = mailer.find
        return self.asks(lambda vendor: find(vendor, message_id))

    def reads(self, cursor: Cursor | None, most: int = 100) -> list[Letters]:
        async def read(vendor: Any) -> list[Letters]:
            assert mailer.read is not None
            pages: list[Letters] = []
            async for page in mailer.read(vendor, cursor):
                pages.append(page)
                if len(pages) == most:
                    break
            return pages

        pages = self.asks(read)
        assert isinstance(pages, list), pages
        return pages


@pytest.fixture(scope="module")
def served() -> Iterator[Mailbox]:
    google = Google(lambda: NOON)
    with SimulatorServer(google) as server:  # type: ignore[arg-type]  # it handles calls like one
        outside = Outside(Egress.of([server.address]), server.urls)
        yield Mailbox(google, outside)
        outside.close()


@pytest.fixture
def mailbox(served: Mailbox) -> Mailbox:
    served.google.boxes.clear()
    served.google._troubles.clear()
    return served.allows(SEND, READ)


def letter(number: int, more: bytes = b"") -> bytes:
    return b"From: bea@y.test\r\nMessage-ID: <%d@y.test>\r\n%b\r\nletter %d\r\n" % (number, more, number)


def raws(pages: list[Letters]) -> list[bytes]:
    return [one.raw for page in pages for one in page.letters]


# --- reading ------------------------------------------------------------------------------------------------------


def test_frappe_33006_the_first_sync_is_silent(mailbox: Mailbox) -> None:
    for number in range(3):
        mailbox.box.arrives(letter(number))

    (page,) = mailbox.reads(None)

    assert page.letters == ()
    assert mailbox.reads(page.cursor)[-1].letters == ()


def test_every_letter_is_read_once_whatever_page_one_stops_at(mailbox: Mailbox) -> None:
    start = mailbox.reads(None)[-1].cursor
    for number in range(5):
        mailbox.box.arrives(letter(number))
    mailbox.box.keep(letter(99), ("SENT",))

    seen: list[bytes] = []
    cursor = start
    while True:  # die after each page
        (page,) = mailbox.reads(cursor, most=1)
        seen += [one.raw for one in page.letters]
        cursor = page.cursor
        if not page.more:
            break

    assert seen == [letter(number) for number in range(5)] == raws(mailbox.reads(start))


def test_forgotten_history_is_a_full_look_again_and_says_so(mailbox: Mailbox) -> None:
    start = mailbox.reads(None)[-1].cursor
    for number in range(3):
        mailbox.box.arrives(letter(number))
    mailbox.box.forgotten = mailbox.box.number

    pages = mailbox.reads(start)

    assert all(page.reset for page in pages)
    assert raws(pages) == [letter(number) for number in range(3)]
    assert mailbox.reads(pages[-1].cursor)[-1].letters == ()


def test_who_stops_in_the_middle_of_a_full_look_begins_it_anew_and_loses_nothing(mailbox: Mailbox) -> None:
    start = mailbox.reads(None)[-1].cursor
    for number in range(5):
        mailbox.box.arrives(letter(number))
    mailbox.box.forgotten = mailbox.box.number

    (page,) = mailbox.reads(start, most=1)
    after = mailbox.reads(page.cursor)

    assert page.more
    assert set(raws([page])) | set(raws(after)) == {letter(number) for number in range(5)}


def test_a_page_of_history_without_an_entry_moves_the_bookmark_past_nothing(mailbox: Mailbox) -> None:
    """Google filters by label after it has cut its pages."""
    start = mailbox.reads(None)[-1].cursor
    mailbox.box.arrives(letter(1))
    api, empty = mailbox.google._api, [True]

    def at_first_nothing(box: Box, scopes: Any, method: str, path: str, query: Any, *rest: Any) -> Any:
        if path.endswith("/history") and empty:
            empty.clear()
            return answered(200, {"nextPageToken": "0", "historyId": str(box.number)})
        return api(box, scopes, method, path, query, *rest)

    mailbox.google._api = at_first_nothing  # type: ignore[method-assign]
    try:
        (page,) = mailbox.reads(start, most=1)
    finally:
        del mailbox.google._api  # type: ignore[method-assign]

    assert (page.letters, page.more) == ((), True)
    assert raws(mailbox.reads(page.cursor)) == [letter(1)]


def test_one_bad_mail_does_not_stop_the_mailbox(mailbox: Mailbox) -> None:
    """One is too long, one is gone again before it is read."""
    start = mailbox.reads(None)[-1].cursor
    long = mailbox.box.arrives(letter(1) + b"x" * (2 * 1024 * 1024))
    gone = mailbox.box.arrives(letter(2))
    mailbox.box.arrives(letter(3))
    history_of = mailbox.google._api

    def forgets(box: Box, scopes: Any, method: str, path: str, *rest: Any) -> Any:
        return (
            google_error(404, "notFound", "Not found.")
            if path.endswith(gone.id)
            else history_of(box, scopes, method, path, *rest)
        )

    mailbox.google._api = forgets  # type: ignore[method-assign]
    try:
        first, last = (one for page in mailbox.reads(start) for one in page.letters)
    finally:
        del mailbox.google._api  # type: ignore[method-assign]

    assert (first.id, first.cut, message_from_bytes(first.raw)["Message-ID"]) == (long.id, True, "<1@y.test>")
    assert last.raw == letter(3)


# --- sending ------------------------------------------------------------------------------------------------------


def test_a_large_mail_is_uploaded_and_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    pdf = b"%PDF" + bytes(range(256)) * 16_000

    said = mailbox.sends(attachments=(Attachment.of("Offer.pdf", "application/pdf", pdf),))

    assert isinstance(said, Sent), said
    assert mailbox.google.calls[-1] == ("POST", "/upload/gmail/v1/users/me/messages/send")
    (part,) = [one for one in message_from_bytes(mailbox.box.sent[0].raw).walk() if one.get_filename()]
    assert part.get_payload(decode=True) == pdf


@pytest.mark.parametrize("large", [False, True])
def test_an_answer_joins_its_conversation(mailbox: Mailbox, large: bool) -> None:
    files = (Attachment.of("a.bin", "application/octet-stream", b"x" * 3_000_000),) if large else ()

    mailbox.sends(
        thread="t-7", headers=(("In-Reply-To", "<1@y.test>"), ("References", "<1@y.test>")), attachments=files
    )

    (sent,) = mailbox.box.sent
    assert sent.thread == "t-7"
    assert message_from_bytes(sent.raw)["In-Reply-To"] == "<1@y.test>"
    assert sent.message_id == "hub-1@gmail.com"


def test_what_was_sent_is_found_by_its_message_id(mailbox: Mailbox) -> None:
    sent = mailbox.sends()

    assert mailbox.finds("<hub-1@gmail.com>").reference == sent.reference
    assert isinstance(mailbox.finds("<hub-2@gmail.com>"), CannotTell), "and what is not found may be there all the same"


def test_whoever_allowed_sending_alone_holds_no_step_for_a_look_up(mailbox: Mailbox) -> None:
    mailbox.allows(SEND)
    mailbox.sends()

    found = mailbox.finds("<hub-1@gmail.com>")

    assert isinstance(found, CannotTell)
    assert "Gmail may send for this account and not read" in found.sentence()


# --- what Google means --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "meaning", "seconds"),
    [
        (rate_limited(), Wait, 420.0),
        (google_error(403, "rateLimitExceeded", "Rate Limit Exceeded"), Wait, 60.0),
        (google_error(429, "userRateLimitExceeded", "Too many concurrent requests for user"), Wait, 60.0),
        (google_error(403, "dailyLimitExceeded", "Daily Limit Exceeded"), Wait, 3600.0),
        (google_error(403, "insufficientPermissions", "Insufficient Permission"), NeedsAdmin, None),
        (google_error(403, "domainPolicy", "The domain administrators have disabled Gmail apps."), NeedsAdmin, None),
        (google_error(400, "failedPrecondition", "Mail service not enabled"), NeedsAdmin, None),
        (google_error(400, "invalidArgument", "Invalid To header"), Rejected, None),
    ],
    ids=lambda value: json.loads(value.body)["error"]["message"][:24] if hasattr(value, "body") else "",
)
def test_a_no_means_what_its_reason_says_and_not_its_status(
    mailbox: Mailbox, trouble: Any, meaning: type[Outcome], seconds: float | None
) -> None:
    mailbox.google.fail(trouble)

    said = mailbox.sends()

    assert isinstance(said, meaning), said
    assert not isinstance(said, Wait) or (said.seconds, said.whole_connection) == (seconds, True)
    assert mailbox.box.sent == []


def test_an_hourly_end_of_a_token_is_no_error_of_the_mailbox(mailbox: Mailbox) -> None:
    """A 401 goes to the hub as it is, which renews the token; the plugin makes nothing of it."""
    mailbox.google.authorization.end_tokens()

    said = mailbox.sends()

    assert isinstance(said, NeedsAdmin)
    assert "401" in said.sentence()
