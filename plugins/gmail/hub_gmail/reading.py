"""Reading what arrived, by the mailbox's history.

The first look is silent: it only says where history stands, so that what lies in a mailbox when it is connected is never taken
for news. After that each page of history names the mails that came into the inbox. Google keeps history for a week, at times for
hours; when ours is gone (404) the last three days are looked at whole, and the page says so, for some of it may be known already.

One bad mail stops nothing: what is gone again is passed over, and of what is too long to read the headers are given.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterable

from hub.core import Cursor, Letter, Letters, Refused, Vendor
from hub.core.mail import one_line
from hub.core.mail_post import LONGEST_LETTER, PAGE
from hub_gmail.endpoints import History, Listed, Mail, history, mail, mails, profile
from hub_gmail.refusals import better

WINDOW = "newer_than:3d"
"""How far back is looked when history is gone."""

GONE = 404


async def read(vendor: Vendor, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """Pages of letters after the cursor."""
    try:
        if cursor is None or not cursor.token:
            yield Letters(cursor=await _now(vendor))
            return
        async for page in _since(vendor, cursor.token):
            yield page
    except Refused as no:
        raise better(no, vendor.now) from no


async def _now(vendor: Vendor) -> Cursor:
    return Cursor(token=(await vendor(profile)).historyId)


async def _since(vendor: Vendor, start: str) -> AsyncIterator[Letters]:
    page, at = await _history(vendor, start, None), start
    if page is None:
        async for anew in _anew(vendor, start):
            yield anew
        return
    while True:
        letters = await _letters(vendor, (added.message for change in page.history for added in change.messagesAdded))
        token = page.nextPageToken
        at = (page.history[-1].id if page.history else at) if token else page.historyId
        yield Letters(cursor=Cursor(token=at), letters=letters, more=bool(token))
        following = await _history(vendor, start, token) if token else None
        if following is None:
            return
        page = following


async def _history(vendor: Vendor, start: str, token: str | None) -> History | None:
    """A page of it; None when Google has forgotten where we were."""
    try:
        return await vendor(
            history,
            startHistoryId=start,
            historyTypes="messageAdded",
            labelId="INBOX",
            maxResults=PAGE,
            pageToken=token,
        )
    except Refused as no:
        if no.status == GONE:
            return None
        raise


async def _anew(vendor: Vendor, start: str) -> AsyncIterator[Letters]:
    """The whole window. Where history stands is asked first, so that nothing falls between the two. The bookmark of a page before
    the last is the forgotten one, so that whoever stops there begins this anew; none would mean *from now on*."""
    here, token = await _now(vendor), ""
    while True:
        page = await vendor(mails, q=WINDOW, labelIds="INBOX", maxResults=PAGE, pageToken=token or None)
        token = page.nextPageToken
        yield Letters(
            cursor=Cursor(token=start if token else here.token), letters=await _letters(vendor, page.messages), reset=True,
            more=bool(token),
        )  # fmt: skip
        if not token:
            return


async def _letters(vendor: Vendor, listed: Iterable[Listed]) -> tuple[Letter, ...]:
    ids = dict.fromkeys(one.id for one in listed)
    found = [await _letter(vendor, id_) for id_ in ids]
    return tuple(letter for letter in found if letter is not None)


async def _letter(vendor: Vendor, id_: str) -> Letter | None:
    """One mail; None when it is gone again."""
    try:
        about = await vendor(mail, id=id_, format="metadata")
        if about.sizeEstimate > LONGEST_LETTER:
            return _read(about, headers_of(about), cut=True)
        whole = await vendor(mail, id=id_, format="raw")
    except Refused as no:
        if no.status == GONE:
            return None
        raise
    raw = base64.urlsafe_b64decode(whole.raw + "=" * (-len(whole.raw) % 4))
    return _read(whole, raw[:LONGEST_LETTER], cut=len(raw) > LONGEST_LETTER)


def headers_of(about: Mail) -> bytes:
    """The headers as a letter without a body."""
    lines = (f"{one_line(one.name)}: {one_line(one.value)}\r\n" for one in about.payload.headers)
    return "".join(lines).encode("utf-8", "replace") + b"\r\n"


def _read(about: Mail, raw: bytes, *, cut: bool) -> Letter:
    return Letter(
        id=about.id, thread=about.threadId, size=about.sizeEstimate or len(raw), raw=base64.b64encode(raw), cut=cut
    )
