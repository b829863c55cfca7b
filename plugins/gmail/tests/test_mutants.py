"""The bar: bugs that the author of such a mailer could write, each planted into this add-on, each caught by the kit for its own
reason."""

from __future__ import annotations

import asyncio
import base64
import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

import pytest
from hub_gmail import addon, checking, sending
from hub_gmail.declaration import Account
from hub_gmail.endpoints import NewMail, mails, profile, send_mail
from pydantic import Field

from hub.core import AddOn, Mailer, NotSent, Rejected, Sent, VendorFault, repeatable
from hub.core.mail_mime import as_bytes
from hub.testing.mutants import caught

Make = Callable[[], AddOn]

log = logging.getLogger("mutants")
tries = iter(range(1, 1_000_000))
INFO = addon.hub_addon()


class InTheOpen(Account):
    """The token as a text that anybody may read."""

    access_token: Annotated[str, Field(title="Sign-in")]  # type: ignore[assignment]


def planted(
    send: Any = sending.send,
    find: Any = sending.find,
    check: Any = checking.whose,
    *,
    settings: Any = Account,
    errors: Any = None,
    endpoints: Any = INFO.endpoints,
) -> AddOn:
    """The add-on with something else in its place. Without anything else it is a good one."""
    made = AddOn("gmail", title=INFO.title, base_url=INFO.base_url, settings=settings, auth=INFO.auth, rate=INFO.rate,
                 errors=INFO.errors if errors is None else errors)  # fmt: skip
    made._endpoints.extend(endpoints)
    made.check(check)
    made.mailer(Mailer("gmail.mail", "E-mail (Gmail)", send, find))
    return made


def changed(message: Any, **more: Any) -> Any:
    return message.model_copy(update=more)


def raw(vendor: Any, message: Any) -> NewMail:
    return NewMail(raw=base64.urlsafe_b64encode(as_bytes(message, vendor.now)).decode())


# --- the sending ---------------------------------------------------------------------------------------------------


async def twice(vendor: Any, message: Any) -> Any:
    await sending.send(vendor, message)
    return await sending.send(vendor, message)


async def swallows(vendor: Any, message: Any) -> Any:
    try:
        return await sending.send(vendor, message)
    except VendorFault:
        return Sent()


async def loops(vendor: Any, message: Any) -> Any:
    for _ in range(3):
        try:
            return await sending.send(vendor, message)
        except VendorFault:
            await asyncio.sleep(0)
    return Sent()


async def nothing(vendor: Any, message: Any) -> Any:
    return Sent("m1")


async def new_id(vendor: Any, message: Any) -> Any:
    return await sending.send(vendor, changed(message, message_id=f"<{uuid4().hex}@kit.test>"))


async def numbers(vendor: Any, message: Any) -> Any:
    return await sending.send(vendor, changed(message, subject=f"{message.subject} #{next(tries)}"))


async def by_lot(vendor: Any, message: Any) -> Any:
    return await sending.send(vendor, changed(message, text=f"{message.text} {random.random()}"))


async def tells_the_token(vendor: Any, message: Any) -> Any:
    sent = await sending.send(vendor, message)
    assert isinstance(sent, Sent)
    return replace(sent, note=f"Sent with {vendor.settings.access_token.get_secret_value()}")


async def logs_the_token(vendor: Any, message: Any) -> Any:
    log.info("sending with %s", vendor.settings.access_token.get_secret_value())
    return await sending.send(vendor, message)


async def sleeps(vendor: Any, message: Any) -> Any:
    time.sleep(2)
    return await sending.send(vendor, message)


async def raises(vendor: Any, message: Any) -> Any:
    sent = await sending.send(vendor, message)
    raise KeyError(sent.sentence())


async def asks_afterwards(vendor: Any, message: Any) -> Any:
    made = await vendor(send_mail, raw(vendor, message))
    await vendor(profile)
    return Sent(made.id)


async def calls_it_by_its_message_id(vendor: Any, message: Any) -> Any:
    sent = await sending.send(vendor, message)
    return replace(sent, reference=message.message_id) if isinstance(sent, Sent) else sent


# --- the look-up ---------------------------------------------------------------------------------------------------


async def always_there(vendor: Any, message_id: str) -> Any:
    await vendor(mails, q=f"rfc822msgid:{message_id.strip('<>')}")
    return Sent("m1")


async def failed_is_a_no(vendor: Any, message_id: str) -> Any:
    try:
        return await sending.find(vendor, message_id)
    except VendorFault:
        return NotSent()


async def wrong_id(vendor: Any, message_id: str) -> Any:
    return await sending.find(vendor, message_id.replace("<", "<x-"))


# --- the rest ------------------------------------------------------------------------------------------------------


async def always_well(vendor: Any) -> str:
    with suppress(VendorFault):
        await vendor(profile)
    return "all is well"


async def says_nothing(vendor: Any) -> str:
    await vendor(profile)
    return ""


def _repeatable() -> AddOn:
    """The declaration says that a mail may go out twice."""
    other = replace(send_mail, effect=repeatable())

    async def send(vendor: Any, message: Any) -> Any:
        made = await vendor(other, raw(vendor, message))
        return Sent(made.id)

    return planted(send, endpoints=[*[one for one in INFO.endpoints if one != send_mail], other])


MUTANTS: dict[str, tuple[Make, str, str]] = {
    "sends twice": (lambda: planted(twice), "a clean run", "irreversible"),
    "swallows the error": (lambda: planted(swallows), "connection refused", "returned Sent"),
    "a retry loop of its own": (lambda: planted(loops), "connection refused", "irreversible"),
    "sends nothing": (lambda: planted(nothing), "a clean run", "returned Sent"),
    "another id for every try": (lambda: planted(new_id), "the same step makes the same request", "two different"),
    "a counter in the subject": (lambda: planted(numbers), "the same step makes the same request", "two different"),
    "a random number in the text": (lambda: planted(by_lot), "the same step makes the same request", "two different"),
    "tells the token in a note": (lambda: planted(tells_the_token), "a clean run", "secret"),
    "logs the token": (lambda: planted(logs_the_token), "a clean run", "the log"),
    "blocks the loop": (lambda: planted(sleeps), "a clean run", "slept"),
    "raises after it was sent": (lambda: planted(raises), "a clean run", "KeyError"),
    "asks something after sending": (lambda: planted(asks_afterwards), "a clean run", "after its irreversible call"),
    "two names for one mail": (lambda: planted(calls_it_by_its_message_id), "names the thing", "look-up calls it"),
    "finds everything": (lambda: planted(find=always_there), "mail: reset before the effect", "the vendor did nothing"),
    "a failed look-up is a no": (lambda: planted(find=failed_is_a_no), "on look-up", "NotSent"),
    "looks for another id": (lambda: planted(find=wrong_id), "mail: reset after the effect", "review"),
    "a test that is always well": (lambda: planted(check=always_well), "check: a wrong key", "admin's matter"),
    "a test that says nothing": (lambda: planted(check=says_nothing), "check: a good key", "return whose key"),
    "the token in the open": (lambda: planted(settings=InTheOpen), "the credential is stored as a secret", "Secret"),
    "a mail may go out twice": (_repeatable, "mail: reset after the effect", "2 times"),
    "a server's failure is a no": (lambda: planted(errors={503: Rejected}), "check: 503", "told as rejected"),
}  # fmt: skip
"""Name → the mutant, the case that must fail, words of the reason."""


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 15


@pytest.mark.parametrize("name", MUTANTS)
def test_the_kit_catches(name: str) -> None:
    make, wanted, words = MUTANTS[name]

    assert caught(make(), wanted, words)
