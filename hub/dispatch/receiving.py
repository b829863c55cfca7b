"""A delivery at the door: what a vendor pushed, from raw bytes to something that may be believed.

In order: it is not too large; the signature over the raw bytes is the one our secret makes (compared in constant time; a secret
that is not set refuses everything); it is not stale; it is JSON; it belongs to a webhook the plugin declared; it is stored under
the key by which a repeated delivery is known, in one act with the question whether that key is there already; and only then is
the sender told *yes*. The plugin's handler comes afterwards (:func:`handled`), from the stored delivery, so that what goes wrong
there can be played again and loses nothing.

Nothing here knows a database or a clock: the store is an :class:`Inbox`, the time comes with the delivery.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from hub.core.auth import reveal
from hub.core.guard import Failed, guarded, limited
from hub.core.records import Event, HmacSha256, Record, Webhook
from hub.dispatch.plain import clean

MOST_BYTES = 1024 * 1024
"""Bytes of a delivery's body. Vendors send a few thousand."""

OLDEST = timedelta(minutes=5)
"""How far a signed time may lie from ours, either way: clocks differ, and what was overheard is played again later."""

LONGEST_SIGNATURE = 2_000
"""Characters of a header with signatures that are looked at."""

LONGEST_KEY = 200
"""Characters of a delivery's own id."""

HANDLER_SECONDS = 10.0
"""A handler turns one payload into records or events; it has no calls to make."""

KINDS = ("type", "event", "event_type", "eventType", "topic", "name", "kind", "action")
"""Fields in which vendors say what a delivery is about."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in.

    Attributes:
        headers: names in any spelling.
        body: the raw bytes, as they came.
        at: when.
    """

    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the door says.

    Attributes:
        status: the HTTP status for the sender.
        reason: why it is not kept, in words for the log and the plugin's author; empty for what is kept.
        webhook, payload: what it was recognised as.
        key: what it is stored under.
        fresh: it was not there before.
    """

    status: int
    reason: str = ""
    webhook: Webhook | None = None
    payload: Any = None
    key: str = ""
    fresh: bool = False

    @property
    def kept(self) -> bool:
        """Stored now, and to be handled."""
        return self.fresh


class Inbox(Protocol):
    """Where deliveries are kept. The SQL one is the host's, the one in memory the kit's."""

    def keep(self, key: str, name: str, delivery: Delivery) -> bool:
        """Store a delivery durably under its key, unless the key is there: one atomic act. Says whether it was new."""


def receive(webhooks: Sequence[Webhook], settings: Any, delivery: Delivery, inbox: Inbox) -> Receipt:
    """Take a delivery in, or say why not. Never raises for anything a sender or a plugin's model does.

    Args:
        webhooks: those of the add-on whose connection the address belongs to.
        settings: the connection's settings, as the add-on's model.
        inbox: raises what it likes; the sender is then told to come again, by the caller.
    """
    if len(delivery.body) > MOST_BYTES:
        return Receipt(413, f"The delivery is larger than {MOST_BYTES} bytes.")
    proved = _proved(webhooks, settings, delivery)
    if isinstance(proved, Receipt):
        return proved
    try:
        data = json.loads(delivery.body)
    except (ValueError, RecursionError):
        return Receipt(400, "The delivery is not JSON.")
    found = _recognised(proved, data)
    if isinstance(found, Receipt):
        return found
    webhook, payload = found
    key = _key(webhook, payload)
    if not key:
        return Receipt(422, f"The delivery has no {webhook.dedupe}, by which a repeated one would be known.", webhook)
    fresh = inbox.keep(f"{webhook.name}:{key}", webhook.name, delivery)
    return Receipt(202 if fresh else 200, "" if fresh else "It was here before.", webhook, payload, key, fresh)


# --- the signature -----------------------------------------------------------------------------------------------


def _proved(webhooks: Sequence[Webhook], settings: Any, delivery: Delivery) -> list[Webhook] | Receipt:
    """The webhooks whose sender this is."""
    headers = {name.lower(): value for name, value in delivery.headers.items()}
    answers = [(webhook, _refusal(webhook.verify, settings, headers, delivery)) for webhook in webhooks]
    proved = [webhook for webhook, refusal in answers if refusal is None]
    refusals = [refusal for _, refusal in answers if refusal is not None]
    if proved:
        return proved
    return min(
        refusals, key=lambda receipt: receipt.status, default=Receipt(404, "Nothing is declared to come in here.")
    )


def _refusal(verify: HmacSha256, settings: Any, headers: Mapping[str, str], delivery: Delivery) -> Receipt | None:
    secret = reveal(settings, verify.field)
    if not secret:
        return Receipt(403, "The connection has no secret for signatures, so nothing that comes in can be believed.")
    presented, stamp = headers.get(verify.header.lower(), ""), _stamp(verify, headers)
    if not signed_by(verify, secret, delivery.body, stamp, presented):
        return Receipt(401, "The signature is not the sender's.")
    if verify.timestamp and not _is_fresh(stamp, delivery.at):
        return Receipt(400, "The delivery was signed too long ago, or by a clock that is wrong.")
    return None


def _stamp(verify: HmacSha256, headers: Mapping[str, str]) -> str:
    """The time of signing as the sender wrote it."""
    if not verify.timestamp:
        return ""
    value = headers.get(verify.timestamp.lower(), "")[:LONGEST_SIGNATURE]
    if not verify.in_one_header:
        return value
    return next((word[2:] for word in re.split(r"[\s,;]+", value) if word.startswith("t=")), "")


def signed_headers(verify: HmacSha256, secret: str, body: bytes, stamp: str) -> dict[str, str]:
    """The headers a sender adds to a delivery. For whoever plays the vendor."""
    right = signature(verify, secret, body, stamp)
    if verify.in_one_header:
        return {verify.header: f"t={stamp},v1={right}"}
    return {verify.header: right, **({verify.timestamp: stamp} if verify.timestamp else {})}


def signature(verify: HmacSha256, secret: str, body: bytes, stamp: str = "") -> str:
    """What the sender writes into its header. With a timestamp the signed bytes are the timestamp, a dot, and the body."""
    signed = f"{stamp}.".encode() + body if verify.timestamp else body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return digest.hex() if verify.encoding == "hex" else base64.b64encode(digest).decode()


def signed_by(verify: HmacSha256, secret: str, body: bytes, stamp: str, presented: str) -> bool:
    """Whether one of the presented signatures is right. Senders that rotate secrets present several."""
    right = signature(verify, secret, body, stamp).encode()
    words = re.split(r"[\s,;]+", presented[:LONGEST_SIGNATURE])
    schemes = r"^v1=" if verify.in_one_header else r"^(sha256|v\d)="  # a scheme beside v1 is another kind of proof
    given = [re.sub(schemes, "", word) for word in words]
    spelt = [word.lower() if verify.encoding == "hex" else word for word in given]
    fits = [hmac.compare_digest(right, word.encode("utf-8", "replace")) for word in spelt]  # all, whichever fits
    return any(fits)


def _is_fresh(stamp: str, now: datetime) -> bool:
    moment = _moment(stamp.strip())
    return moment is not None and abs(now - moment) <= OLDEST


def _moment(stamp: str) -> datetime | None:
    """Seconds or milliseconds since 1970, ISO 8601, or the form of mail headers."""
    try:
        if re.fullmatch(r"\d{9,13}", stamp):
            return datetime.fromtimestamp(int(stamp) / (1000 if len(stamp) > 10 else 1), UTC)
        moment = datetime.fromisoformat(stamp) if "-" in stamp[:5] else parsedate_to_datetime(stamp)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


# --- the payload -------------------------------------------------------------------------------------------------


def _recognised(webhooks: Sequence[Webhook], data: Any) -> tuple[Webhook, Any] | Receipt:
    """What it is: by the name it bears, or else by the first model that it fits.

    Known but not handled is not the same as not theirs: a signed delivery of another kind is taken with thanks and left alone,
    for a sender that is refused sends again and in the end switches us off.
    """
    if not isinstance(data, Mapping):
        return Receipt(400, "The delivery is JSON, and not an object.")
    said = {str(data[word]) for word in KINDS if isinstance(data.get(word), str)}
    named = [webhook for webhook in webhooks if webhook.name in said]
    trouble = ""
    for webhook in named or webhooks:
        payload, reason = _parsed(webhook, data)
        if payload is not None:
            return webhook, payload
        trouble = trouble or reason
    if named:
        return Receipt(
            422, f"The delivery says it is {named[0].name} and does not look like one ({trouble}).", named[0]
        )
    return Receipt(200, "No webhook of this kind is declared; it was left alone.")


def _parsed(webhook: Webhook, data: Any) -> tuple[Any, str]:
    """The payload, or why there is none. The model is the plugin's: its validators may raise anything, and take for ever."""
    try:
        return limited(lambda: TypeAdapter(webhook.payload).validate_python(data), ValidationError), ""
    except ValidationError as trouble:
        error = trouble.errors(include_input=False, include_url=False)[0]
        return None, clean(f"{'.'.join(map(str, error['loc']))}: {error['msg']}", 300)
    except Failed as trouble:
        return None, trouble.kind or f"its model {trouble}"


def _key(webhook: Webhook, payload: Any) -> str:
    value = getattr(payload, webhook.dedupe, "")
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= LONGEST_KEY else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


# --- the handler -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handled:
    """What the plugin made of a stored delivery, or why nothing came of it; then it can be played again."""

    found: tuple[Record | Event, ...] = ()
    reason: str = ""


def handled(addon: str, webhook: Webhook, payload: Any, seconds: float = HANDLER_SECONDS) -> Handled:
    """Let the plugin turn a payload into records and events. Never raises.

    Args:
        addon: the add-on's name, with which the names of its events begin.
    """
    answer = guarded(lambda: webhook.handle(payload), seconds)
    if not answer.ok:
        return Handled(reason=clean(f"The handler failed: {answer.reason}", 500))
    found: Any = answer.value
    listed = [] if found is None else found if isinstance(found, list | tuple) else [found]
    reason = _strange(addon, listed)
    return Handled(reason=reason) if reason else Handled(tuple(listed))


def _strange(addon: str, listed: Iterable[Any]) -> str:
    for item in listed:
        if not isinstance(item, Record | Event):
            return f"The handler returned a {type(item).__name__[:60]}; return records or events."
        if isinstance(item, Event) and not item.name.startswith(f"{addon}."):
            return "The handler returned an event of another add-on's name; make it with addon.event(…)."
    return ""
