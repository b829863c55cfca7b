"""The bar: bugs that the author of such a mailer could write, each planted into this add-on, each caught by the kit for its own
reason."""

from __future__ import annotations

import asyncio
import base64
import logging
import random
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

import pytest
from hub_outlook import addon, graph, sending, signing_in, simulation
from hub_outlook.microsoft import Account
from pydantic import Field

from hub.core import AddOn, Already, Bytes, Mailer, NotSent, Rejected, Sent, VendorFault, Wait, repeatable
from hub.core.mail_mime import as_bytes
from hub.testing.mutants import caught
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings

Make = Callable[[], AddOn]

log = logging.getLogger("mutants")
tries = iter(range(1, 1_000_000))
kept: dict[str, str] = {}
INFO = addon.hub_addon()


class InTheOpen(Account):
    """The token as a text that anybody may read."""

    access_token: Annotated[str, Field(title="Sign-in")]  # type: ignore[assignment]


def planted(
    send: Any = sending.send,
    find: Any = sending.find,
    check: Any = signing_in.whose,
    *,
    settings: Any = Account,
    errors: Any = None,
    endpoints: Any = INFO.endpoints,
) -> AddOn:
    """The add-on with something else in its place. Without anything else it is a good one."""
    made = AddOn("outlook", title=INFO.title, base_url=INFO.base_url, settings=settings, auth=INFO.auth, rate=INFO.rate,
                 at_once=INFO.at_once, errors=INFO.errors if errors is None else errors)  # fmt: skip
    made._endpoints.extend(endpoints)
    made.check(check)
    made.mailer(Mailer("outlook.mail", "E-mail (Outlook)", send, find))
    return made


def changed(message: Any, **more: Any) -> Any:
    return message.model_copy(update=more)


def body(vendor: Any, message: Any) -> Bytes:
    return Bytes.of("text/plain", base64.b64encode(as_bytes(message, vendor.now)))


# --- the sending ---------------------------------------------------------------------------------------------------


async def twice(vendor: Any, message: Any) -> Any:
    await sending.send(vendor, message)
    return await sending.send(vendor, message)


async def swallows(vendor: Any, message: Any) -> Any:
    try:
        return await sending.send(vendor, message)
    except VendorFault:
        return Sent(message.message_id)


async def loops(vendor: Any, message: Any) -> Any:
    for _ in range(3):
        try:
            return await sending.send(vendor, message)
        except VendorFault:
            await asyncio.sleep(5)
    return Sent()


async def new_id(vendor: Any, message: Any) -> Any:
    return await sending.send(vendor, changed(message, message_id=f"<{uuid4().hex}@kit.test>"))


async def numbers(vendor: Any, message: Any) -> Any:
    return await sending.send(vendor, changed(message, subject=f"{message.subject} #{next(tries)}"))


async def by_lot(vendor: Any, message: Any) -> Any:
    return await sending.send(vendor, changed(message, text=f"{message.text} {random.random()}"))


async def not_awaited(vendor: Any, message: Any) -> Any:
    sending.send(vendor, message).close()
    return Sent(message.message_id)


async def nothing(vendor: Any, message: Any) -> Any:
    return Sent(message.message_id)


async def tells_the_token(vendor: Any, message: Any) -> Any:
    sent = await sending.send(vendor, message)
    return replace(sent, note=f"Sent with {vendor.settings.access_token.get_secret_value()}")


async def logs_the_token(vendor: Any, message: Any) -> Any:
    log.info("sending with %s", vendor.settings.access_token.get_secret_value())
    return await sending.send(vendor, message)


async def remembers(vendor: Any, message: Any) -> Any:
    """One name for every account of the process: the first one's."""
    sent = await sending.send(vendor, message)
    return replace(sent, reference=kept.setdefault("to", message.to[0]))


async def own_client(vendor: Any, message: Any) -> Any:
    with suppress(OSError):
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
    return await sending.send(vendor, message)


async def sleeps(vendor: Any, message: Any) -> Any:
    time.sleep(2)
    return await sending.send(vendor, message)


async def raises(vendor: Any, message: Any) -> Any:
    sent = await sending.send(vendor, message)
    raise KeyError(sent.reference)


async def plain_mime(vendor: Any, message: Any) -> Any:
    """The mail as it is, where Graph wants base64."""
    await vendor(graph.send_mail, Bytes.of("text/plain", as_bytes(message, vendor.now)))
    return Sent(message.message_id)


async def as_somebody(vendor: Any, message: Any) -> Any:
    """In the contact's name."""
    return await sending.send(vendor, changed(message, sender=message.to[0]))


async def blames_the_contact(vendor: Any, message: Any) -> Any:
    """A sign-in that has ended taken for a bad address."""
    try:
        return await sending.send(vendor, message)
    except VendorFault as fault:
        if fault.status == 401:
            return Rejected("Outlook does not take it.")
        raise


async def waits_for_ever(vendor: Any, message: Any) -> Any:
    """What an administrator must allow, tried again and again."""
    try:
        return await sending.send(vendor, message)
    except VendorFault as fault:
        return Wait("Outlook is busy.") if fault.status == 403 else Rejected()


async def another_reference(vendor: Any, message: Any) -> Any:
    return replace(await sending.send(vendor, message), reference="sent")


safe = replace(graph.send_mail, effect=repeatable())


async def says_it_is_safe(vendor: Any, message: Any) -> Any:
    """Declared as something that may be sent twice."""
    await vendor(safe, body(vendor, message))
    return Sent(message.message_id)


# --- the look-up ---------------------------------------------------------------------------------------------------


async def always_there(vendor: Any, message_id: str) -> Any:
    await sending.find(vendor, message_id)
    return Sent(message_id)


async def never_there(vendor: Any, message_id: str) -> Any:
    try:
        return await sending.find(vendor, message_id)
    except VendorFault:
        return NotSent()


async def wrong_id(vendor: Any, message_id: str) -> Any:
    return await sending.find(vendor, message_id.strip("<>"))


async def looks_nowhere(vendor: Any, message_id: str) -> Any:
    return NotSent()


# --- the rest ------------------------------------------------------------------------------------------------------


async def always_well(vendor: Any) -> str:
    with suppress(VendorFault):
        await signing_in.whose(vendor)
    return "all is well"


async def says_nothing(vendor: Any) -> str:
    await signing_in.whose(vendor)
    return ""


def with_safe_sending() -> AddOn:
    return planted(says_it_is_safe, endpoints=tuple(safe if one is graph.send_mail else one for one in INFO.endpoints))


MUTANTS: dict[str, tuple[Make, str, str]] = {
    "sends twice": (lambda: planted(twice), "a clean run", "irreversible call"),
    "swallows the error": (lambda: planted(swallows), "reset before the effect", "returned Sent"),
    "a retry loop of its own": (lambda: planted(loops), "reset before the effect", "irreversible call"),
    "another id for every try": (lambda: planted(new_id), "the same step makes the same request", "two different requests"),
    "a counter in the subject": (lambda: planted(numbers), "the same step makes the same request", "two different requests"),
    "a random number in the text": (lambda: planted(by_lot), "the same step makes the same request", "two different requests"),
    "forgets to await": (lambda: planted(not_awaited), "a clean run", "returned Sent"),
    "sends nothing": (lambda: planted(nothing), "a clean run", "returned Sent"),
    "tells the token in a note": (lambda: planted(tells_the_token), "a clean run", "secret"),
    "logs the token": (lambda: planted(logs_the_token), "a clean run", "the log"),
    "remembers the first contact": (lambda: planted(remembers), "two accounts, one after the other", "remembers it"),
    "a client of its own": (lambda: planted(own_client), "a clean run", "127.0.0.1"),
    "blocks the loop": (lambda: planted(sleeps), "a clean run", "slept"),
    "raises after it was sent": (lambda: planted(raises), "a clean run", "KeyError"),
    "no base64": (lambda: planted(plain_mime), "a clean run", "failed"),
    "writes in the contact's name": (lambda: planted(as_somebody), "a clean run", "held"),
    "blames the contact": (lambda: planted(blames_the_contact), "401, the key is wrong", "failed"),
    "waits for an administrator": (lambda: planted(waits_for_ever), "403, not allowed", "scheduled"),
    "a reference of its own": (lambda: planted(another_reference), "names the thing as the action does", "calls the thing"),
    "says a mail may go twice": (with_safe_sending, "reset after the effect", "2 times"),
    "finds everything": (lambda: planted(find=always_there), "reset before the effect", "the vendor did nothing"),
    "a failed look-up is a no": (lambda: planted(find=never_there), "on look-up", "NotSent"),
    "looks for another id": (lambda: planted(find=wrong_id), "reset after the effect", "review"),
    "looks nowhere": (lambda: planted(find=looks_nowhere), "reset after the effect", "review"),
    "a test that is always well": (lambda: planted(check=always_well), "check: a wrong key", "admin's matter"),
    "a test that says nothing": (lambda: planted(check=says_nothing), "check: a good key", "returned ''"),
    "the token in the open": (lambda: planted(settings=InTheOpen), "the credential is stored as a secret", "Secret"),
    "429 is a no": (lambda: planted(errors={429: Rejected}), "429 means Rejected", "429"),
    "404 is done": (lambda: planted(errors={404: Already}), "404 means Already", "404"),
}  # fmt: skip
"""Name → the mutant, the case that must fail, words of the reason."""


def test_what_mutants_are_planted_into_is_good() -> None:
    """In the first of the cases by which each mutant is caught."""
    wanted = {words for _, words, _ in MUTANTS.values() if " means " not in words}

    with Bench(planted(), simulation=simulation) as bench:
        cases = [next(case for case in cases_of(bench) if words in case.name) for words in wanted]
        reasons = [reason for case in cases for reason in findings(case, bench)]

    assert reasons == []


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 15


@pytest.mark.parametrize("name", MUTANTS)
def test_the_kit_catches(name: str) -> None:
    make, wanted, words = MUTANTS[name]

    assert caught(make(), wanted, words, simulation=simulation)
