"""A mailer's letters, page by page: its own generator where its provider has an API, the post room where it has not.

Like :mod:`hub.dispatch.pulling`, and for the same reason: each page is handed out and kept before the next is asked for, so a
death between two pages loses nothing. Nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from hub.core.errors import VendorFault
from hub.core.mail import Mailer
from hub.core.mail_post import LONGEST_WAIT, Cursor, Letters
from hub.core.outcomes import Broken, Outcome, Wait
from hub.dispatch import endings
from hub.dispatch.isolation import Ended, alone
from hub.dispatch.live import LiveVendor
from hub.dispatch.plain import plain

PAGE_SECONDS = 180.0
"""Wall time for one page, its calls included."""

LONGEST_TOKEN = 8_000
"""Characters of a provider's bookmark."""


class Pages:
    """The pages after a cursor, one at a time and each in a task of its own."""

    def __init__(self, mailer: Mailer, vendor: LiveVendor, cursor: Cursor | None) -> None:
        self._mailer, self._vendor, self._cursor = mailer, vendor, cursor
        self._generator: AsyncIterator[Letters] | None = None

    async def next(self) -> Letters | Outcome | None:
        """The next page; None after the last; an outcome when it cannot be had."""
        ended = await alone(self._step, PAGE_SECONDS)
        if isinstance(ended.error, _NoMore):
            return None
        return _trouble(ended) if ended.overran or ended.error is not None else _looked_at(ended.value)

    async def close(self) -> None:
        """End the generator where it stands, and the vendor with it."""
        closing = getattr(self._generator, "aclose", None)
        if closing is not None:
            await alone(closing, PAGE_SECONDS)
        await self._vendor.close()

    async def _step(self) -> Any:
        try:
            if self._generator is None:
                read, post = self._mailer.read, self._vendor.post
                self._generator = aiter(read(self._vendor, self._cursor) if read else post.letters(self._cursor))
            return await anext(self._generator)
        except StopAsyncIteration:
            raise _NoMore from None


async def wait(vendor: LiveVendor, cursor: Cursor, seconds: float) -> bool | Outcome:
    """Wait by post until there is news; False when there was none. An outcome where it cannot be waited."""
    ended = await alone(lambda: vendor.post.wait(cursor, seconds), min(seconds, LONGEST_WAIT) + 60)
    await vendor.close()
    return _trouble(ended) if ended.overran or ended.error is not None else bool(ended.value)


class _NoMore(Exception):
    """The generator has ended. (``StopAsyncIteration`` itself may not leave a coroutine.)"""


def _looked_at(page: Any) -> Letters | Outcome:
    if not isinstance(page, Letters) or not isinstance(page.cursor, Cursor):
        return Broken(f"The mailer yielded a {type(page).__name__[:60]}; yield pages of letters.")
    if len(page.cursor.token) > LONGEST_TOKEN:
        return Broken(f"The mailer's bookmark is longer than {LONGEST_TOKEN:,} characters.")
    return page


def _trouble(ended: Ended) -> Outcome:
    if ended.overran:
        return Wait("The mailbox did not answer in time.")
    if isinstance(ended.error, VendorFault):
        return plain(ended.error.outcome)
    assert ended.error is not None
    return endings.broken(ended.error)
