"""The bar for reading: bugs that an author could write, each caught by the kit for its own reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hub_gmail import addon, checking, reading, sending, simulation
from hub_gmail.declaration import Account
from hub_gmail.endpoints import LARGEST, mails, profile

from hub.core import AddOn, Cursor, Letters, Mailer, Refused, Sent, VendorFault
from hub.testing.mutants import caught, reasons

INFO = addon.hub_addon()


def planted(read: Any = reading.read, send: Any = sending.send) -> AddOn:
    """The add-on with something else in its place. Without anything else it is a good one."""
    made = AddOn("gmail", title=INFO.title, base_url=INFO.base_url, settings=Account, auth=INFO.auth, rate=INFO.rate,
                 errors=INFO.errors)  # fmt: skip
    made._endpoints.extend(INFO.endpoints)
    made.check(checking.whose)
    made.mailer(Mailer("gmail.mail", "E-mail (Gmail)", send, sending.find, read=read, largest=LARGEST))
    return made


async def the_newest_twenty(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """No history at all: whatever the first page of the list holds."""
    page = await vendor(mails, labelIds="INBOX", maxResults=20)
    yield Letters(cursor=Cursor(token="7"), letters=await reading._letters(vendor, page.messages))


async def where_history_stands_now(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """The bookmark is asked for apart, and is that of the end on every page."""
    async for page in reading.read(vendor, cursor):
        yield page.model_copy(update={"cursor": Cursor(token=(await vendor(profile)).historyId)})


async def forgets_with_google(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """History is gone, so it begins anew from now."""
    try:
        page = await reading._history(vendor, cursor.token, None) if cursor else None
    except Refused:
        page = None
    if cursor is not None and page is None:
        yield Letters(cursor=await reading._now(vendor), reset=True)
        return
    async for one in reading.read(vendor, cursor):
        yield one


async def begins_anew_from_now_where_it_stopped(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """A page before the last has no bookmark, and without one a look is the first."""
    async for page in reading.read(vendor, cursor):
        yield page.model_copy(update={"cursor": Cursor()}) if page.reset and page.more else page


async def an_empty_page_for_every_trouble(vendor: Any, cursor: Cursor | None) -> AsyncIterator[Letters]:
    try:
        async for page in reading.read(vendor, cursor):
            yield page
    except VendorFault:
        yield Letters(cursor=await reading._now(vendor))


async def no_conversation(vendor: Any, message: Any) -> Any:
    sent = await sending.send(vendor, message)
    return replace(sent, thread="") if isinstance(sent, Sent) else sent


async def one_conversation(vendor: Any, message: Any) -> Any:
    sent = await sending.send(vendor, message)
    return replace(sent, thread="t-hub") if isinstance(sent, Sent) else sent


MUTANTS: dict[str, tuple[Callable[[], AddOn], str, str]] = {
    "the newest twenty": (lambda: planted(the_newest_twenty), "no news", "taken for news"),
    "the bookmark of the end": (lambda: planted(where_history_stands_now), "where any page ended", "lost when reading stops"),
    "forgets with Google": (lambda: planted(forgets_with_google), "has ended", "were not read"),
    "stops while it begins anew": (
        lambda: planted(begins_anew_from_now_where_it_stopped), "has ended", "stopped after a page"
    ),
    "a trouble is an empty page": (lambda: planted(an_empty_page_for_every_trouble), "reading: 503", "never read"),
    "no conversation": (lambda: planted(send=no_conversation), "by its conversation", "not known by its conversation"),
    "another conversation": (lambda: planted(send=one_conversation), "by its conversation", "not known by its conversation"),
}  # fmt: skip
"""Name → the mutant, the case that must fail, words of the reason."""


def test_what_mutants_are_planted_into_is_good() -> None:
    assert reasons(planted(), "mail: reading", simulation=simulation) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_the_kit_catches(name: str) -> None:
    make, wanted, words = MUTANTS[name]

    assert caught(make(), wanted, words, simulation=simulation)
