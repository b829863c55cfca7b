"""At the door: what is believed, what is turned away, in which order, and what the sender hears."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from pydantic import model_validator

from hub.core import Answer, Event, HmacSha256, Record, Secret, Settings, Webhook
from hub.dispatch.receiving import MOST_BYTES, Delivery, Receipt, handled, receive, signed_headers
from hub.testing.stores import MemoryInbox

SECRET = "a-signing-secret"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Keys(Settings):
    signing: Secret = ""  # type: ignore[assignment]


class Mailed(Answer):
    event_id: str
    type: Literal["card.mailed"]
    card: str


class Returned(Answer):
    event_id: int
    type: Literal["card.returned"]


def webhook(payload: Any = Mailed, name: str = "card.mailed", handle: Any = None, **verify: Any) -> Webhook:
    return Webhook(name, payload, handle or (lambda event: None), HmacSha256("X-Sig", "signing", **verify), "event_id")


def signed(body: bytes, **headers: str) -> Delivery:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return Delivery({"x-sig": digest, **headers}, body, NOW)


def mail(**more: Any) -> bytes:
    return json.dumps({"event_id": "e1", "type": "card.mailed", "card": "c1", **more}).encode()


def door(delivery: Delivery, *webhooks: Webhook, inbox: MemoryInbox | None = None, secret: str = SECRET) -> Receipt:
    settings = Keys(signing=secret)  # type: ignore[arg-type]
    return receive(webhooks or (webhook(),), settings, delivery, inbox or MemoryInbox())


def test_a_signed_delivery_is_kept_and_the_sender_is_thanked() -> None:
    inbox = MemoryInbox()

    receipt = door(signed(mail()), inbox=inbox)

    assert (receipt.status, receipt.kept, receipt.key) == (202, True, "e1")
    assert receipt.payload == Mailed(event_id="e1", type="card.mailed", card="c1")
    assert list(inbox.kept) == ["card.mailed:e1"]


def test_a_repeated_delivery_is_thanked_and_not_kept_again() -> None:
    inbox = MemoryInbox()
    door(signed(mail()), inbox=inbox)

    again = door(signed(mail(card="c2")), inbox=inbox)

    assert (again.status, again.kept) == (200, False)
    assert len(inbox.kept) == 1


@pytest.mark.parametrize("header", ["", "0" * 64, "é", "sha256=", "\x00", "x" * 10_000])
def test_a_wrong_signature_is_refused(header: str) -> None:
    assert door(Delivery({"X-Sig": header}, mail(), NOW)).status == 401


def test_a_delivery_without_the_header_is_refused() -> None:
    assert door(Delivery({}, mail(), NOW)).status == 401


def test_nothing_is_believed_while_no_secret_is_set() -> None:
    empty = hmac.new(b"", mail(), hashlib.sha256).hexdigest()

    assert door(Delivery({"X-Sig": empty}, mail(), NOW), secret="").status == 403


def test_the_size_is_looked_at_before_anything_is_reckoned() -> None:
    assert door(signed(b"x" * (MOST_BYTES + 1))).status == 413


@pytest.mark.parametrize("spelling", ["sha256={}", "v1={}", "00ff, {}", "{} 00ff", "v1=00ff,v1={}"])
def test_signatures_are_found_as_senders_write_them(spelling: str) -> None:
    """GitHub's prefix; several at once while a sender changes its secret."""
    right = signed(mail()).headers["x-sig"]

    assert door(Delivery({"X-SIG": spelling.format(right)}, mail(), NOW)).kept
    assert door(Delivery({"X-SIG": spelling.format(right.upper())}, mail(), NOW)).kept


def test_a_signature_in_base64_is_read_as_such() -> None:
    digest = base64.b64encode(hmac.new(SECRET.encode(), mail(), hashlib.sha256).digest()).decode()

    assert door(Delivery({"X-Sig": digest}, mail(), NOW), webhook(encoding="base64")).kept
    assert door(Delivery({"X-Sig": digest.lower()}, mail(), NOW), webhook(encoding="base64")).status == 401


# --- with a timestamp --------------------------------------------------------------------------------------------

STAMPS = {
    "seconds": lambda moment: str(int(moment.timestamp())),
    "milliseconds": lambda moment: str(int(moment.timestamp() * 1000)),
    "iso": lambda moment: moment.isoformat(),
    "mail": lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
}


def stamped(stamp: str, signed_stamp: str | None = None) -> Delivery:
    body = mail()
    text = f"{stamp if signed_stamp is None else signed_stamp}.".encode() + body
    digest = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
    return Delivery({"X-Sig": digest, "X-Time": stamp}, body, NOW)


@pytest.mark.parametrize("spelling", STAMPS)
@pytest.mark.parametrize(("minutes", "status"), [(0, 202), (-4, 202), (4, 202), (-6, 400), (6, 400), (-60 * 24, 400)])
def test_a_signed_time_may_lie_five_minutes_off_either_way(spelling: str, minutes: int, status: int) -> None:
    stamp = STAMPS[spelling](NOW + timedelta(minutes=minutes))

    assert door(stamped(stamp), webhook(timestamp="X-Time")).status == status


def test_the_time_is_part_of_what_is_signed() -> None:
    """An old delivery with a new time on it is a forgery, and not merely stale."""
    now, before = (str(int((NOW + timedelta(days=days)).timestamp())) for days in (0, -1))

    assert door(stamped(now, signed_stamp=before), webhook(timestamp="X-Time")).status == 401


@pytest.mark.parametrize("stamp", ["", "soon", "9" * 40, "-1", "2026-13-45T00:00:00Z", "2026-03-02T09:00:00"])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    assert door(stamped(stamp), webhook(timestamp="X-Time")).status == 400


# --- which webhook -----------------------------------------------------------------------------------------------


def both_in_one(stamp: str, *schemes: str, body: bytes = b"") -> str:
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + (body or mail()), hashlib.sha256).hexdigest()
    return ",".join((f"t={stamp}", *(scheme.format(digest) for scheme in schemes)))


@pytest.mark.parametrize(
    ("minutes", "schemes", "status"),
    [
        (0, ("v1={}",), 202),
        (0, ("v1=" + "0" * 64, "v1={}"), 202),  # two secrets, while one takes the other's place
        (0, ("v0={}",), 401),  # another scheme than the one we can check
        (-6, ("v1={}",), 400),
        (6, ("v1={}",), 400),
    ],
)
def test_time_and_signature_may_stand_in_one_header(minutes: int, schemes: tuple[str, ...], status: int) -> None:
    stamp = str(int((NOW + timedelta(minutes=minutes)).timestamp()))

    receipt = door(Delivery({"X-Sig": both_in_one(stamp, *schemes)}, mail(), NOW), webhook(timestamp="x-sig"))

    assert receipt.status == status


def test_a_time_that_is_put_into_the_one_header_later_breaks_the_signature() -> None:
    old, new = (str(int((NOW - timedelta(minutes=m)).timestamp())) for m in (60, 0))
    header = both_in_one(old, "v1={}").replace(old, new)

    assert door(Delivery({"X-Sig": header}, mail(), NOW), webhook(timestamp="X-Sig")).status == 401


@pytest.mark.parametrize("more", [{}, {"timestamp": "X-Time"}, {"timestamp": "X-Sig"}, {"encoding": "base64"}])
def test_what_a_played_vendor_signs_is_believed(more: dict[str, str]) -> None:
    verify = HmacSha256("X-Sig", "signing", **more)
    headers = signed_headers(verify, SECRET, mail(), str(int(NOW.timestamp())))

    assert door(Delivery(headers, mail(), NOW), webhook(**more)).kept


def test_of_several_webhooks_the_one_that_is_named_gets_it() -> None:
    both = (webhook(), webhook(Returned, "card.returned"))
    body = b'{"event_id": 7, "type": "card.returned"}'

    receipt = door(signed(body), *both)

    assert receipt.webhook is both[1]
    assert receipt.key == "7"


def test_one_key_of_two_webhooks_is_two_deliveries() -> None:
    inbox = MemoryInbox()
    both = (webhook(), webhook(Returned, "card.returned"))

    assert door(signed(mail(event_id="7")), *both, inbox=inbox).kept
    assert door(signed(b'{"event_id": 7, "type": "card.returned"}'), *both, inbox=inbox).kept


def test_another_kind_is_thanked_and_left_alone() -> None:
    receipt = door(signed(mail(type="card.lost")))

    assert (receipt.status, receipt.kept) == (200, False)
    assert "left alone" in receipt.reason


def test_one_that_bears_the_name_and_does_not_look_like_it_is_refused_with_the_field() -> None:
    receipt = door(signed(b'{"event_id": "e1", "type": "card.mailed"}'))

    assert receipt.status == 422
    assert "card: Field required" in receipt.reason


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"null", b"[]", b"1", b'"x"', b"[" * 100_000, b"NaN"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    assert door(signed(body)).status == 400


def test_an_empty_key_is_refused_and_a_very_long_one_is_shortened() -> None:
    inbox = MemoryInbox()

    assert door(signed(mail(event_id="")), inbox=inbox).status == 422
    assert door(signed(mail(event_id="e" * 100_000)), inbox=inbox).kept
    assert max(map(len, inbox.kept)) < 300


class Explosive(Answer):
    event_id: str

    @model_validator(mode="before")
    @classmethod
    def _explodes(cls, data: Any) -> Any:
        raise RuntimeError("no")


def test_a_model_that_raises_is_a_payload_that_does_not_fit() -> None:
    receipt = door(signed(mail()), webhook(Explosive))

    assert receipt.status == 422
    assert "RuntimeError" in receipt.reason


# --- the handler -------------------------------------------------------------------------------------------------

EVENT = Event("pigeon.mailed", reference="c1")


def result(handle: Any) -> Any:
    return handled("pigeon", webhook(handle=handle), Mailed(event_id="e1", type="card.mailed", card="c1"))


@pytest.mark.parametrize(
    ("returned", "found"),
    [
        (EVENT, (EVENT,)),
        ([EVENT], (EVENT,)),
        ((), ()),
        (None, ()),
        (Record(external_id="7"), (Record(external_id="7"),)),
    ],
)
def test_a_handler_returns_records_and_events(returned: Any, found: tuple[Any, ...]) -> None:
    assert result(lambda event: returned).found == found


def _exits(event: Any) -> Any:
    raise SystemExit(3)


HANDLERS: Mapping[str, Any] = {
    "raises": lambda event: event.nothing, "exits": _exits, "a dictionary": lambda event: {"a": 1},
    "somebody else's event": lambda event: Event("other.mailed"), "among good ones": lambda event: [EVENT, 7],
}  # fmt: skip


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_that_breaks_its_word_is_a_reason_and_no_exception(name: str) -> None:
    answer = result(HANDLERS[name])

    assert answer.found == ()
    assert answer.reason.startswith("The handler")
