"""Pulling records in, page by page, so that a death between two pages loses nothing and brings nothing twice.

The plugin's trigger is an async generator ``(vendor, since, cursor)``. Each page it yields is looked at, made plain, and handed
to ``keep``, which writes the records and the page's cursor in one transaction. Only then is the next page asked for. Whoever
takes over after a death begins again from the cursor that was written.

Nothing here knows a database: ``keep`` and the place to begin are the host's.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.core import redact
from hub.core.addon import AddOnInfo
from hub.core.errors import Unreachable, VendorFault
from hub.core.guard import Failed, limited
from hub.core.outcomes import Broken, NeedsAdmin, Outcome, Wait
from hub.core.records import Page, Trigger
from hub.dispatch import binding, endings
from hub.dispatch.isolation import Ended, alone
from hub.dispatch.live import LiveVendor
from hub.dispatch.outside import Outside
from hub.dispatch.plain import clean, plain, told_where
from hub.dispatch.renewal import SignIn

PAGE_SECONDS = 120.0
"""Wall time for one page, its calls included."""

MOST_RECORDS = 10_000
"""Records on one page: it is written in one transaction."""

LONGEST_CURSOR = 4_000
"""Characters of a cursor."""

LONGEST_TEXT = 20_000
"""Characters of one of a record's texts."""

LONGEST_NAME = 200
"""Characters of the name of one of a record's custom fields, or of a field of its row as it came."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin.

    Attributes:
        since: when the last whole import began; None for the first.
        cursor: what was written with the last page that was kept; None for the first page.
    """

    since: datetime | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """How far it came.

    Attributes:
        cursor: what was written last; None when all is done.
        stopped: why it did not come to the end, and so who acts; None when it did.
    """

    pages: int = 0
    records: int = 0
    cursor: str | None = None
    stopped: Outcome | None = None

    @property
    def finished(self) -> bool:
        """Every page there was is kept. Only then may *last import* move, and to the moment at which this one began."""
        return self.stopped is None


Keep = Callable[[Page], None]
"""Writes a page's records and its cursor in one transaction. What it raises ends the pull and reaches the caller."""


def pull(
    outside: Outside,
    info: AddOnInfo,
    settings: Mapping[str, Any],
    trigger: Trigger,
    start: Start,
    keep: Keep,
    now: datetime,
    seconds: float = PAGE_SECONDS,
    sign_in: SignIn | None = None,
) -> Pulled:
    """Ask for page after page and keep each. Never raises for the plugin or the vendor.

    Args:
        settings: the connection's, decrypted, as stored.
        sign_in: the connection's, where somebody signed in. A token that ends between two pages is renewed, and the pull goes on
            from the last page that was kept.
    """
    done, refused = Pulled(cursor=start.cursor), False
    while True:
        waits = outside.run(sign_in.ready(outside, refused=refused)) if sign_in else None
        if sign_in and waits:
            return replace(done, stopped=sign_in.outcome(waits))
        given = sign_in.into(settings) if sign_in else settings
        more, refused = _pulled(outside, info, given, trigger, Start(start.since, done.cursor), keep, now, seconds)
        done = Pulled(done.pages + more.pages, done.records + more.records, more.cursor, more.stopped)
        if not (sign_in and refused and done.stopped):
            return done


def _pulled(
    outside: Outside,
    info: AddOnInfo,
    settings: Mapping[str, Any],
    trigger: Trigger,
    start: Start,
    keep: Keep,
    now: datetime,
    seconds: float,
) -> tuple[Pulled, bool]:
    """How far it came, and whether the vendor refused the access token."""
    try:
        bound = limited(lambda: binding.settings(info.settings, settings), binding.BadSettings, Unreachable)
    except binding.BadSettings as trouble:
        return Pulled(cursor=start.cursor, stopped=NeedsAdmin(f"The settings do not fit: {trouble}.")), False
    except Unreachable as rests:
        return Pulled(cursor=start.cursor, stopped=plain(rests.outcome)), False
    except Failed as trouble:
        broken = Broken(f"The check of the settings by {info.title} {trouble}.")
        return Pulled(cursor=start.cursor, stopped=broken), False
    vendor = LiveVendor(outside, info, bound, now)
    pages = _Pages(trigger, vendor, start, seconds)
    try:
        return _kept(outside, pages, start, keep), vendor.token_refused
    finally:
        outside.run(pages.close())


def _kept(outside: Outside, pages: _Pages, start: Start, keep: Keep) -> Pulled:
    """The loop: one page asked for, one page kept."""
    done = Pulled(cursor=start.cursor)
    while True:
        page = outside.run(pages.next())
        if isinstance(page, Outcome):
            return Pulled(done.pages, done.records, done.cursor, page)
        if page is None:
            return Pulled(done.pages, done.records)
        keep(page)
        done = Pulled(done.pages + 1, done.records + len(page.records), page.cursor)
        if page.cursor is None:
            return done


class _Pages:
    """The plugin's generator, one page at a time and each in a task of its own."""

    def __init__(self, trigger: Trigger, vendor: LiveVendor, start: Start, seconds: float) -> None:
        self._trigger, self._vendor, self._since, self._seconds = trigger, vendor, start.since, seconds
        self._cursor = start.cursor
        self._seen = {start.cursor}
        self._generator: AsyncIterator[Page] | None = None
        self._yielded = False

    async def next(self) -> Page | Outcome | None:
        """The next page; None after the last; an outcome when it cannot be had.

        A generator may end before the list does: then it is asked anew, from the cursor of its last page. One that gives nothing
        at all has nothing more.
        """
        ended = await alone(self._step, self._seconds)
        if isinstance(ended.error, _NoMore):
            if not self._yielded:
                return None
            self._generator, self._yielded = None, False
            return await self.next()
        if ended.overran or ended.error is not None:
            return _trouble(ended, self._seconds)
        return self._looked_at(ended.value)

    async def _step(self) -> Any:
        try:
            if self._generator is None:
                self._generator = aiter(self._trigger.pull(self._vendor, self._since, self._cursor))
            return await anext(self._generator)
        except StopAsyncIteration:
            raise _NoMore from None

    def _looked_at(self, page: Any) -> Page | Outcome:
        """Read anew, for a model can be made without its checks, and its texts are a stranger's."""
        if type(page) is not Page:
            return Broken(f"The trigger yielded a {type(page).__name__[:60]}; yield pages.")
        if len(page.records) > MOST_RECORDS:
            return Broken(f"The trigger yielded a page of {len(page.records)} records; at most {MOST_RECORDS} fit.")
        try:
            read = _read_plain(page) or _read_anew(page)
        except Exception as trouble:
            return Broken("The trigger yielded a page that cannot be written down.", detail=told_where(trouble))
        if read.cursor is not None and (read.cursor in self._seen or len(read.cursor) > LONGEST_CURSOR):
            return Broken("The trigger goes in a circle: a page's cursor leads back to where it was.")
        self._cursor, self._yielded = read.cursor, True
        self._seen.add(read.cursor)
        return read

    async def close(self) -> None:
        """End the generator where it stands."""
        closing = getattr(self._generator, "aclose", None)
        if closing is not None:
            await alone(closing, self._seconds)
        await self._vendor.close()


class _NoMore(Exception):
    """The generator has ended. (``StopAsyncIteration`` itself may not leave a coroutine.)"""


def _trouble(ended: Ended, seconds: float) -> Outcome:
    if ended.overran:
        return Wait(f"The next page did not come within {seconds:g} seconds.")
    if isinstance(ended.error, VendorFault):
        return plain(ended.error.outcome)
    assert ended.error is not None
    return endings.broken(ended.error)


_LONG = re.compile(rf'"[^"]{{{LONGEST_NAME + 1},}}":|"[^"]{{{LONGEST_TEXT + 1},}}"')
"""A name or a text that may have to be cut, in JSON without escapes."""


def _read_plain(page: Page) -> Page | None:
    """Most pages hold short printable texts and no secret. Written down as JSON they are looked at as a whole, in half the time
    that a look at each text takes. None: this one wants the longer look."""
    try:
        written = page.model_dump_json(exclude_defaults=True)
        if "\\" in written or not written.isprintable() or _LONG.search(written) or not redact.is_clean(written):
            return None
        return Page.model_validate_json(written)
    except Exception:  # the longer look says what is wrong
        return None


def _read_anew(page: Page) -> Page:
    """What is empty needs no look and comes back by itself: most of a record is, and an import has many."""
    return Page.model_validate(_plain(page.model_dump(mode="json", exclude_defaults=True)))


def _plain(data: Any) -> Any:
    if isinstance(data, str):
        return clean(data, LONGEST_TEXT)
    if isinstance(data, dict):
        return {clean(str(name), LONGEST_NAME): _plain(item) for name, item in data.items()}
    return [_plain(item) for item in data] if isinstance(data, list) else data
