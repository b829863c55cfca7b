"""One turn of an import: page after page from the vendor, for some seconds, outside of any transaction.

What stops it is sorted by whose turn it is: the vendor's clock and a connection that needs an admin are waited for; what the
vendor or the plugin's author must mend ends the import with the reason, and it can go on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from hub.addons import connections, health, installed
from hub.addons.models import Connection
from hub.addons.oauth import keeping
from hub.audit.actor import SYSTEM
from hub.core.auth import OAuth2
from hub.core.errors import Unreachable
from hub.core.outcomes import NeedsAdmin, Outcome, Verdict, Wait
from hub.core.records import Page
from hub.db import clock, turns
from hub.dispatch.grant_moves import signed_out
from hub.dispatch.guests.guest import Crowded
from hub.dispatch.pulling import Pulled, Start, pull
from hub.dispatch.renewal import SignIn
from hub.imports.models import Import
from hub.imports.vendor import ending, pages, standing
from hub.imports.vendor.pages import Turn

T = TypeVar("T")

Write = Callable[[Callable[[], T]], T]
"""Does something in a transaction: the edge's."""

RECORDS_IN_A_ROW = 10_000
"""After so many others get the database for sure; nobody holds it while the vendor is asked, so mostly they get it before."""

IN_LINE = timedelta(seconds=10)
"""The pause of an import that found as many of its plugin waiting as may wait."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
"""Between two turns that the vendor did not answer; each pause is twice the one before."""


class _TurnOver(Exception):
    """The time of this turn is used up."""


class _Rests(Exception):
    """The vendor's rate has no room before the turn ends; the sweep rings when it has."""


class Walk:
    """A turn on its way. ``page`` is the number of the next page, None when there is none."""

    def __init__(self, turn: Turn, write: Write[Any], seconds: float = pages.TURN.total_seconds()) -> None:
        self.turn, self.page, self.connection = turn, turn.page, _connection(turn)
        self._write, self._until, self._since_rest = write, time.monotonic() + seconds, 0
        self.ended = False

    def go(self) -> int | None:
        """Take the turn. The number of the page to ring for; None where nobody need ring."""
        _wait_for(self.turn.at)
        try:
            done = self._pulled()
            if done.stopped is None and not self.ended:  # the generator ended after a page that named a cursor
                self.keep(Page(records=()))
        except _TurnOver:
            return self.page
        except (pages.Superseded, _Rests):
            return None
        except Crowded as why:
            sentence = str(why)
            self._write(lambda: put_off(self.turn, self.page, sentence))
            return None
        if done.stopped is not None:
            self._write(lambda: stopped(self.turn, self.page, done.stopped, self.connection))
        return None

    def keep(self, page: Page) -> None:
        """Write a page; end the turn when its time is over."""
        kept = self._write(lambda: pages.keep(self.turn, self.page, page))
        self.page, self.ended = kept.following or self.page + 1, kept.following is None
        self._give_way(len(page.records))
        if self.ended:
            return
        if kept.rests:
            raise _Rests
        if time.monotonic() + max(0.0, (kept.at - clock.now()).total_seconds()) > self._until:
            raise _TurnOver
        _wait_for(kept.at)

    def _pulled(self) -> Pulled:
        settings, sign_in = _opened(self.connection)
        ready, start = self.turn.ready, Start(self.turn.since, self.turn.cursor)
        if sign_in is None and isinstance(ready.info.auth, OAuth2) and not settings.get(ready.info.auth.field):
            return Pulled(stopped=NeedsAdmin(signed_out(ready.info.title), ready.info.auth.field))
        try:
            with installed.visiting(ready.info.name, "import") as way_out:
                return pull(
                    way_out, ready.info, settings, ready.trigger, start, self.keep, clock.now(), sign_in=sign_in
                )
        except Crowded:
            raise
        except Unreachable as held:
            return Pulled(stopped=held.outcome)

    def _give_way(self, records: int) -> None:
        self._since_rest += records
        if self._since_rest >= RECORDS_IN_A_ROW:
            turns.give_way()
            self._since_rest = 0


def put_off(turn: Turn, page: int, why: str) -> None:
    """Other imports of this plugin keep as many threads waiting as they may. It was no try. Inside a transaction."""
    row, now = pages.held(turn, page), clock.now()
    if row is not None:
        Import.objects.filter(pk=row.pk).update(tries=max(0, row.tries - 1))
        pages.rest(row, why, now + IN_LINE)


def stopped(turn: Turn, page: int, why: Outcome | None, connection: Connection | None) -> None:
    """It did not come to the end of the list. Inside a transaction."""
    row = pages.held(turn, page)
    if row is None or why is None:
        return
    now, row.tries = clock.now(), max(1, row.tries)  # a page may have been kept in this turn
    Import.objects.filter(pk=row.pk).update(tries=row.tries)
    if why.verdict is Verdict.ADMIN:
        _needs_admin(turn, row, why, connection, now)
    elif why.verdict in (Verdict.WAIT, Verdict.UNKNOWN):
        until = now + _pause(row, why)
        if isinstance(why, Wait) and why.whole_connection and connection is not None:
            health.leave_alone(connection.pk, until)
        pages.rest(row, why.sentence(), until)
    else:
        ending.fail(row, why.sentence())


def _needs_admin(turn: Turn, row: Import, why: Outcome, connection: Connection | None, now: datetime) -> None:
    """The connection says so on its own page, and the import goes on when it is mended."""
    auth = turn.ready.info.auth
    told_already = isinstance(auth, OAuth2) and getattr(why, "field", "") == auth.field
    if connection is not None and not told_already:
        note = why.sentence()
        health.set_health(connection.pk, Connection.Health.NEEDS_ADMIN, note, by=SYSTEM, version=connection.version)
    Import.objects.filter(pk=row.pk).update(tries=0)
    if row.waits != why.sentence():
        ending.tell(row, "import.failed", f"{why.sentence()} {_('It goes on by itself when this is mended.')}")
    pages.rest(row, why.sentence(), now + standing.AGAIN)


def _pause(row: Import, why: Outcome) -> timedelta:
    doubled = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, min(row.tries - 1, 10)))
    asked = getattr(why, "seconds", 0) or 0
    return max(timedelta(seconds=asked), doubled) if row.tries > 1 or not asked else timedelta(seconds=asked)


def _connection(turn: Turn) -> Connection | None:
    id_ = turn.ready.connection_id
    return connections.by_id([id_]).get(id_) if id_ is not None else None


def _opened(connection: Connection | None) -> tuple[Mapping[str, Any], SignIn | None]:
    if connection is None:
        return {}, None
    return connections.open_settings(connection), keeping.sign_in_of(connection)


def _wait_for(moment: datetime) -> None:
    """The vendor's rate: never longer than a turn."""
    seconds = (moment - clock.now()).total_seconds()
    if seconds > 0:
        time.sleep(min(seconds, pages.TURN.total_seconds()))
