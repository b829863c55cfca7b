"""The bar: bugs that a mailer's author could write, each planted into this add-on, each caught by the kit for its own reason.

Most are in the code that a mailer of presets does not have; a mailer with code of its own may have any of them. The rest are in
the table.
"""

from __future__ import annotations

import asyncio
import logging
import random
import smtplib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

import pytest
from hub_smtp_custom import PRESETS
from pydantic import Field

from hub.core import AddOn, MailboxLogin, Mailer, NotSent, Sent, VendorFault, mailbox_form
from hub.core.mail_form import CustomMailbox
from hub.core.mail_post import Cursor
from hub.testing.grading import grade
from hub.testing.mutants import caught
from hub.testing.proofs.case import Badge

Make = Callable[[], AddOn]

log = logging.getLogger("mutants")
tries = iter(range(1, 1_000_000))
kept: dict[str, str] = {}


class InTheOpen(CustomMailbox):
    """The password as a text that anybody may read."""

    password: Annotated[str, Field(title="Password")]  # type: ignore[assignment]


async def sends(vendor: Any, message: Any) -> Any:
    return await vendor.post.send(message)


async def finds(vendor: Any, message_id: str) -> Any:
    return await vendor.post.find(message_id)


def planted(
    send: Any = sends,
    find: Any = finds,
    check: Any = None,
    *,
    settings: Any = None,
    presets: Any = PRESETS,
    **more: Any,
) -> AddOn:
    """The add-on with something else in its place. Without anything else it is a good one."""
    form = settings or mailbox_form(presets, custom=True)
    made = AddOn("smtp_custom", title="E-mail", settings=form, auth=MailboxLogin())
    if check is not None:
        made.check(check)
    made.mailer(Mailer("smtp_custom.mail", "E-mail", send, find, presets, True, **more))
    return made


# --- the sending ---------------------------------------------------------------------------------------------------


async def twice(vendor: Any, message: Any) -> Any:
    await vendor.post.send(message)
    return await vendor.post.send(message)


async def swallows(vendor: Any, message: Any) -> Any:
    try:
        return await vendor.post.send(message)
    except VendorFault:
        return Sent(message.message_id)


async def loops(vendor: Any, message: Any) -> Any:
    for _ in range(3):
        try:
            return await vendor.post.send(message)
        except VendorFault:
            await asyncio.sleep(5)
    return Sent()


async def new_id(vendor: Any, message: Any) -> Any:
    return await vendor.post.send(message.model_copy(update={"message_id": f"<{uuid4().hex}@kit.test>"}))


async def one_id(vendor: Any, message: Any) -> Any:
    return await vendor.post.send(message.model_copy(update={"message_id": "<always@kit.test>"}))


async def copies_itself(vendor: Any, message: Any) -> Any:
    return await vendor.post.send(message.model_copy(update={"to": (*message.to, message.sender)}))


async def as_the_contact(vendor: Any, message: Any) -> Any:
    return await vendor.post.send(message.model_copy(update={"sender": message.to[0]}))


async def not_awaited(vendor: Any, message: Any) -> Any:
    vendor.post.send(message).close()
    return Sent(message.message_id)


async def nothing(vendor: Any, message: Any) -> Any:
    return Sent(message.message_id)


async def tells_the_password(vendor: Any, message: Any) -> Any:
    sent = await vendor.post.send(message)
    return replace(sent, note=f"Sent with {vendor.settings.password.get_secret_value()}")


async def logs_the_password(vendor: Any, message: Any) -> Any:
    log.info("signing in with %s", vendor.settings.password.get_secret_value())
    return await vendor.post.send(message)


async def numbers(vendor: Any, message: Any) -> Any:
    return await vendor.post.send(message.model_copy(update={"subject": f"{message.subject} #{next(tries)}"}))


async def by_lot(vendor: Any, message: Any) -> Any:
    return await vendor.post.send(message.model_copy(update={"text": f"{message.text} {random.random()}"}))


async def remembers(vendor: Any, message: Any) -> Any:
    """One name for every account of the process: the first one's."""
    name = kept.setdefault("subject", message.to[0])
    return await vendor.post.send(message.model_copy(update={"text": f"{message.text} (for {name})"}))


async def own_client(vendor: Any, message: Any) -> Any:
    with suppress(OSError):
        smtplib.SMTP("127.0.0.1", 2525, timeout=1)
    return await vendor.post.send(message)


async def sleeps(vendor: Any, message: Any) -> Any:
    time.sleep(2)
    return await vendor.post.send(message)


async def raises(vendor: Any, message: Any) -> Any:
    sent = await vendor.post.send(message)
    raise KeyError(sent.reference)


async def marks_it(vendor: Any, message: Any) -> Any:
    """A header made of a contact's facts, without a look at them."""
    headers = (("X-Contact", f"{message.subject}\r\nBcc: eve@example.com"),)
    return await vendor.post.send(message.model_copy(update={"headers": headers}))


# --- the look-up ---------------------------------------------------------------------------------------------------


async def always_there(vendor: Any, message_id: str) -> Any:
    await vendor.post.find(message_id)
    return Sent(message_id)


async def never_there(vendor: Any, message_id: str) -> Any:
    try:
        return await vendor.post.find(message_id)
    except VendorFault:
        return NotSent()


async def wrong_id(vendor: Any, message_id: str) -> Any:
    return await vendor.post.find(message_id.replace("<", "<x-"))


# --- the rest ------------------------------------------------------------------------------------------------------


async def always_well(vendor: Any) -> str:
    with suppress(VendorFault):
        await vendor.post.sign_in()
    return "all is well"


async def says_nothing(vendor: Any) -> str:
    await vendor.post.sign_in()
    return ""


async def from_the_start(vendor: Any, cursor: Any) -> Any:
    """Every time all of it: a mailbox of years becomes news."""
    async for page in vendor.post.letters(Cursor(validity=cursor.validity if cursor else 1, uid=0)):
        yield page


async def one_page(vendor: Any, cursor: Any) -> Any:
    async for page in vendor.post.letters(cursor):
        yield page
        return


async def hides_the_new_numbers(vendor: Any, cursor: Any) -> Any:
    async for page in vendor.post.letters(cursor):
        yield page.model_copy(update={"reset": False})


def _preset(name: str, **changes: Any) -> tuple[Any, ...]:
    return tuple(replace(one, **changes) if one.name == name else one for one in PRESETS)


MUTANTS: dict[str, tuple[Make, str, str]] = {
    "sends twice": (lambda: planted(twice), "a clean run", "irreversible call"),
    "swallows the error": (lambda: planted(swallows), "dropped before the dot", "returned Sent"),
    "a retry loop of its own": (lambda: planted(loops), "dropped before the dot", "irreversible call"),
    "another id for every try": (lambda: planted(new_id), "a clean run", "Message-ID must follow"),
    "one id for every mail": (lambda: planted(one_id), "a clean run", "Message-ID must follow"),
    "copies itself": (lambda: planted(copies_itself), "a clean run", "to the contact alone"),
    "writes in the contact's name": (lambda: planted(as_the_contact), "a clean run", "envelope's sender"),
    "forgets to await": (lambda: planted(not_awaited), "a clean run", "returned Sent"),
    "sends nothing": (lambda: planted(nothing), "a clean run", "returned Sent"),
    "tells the password in a note": (lambda: planted(tells_the_password), "a clean run", "secret"),
    "logs the password": (lambda: planted(logs_the_password), "a clean run", "the log"),
    "a counter in the subject": (lambda: planted(numbers), "the same step makes the same request", "two different requests"),
    "a random number in the text": (lambda: planted(by_lot), "the same step makes the same request", "two different requests"),
    "remembers the first contact": (lambda: planted(remembers), "two accounts, one after the other", "remembers it"),
    "a mail client of its own": (lambda: planted(own_client), "a clean run", "2525"),
    "blocks the loop": (lambda: planted(sleeps), "a clean run", "slept"),
    "raises after it was sent": (lambda: planted(raises), "a clean run", "KeyError"),
    "a header made of facts": (lambda: planted(marks_it), "a clean run", "no mail can hold"),
    "finds everything": (lambda: planted(find=always_there), "dropped after the dot, and lost", "the vendor did nothing"),
    "a failed look-up is a no": (lambda: planted(find=never_there), "on look-up", "returned NotSent"),
    "looks for another id": (lambda: planted(find=wrong_id), "dropped after the dot, and kept", "review"),
    "a test that is always well": (lambda: planted(check=always_well), "check: wrong password", "did not let us in"),
    "a test that says nothing": (lambda: planted(check=says_nothing), "check: a good mailbox", "not accepted"),
    "reads from the start": (lambda: planted(read=from_the_start), "reading: what lay there before", "news"),
    "reads one page": (lambda: planted(read=one_page), "reading: every letter once", "45"),
    "hides that numbers are new": (lambda: planted(read=hides_the_new_numbers), "reading: the folder's numbers", "no page says"),
    "the password in the open": (lambda: planted(settings=InTheOpen), "the credential is stored as a secret", "Secret"),
    "a port nobody uses": (lambda: planted(presets=_preset("icloud", smtp_port=5870)), "preset icloud", "5870"),
    "half a host name": (lambda: planted(presets=_preset("icloud", imap_host="imap")), "preset icloud", "whole"),
}  # fmt: skip
"""Name → the mutant, the case that must fail, words of the reason."""


def test_what_mutants_are_planted_into_is_good() -> None:
    """As good as it can be: none of its providers files what it sends, so after a lost answer a person is asked."""
    failures = [failure for failure in grade(planted()).failures if failure.badge is not Badge.ALONE]

    assert [failure for failure in failures if "README" not in failure.case] == []


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 15


@pytest.mark.parametrize("name", MUTANTS)
def test_the_kit_catches(name: str) -> None:
    make, wanted, words = MUTANTS[name]

    assert caught(make(), wanted, words)
