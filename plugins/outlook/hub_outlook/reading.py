"""Read the Inbox by delta: what came since the last look, and nothing that lay there before.

A round begins with a condition (*received from now on*), goes from page to page, and ends with a token that begins the
next round. The tokens are words of Microsoft's that hold a few days. When one has ended, the round begins anew, three
days back; the page then says ``reset``, and who reads goes by the Message-ID. One letter that cannot be had must not stop
the mailbox: it is left out when it is gone, and comes without its body when it is too long.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hub.core import Cursor, Letter, Letters, Refused, Unreachable, Vendor, Wait
from hub_outlook import graph
from hub_outlook.refusals import code_of, in_our_words
from hub_outlook.sending import quoted

BACK = timedelta(days=3)
"""How far back a round begins when its token has ended: as far as by IMAP."""

TOKENS = ("$deltatoken", "$skiptoken")
"""The words in Graph's links that say where it goes on. The rest of a link is not used: our key goes to no address that
an answer names."""

ENDED = frozenset({"syncstatenotfound", "syncstateinvalid", "errorinvalidsyncstatedata", "resyncrequired"})
"""Exchange's codes for a token that has ended, in small letters: it spells them in several ways. Status 410 says the same."""

GONE = 404
UNASKABLE = 400

MOST_SENT = 10
"""Mails of one conversation that are looked at."""


async def read(vendor: Vendor, cursor: Cursor | None) -> AsyncIterator[Letters]:
    """Pages of letters since the cursor. Without one: from now on."""
    asked, reset = (_round(vendor.now), False) if cursor is None else (_token(cursor), False)
    first = cursor is None
    more = True
    while more:
        try:
            page = await vendor(graph.changes, **asked)
        except Refused as fault:
            if not _ended(fault) or reset or first:
                raise in_our_words(fault) from fault
            asked, reset = _round(vendor.now - BACK), True
            continue
        link = page.next or page.delta
        asked, more = _words(link), bool(page.next)
        if not asked:
            raise Unreachable(Wait("Outlook did not say from where to read on."))
        letters = await _letters(vendor, page, since=vendor.now if first else None)
        yield Letters(cursor=_cursor(asked), letters=letters, reset=reset, more=more)


def _round(since: datetime) -> dict[str, Any]:
    """Where a round begins: only what is new, and only what a letter needs to be asked for."""
    moment = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "changeType": "created", "$filter": f"receivedDateTime ge {moment}", "$select": "id,conversationId,receivedDateTime",
    }  # fmt: skip


def _words(link: str) -> dict[str, Any]:
    given = dict(parse_qsl(urlsplit(link).query))
    return {name: given[name] for name in TOKENS if name in given}


def _cursor(asked: dict[str, Any]) -> Cursor:
    ((name, token),) = list(asked.items())[:1]
    return Cursor(token=f"{name}={token}")


def _token(cursor: Cursor) -> dict[str, Any]:
    name, _, token = cursor.token.partition("=")
    return {name if name in TOKENS else TOKENS[0]: token}


def _ended(fault: Refused) -> bool:
    return fault.status == 410 or code_of(fault).casefold() in ENDED


async def _letters(vendor: Vendor, page: graph.Changes, since: datetime | None) -> tuple[Letter, ...]:
    """The letters of a page, without those that lay there before the first look."""
    new = [one for one in page.value if one.removed is None and not _old(one, since)]
    found = [await _letter(vendor, one) for one in new]
    return tuple(letter for letter in found if letter is not None)


def _old(one: graph.Arrived, since: datetime | None) -> bool:
    return since is not None and (one.received is None or one.received < since.replace(microsecond=0))


async def _letter(vendor: Vendor, one: graph.Arrived) -> Letter | None:
    try:
        raw, cut = await vendor(graph.letter, id=one.id), False
    except Refused as fault:
        if fault.status == GONE:
            return None
        if fault.status != 200:  # anything but a letter that is longer than we read
            raise in_our_words(fault) from fault
        raw, cut = await _head(vendor, one.id), True
    ours = await _sent_in(vendor, one.conversation)
    return Letter(id=one.id, thread=one.conversation, sent_ids=ours, size=len(raw), raw=base64.b64encode(raw), cut=cut)


async def _sent_in(vendor: Vendor, conversation: str) -> tuple[str, ...]:
    """Every id of what went out in a conversation: Graph tells the conversation of a mail only once it lies in *Sent Items*.
    A Graph that does not take the condition tells none; then a letter is known by the ids that it names itself."""
    if not conversation:
        return ()
    asked = {
        "$filter": f"conversationId eq {quoted(conversation)}", "$select": "id,internetMessageId,conversationId",
        "$expand": f"singleValueExtendedProperties($filter=id eq '{graph.KEPT_ID}')", "$top": MOST_SENT,
    }  # fmt: skip
    try:
        found = await vendor(graph.sent_items, **asked)
    except Refused as fault:
        if fault.status != UNASKABLE:
            raise in_our_words(fault) from fault
        return ()
    return tuple(dict.fromkeys(id_ for copy in found.value for id_ in copy.ids))


async def _head(vendor: Vendor, id_: str) -> bytes:
    """The head of a long letter and its first words, written as a letter: enough to know whose answer it is."""
    told = await vendor(graph.head, id=id_, **{"$select": "internetMessageHeaders,bodyPreview"})
    kept = [header for header in told.headers if not header.name.casefold().startswith(("content-", "mime-version"))]
    lines = [f"{one.name}: {' '.join(one.value.split())}" for one in kept]
    text = "\r\n".join([*lines, "MIME-Version: 1.0", 'Content-Type: text/plain; charset="utf-8"', "", told.preview])
    return text.encode("utf-8", "replace")
