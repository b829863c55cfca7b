"""The bar for reading and for large mails: bugs that an author could write, each caught by the kit for its own reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hub_outlook import addon, graph, reading, sending, signing_in, simulation
from hub_outlook.microsoft import Account

from hub.core import AddOn, Bytes, Cursor, Letters, Mailer, Rejected, Sent, VendorFault
from hub.core.mail_mime import as_bytes
from hub.testing.mutants import caught, reasons

INFO = addon.hub_addon()


def planted(read: Any = reading.read, send: Any = sending.send, largest: int = sending.LARGEST) -> AddOn:
    """The add-on with something else in its place. Without anything else it is a good one."""
    made = AddOn("outlook", title=INFO.title, base_url=INFO.base_url, settings=Account, auth=INFO.auth, rate=INFO.rate,
                 at_once=INFO.at_once, errors=INFO.errors)  # fmt: skip
    made._endpoints.extend(INFO.endpoints)
    made.check(signing_in.whose)
    made.mailer(Mailer("outlook.mail", "E-mail (Outlook)", send, sending.find, read=read, largest=largest))
    return made


def pages(vendor: Any, cursor: Any) -> AsyncIterator[Letters]:
    return reading.read(vendor, cursor)


async def old_is_news(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """The first look begins some days back."""
    start = cursor or Cursor(token="$deltatoken=0")
    async for page in pages(vendor, start):
        yield page


async def one_page(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    async for page in pages(vendor, cursor):
        yield page.model_copy(update={"more": False})
        return


async def ahead_of_its_letters(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """Every page bears the bookmark of the last."""
    found = [page async for page in pages(vendor, cursor)]
    for page in found:
        yield page.model_copy(update={"cursor": found[-1].cursor})


async def behind_its_letters(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    async for page in pages(vendor, cursor):
        yield page.model_copy(update={"cursor": cursor or page.cursor})


async def silent_about_a_reset(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    async for page in pages(vendor, cursor):
        yield page.model_copy(update={"reset": False})


async def leaves_out_what_failed(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """A provider that is out of order is taken for a letter that cannot be read."""
    page = await vendor(graph.changes, **(reading._round(vendor.now) if cursor is None else reading._token(cursor)))
    letters = []
    for one in page.value:
        try:
            letters.append(await reading._letter(vendor, one))
        except VendorFault:
            continue
    words = reading._words(page.next or page.delta)
    yield Letters(cursor=reading._cursor(words), letters=tuple(letters), more=bool(page.next))


async def calls_it_broken(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    try:
        async for page in pages(vendor, cursor):
            yield page
    except VendorFault as fault:
        raise RuntimeError("no luck") from fault


async def gives_up_after_a_reset(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """The bookmark has ended: from now on, and what came meanwhile is gone."""
    try:
        async for page in pages(vendor, cursor):
            yield page if not page.reset else page.model_copy(update={"letters": ()})
    except VendorFault:
        yield Letters(cursor=Cursor(token="$deltatoken=0"))


async def tells_no_conversation(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    async for page in pages(vendor, cursor):
        letters = tuple(letter.model_copy(update={"sent_ids": ()}) for letter in page.letters)
        yield page.model_copy(update={"letters": letters})


async def one_conversation_for_all(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """Everything in *Sent Items* is taken for the letter's own conversation."""
    copies = (await vendor(graph.sent_items)).value if cursor else ()
    ids = tuple(one.message_id for one in copies)
    async for page in pages(vendor, cursor):
        letters = tuple(letter.model_copy(update={"sent_ids": ids}) for letter in page.letters)
        yield page.model_copy(update={"letters": letters})


async def marks_as_read(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    async for page in pages(vendor, cursor):
        await vendor(graph.send_mail, Bytes.of("text/plain", b""))
        yield page


async def any_size(vendor: Any, message: Any) -> Any:
    await vendor(graph.send_mail, Bytes.of("text/plain", as_bytes(message, vendor.now)))
    return Sent(message.message_id)


async def hardly_any_size(vendor: Any, message: Any) -> Any:
    return Rejected("Too large.") if message.attachments else await sending.send(vendor, message)


MUTANTS: dict[str, tuple[Callable[[], AddOn], str, str]] = {
    "old letters are news": (lambda: planted(old_is_news), "no news", "taken for news"),
    "one page and no more": (lambda: planted(one_page), "every letter once", "Of 45 letters 20"),
    "the bookmark before the letters": (lambda: planted(ahead_of_its_letters), "where any page ended", "lost when reading stops"),
    "the bookmark stays": (lambda: planted(behind_its_letters), "every letter once", "letters that were read"),
    "nothing said of a reset": (lambda: planted(silent_about_a_reset), "has ended", "does not say reset"),
    "what came meanwhile is gone": (lambda: planted(gives_up_after_a_reset), "has ended", "were not read"),
    "a trouble is a letter left out": (lambda: planted(leaves_out_what_failed), "reading: 503", "never read"),
    "a trouble is an exception": (lambda: planted(calls_it_broken), "reading: reset", "the reading failed"),
    "no conversation": (lambda: planted(tells_no_conversation), "by its conversation", "not known by its conversation"),
    "one conversation": (lambda: planted(one_conversation_for_all), "by its conversation", "bear one id"),
    "it writes while it reads": (lambda: planted(marks_as_read), "no news", "could not be read"),
    "a mail of any size": (lambda: planted(send=any_size), "larger than it takes", "would have left"),
    "no mail with files": (lambda: planted(send=hardly_any_size), "files that it takes", "does not leave"),
    "a limit that is too high": (lambda: planted(largest=5_000_000), "files that it takes", "does not leave"),
}  # fmt: skip
"""Name → the mutant, the case that must fail, words of the reason."""


def test_what_mutants_are_planted_into_is_good() -> None:
    assert reasons(planted(), "mail: ", simulation=simulation) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_the_kit_catches(name: str) -> None:
    make, wanted, words = MUTANTS[name]

    assert caught(make(), wanted, words, simulation=simulation)


def test_a_mailer_whose_reading_cannot_be_played_is_told_so() -> None:
    class Without:
        SEEDS, SETTINGS, respond = simulation.SEEDS, simulation.SETTINGS, staticmethod(simulation.respond)

    (reason,) = reasons(planted(), "can be played", simulation=Without)

    assert "Write in simulation.py: arrives(" in reason
