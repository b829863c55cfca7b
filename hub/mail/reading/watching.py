"""One mailbox kept open by a thread: letters are kept as they come, whatever happens to the line.

A round asks for all letters after the cursor and keeps each page before the next is asked for. Where the provider can tell of
news (IMAP), it then waits for them and is asked itself from time to time; where it cannot, it is asked every few seconds. A token
that ends is renewed and no error; a line that breaks is made anew after a pause that grows. A letter that cannot be kept is tried
three times and then left out, and its owner told: one bad letter stops no mailbox, nor does one that its server cannot hand out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.db import connections as databases
from django.utils.translation import gettext as _

from hub.addons import connections, installed
from hub.addons.models import Connection
from hub.addons.oauth import keeping as sign_ins
from hub.core.addon import AddOnInfo
from hub.core.errors import Unreachable
from hub.core.guard import Failed, limited
from hub.core.mail import Mailer
from hub.core.mail_post import LONGEST_WAIT, Cursor, Letter, Letters
from hub.core.outcomes import Broken, NeedsAdmin, Outcome, Verdict, Wait
from hub.db import clock
from hub.dispatch import binding, letters
from hub.dispatch.live import LiveVendor
from hub.dispatch.outside import Outside
from hub.dispatch.plain import plain
from hub.dispatch.renewal import SignIn
from hub.mail.models import Mailbox
from hub.mail.reading import keeping, leasing, pauses, telling
from hub.mail.reading.leasing import Ground

log = logging.getLogger("hub.mail")

T = TypeVar("T")

Write = Callable[[Callable[[], Any]], Any]
"""Does something in a transaction: the edge's."""

POLL_SECONDS = 4.0
"""Between two looks at a provider that does not tell of news."""

MOST_TRIES = 3
"""Of a letter that cannot be kept."""

HANDED_OUT_LATER = 15.0
"""Seconds until a server is asked again for a letter that it could not hand out."""

TOLD_AFTER = 3
"""Failures in a row before a page says so; a line breaks and is there again."""


class _Stopped(Exception):
    """The watcher is to end."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything of the database that a watcher needs while its ground stays the same."""

    mailbox: Mailbox
    info: AddOnInfo
    mailer: Mailer
    settings: Mapping[str, Any]
    sign_in: SignIn | None


class Watcher:
    """See the module's docstring. :meth:`start` it, :meth:`stop` it, :meth:`join` it.

    Args:
        worker: the number of the worker whose mailbox it is.
    """

    def __init__(self, ground: Ground, worker: int, write: Write) -> None:
        self.ground, self.well = ground, False
        self._worker, self._write = worker, write
        self._stop = threading.Event()
        self._call: Future[Any] | None = None
        self._tries: Counter[str] = Counter()
        self._failures, self._shown = 0, False
        self._cursor: Cursor | None = None
        self._thread = threading.Thread(target=self._run, name=f"hub-mailbox-{ground.mailbox_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End as soon as the letter that is being kept is kept. What it waits for is hung up on."""
        self._stop.set()
        call = self._call
        if call is not None:
            call.cancel()

    def join(self, seconds: float) -> bool:
        """Whether it has ended."""
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        opened: Opened | None = None
        while not self._stop.is_set():
            try:
                close_old_connections()
                opened = opened or opened_for(self.ground)
                rest = self._round(opened)
            except (_Stopped, CancelledError):
                break
            except Exception as trouble:
                log.warning("mailbox %s could not be read", self.ground.mailbox_id, exc_info=True)
                rest, opened = (
                    self._troubled(Wait(_("The hub could not go on reading just now.")), _is_ours(trouble)),
                    None,
                )
            finally:
                databases.close_all()  # it may sleep for long, and a connection each would be too many
            self._stop.wait(rest)

    # --- one round -------------------------------------------------------------------------------------------------

    def _round(self, opened: Opened | None) -> float:
        """Read all there is, and wait for more. Seconds to rest afterwards."""
        if opened is None:
            self._stop.set()
            return 0.0
        self._cursor = _cursor_of(opened.mailbox) if self._cursor is None else self._cursor
        refused = False
        for _turn in range(2):
            waits = self._signed_in(opened, refused=refused)
            stopped, refused = (waits, False) if waits else self._read(opened)
            if not refused:
                break
        if stopped is not None:
            return self._troubled(stopped)
        self._is_well()
        if opened.mailer.read is not None or self._cursor is None:
            return POLL_SECONDS
        return self._waited(opened)

    def _signed_in(self, opened: Opened, *, refused: bool) -> Outcome | None:
        if opened.sign_in is None:
            return None
        gate = self._do(installed.outside(), opened.sign_in.ready(installed.outside(), refused=refused))
        return opened.sign_in.outcome(gate) if gate else None

    def _read(self, opened: Opened) -> tuple[Outcome | None, bool]:
        """Why it did not come to the end, if it did not; and whether the provider refused the token."""
        try:
            with installed.visiting(opened.info.name, "mailbox") as way_out:
                vendor = vendor_for(opened, way_out)
                if isinstance(vendor, Outcome):
                    return vendor, False
                pages = letters.Pages(opened.mailer, vendor, self._cursor)
                try:
                    stopped = self._kept(opened, way_out, pages)
                finally:
                    way_out.run(pages.close())
                return stopped, bool(stopped and opened.sign_in and vendor.token_refused)
        except Unreachable as rests:
            return plain(rests.outcome), False

    def _kept(self, opened: Opened, way_out: Outside, pages: letters.Pages) -> Outcome | None:
        reset = False
        while True:
            page = self._do(way_out, pages.next())
            if page is None or isinstance(page, Outcome):
                return page
            reset = reset or page.reset
            stopped = self._keep(opened.mailbox, page, reset)
            if stopped is not None:
                return stopped

    def _waited(self, opened: Opened) -> float:
        begun, out = time.monotonic(), installed.outside()
        vendor = vendor_for(opened, out)
        if isinstance(vendor, Outcome):
            return self._troubled(vendor)
        assert self._cursor is not None
        databases.close_all()  # it waits for an hour, and PostgreSQL has a hundred connections for everybody
        news = self._do(out, letters.wait(vendor, self._cursor, LONGEST_WAIT))
        if isinstance(news, Outcome):
            return self._troubled(news)
        return 0.0 if news or time.monotonic() - begun > 1.0 else 1.0

    def _do(self, out: Outside, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something in the loop; whoever stops us ends it."""
        if self._stop.is_set():
            work.close()
            raise _Stopped
        self._call = call = out.start(work)
        if self._stop.is_set():
            call.cancel()
        try:
            return call.result()
        finally:
            self._call = None

    # --- keeping ---------------------------------------------------------------------------------------------------

    def _keep(self, mailbox: Mailbox, page: Letters, reset: bool) -> Outcome | None:
        """Every letter in a transaction of its own, then the cursor.

        Args:
            reset: this round reads letters again whose numbers are new. That is counted at its end, however many pages it has.
        """
        for letter in page.letters:
            if self._stop.is_set():
                raise _Stopped
            if not self._keep_one(mailbox, letter):
                return Wait(
                    _("A letter could not be kept yet; it is tried again."), None if letter.raw else HANDED_OUT_LATER
                )
        anew, news = reset and not page.more, bool(page.letters) and not reset
        moved = self._write(
            lambda: leasing.moved(self.ground, self._worker, page.cursor, reset=anew, news=news, now=clock.now())
        )
        if not moved:
            raise _Stopped  # it is somebody else's by now, or leads elsewhere
        self._cursor = page.cursor
        if anew and self._write(lambda: leasing.flaps(self.ground)):
            self._write(lambda: telling.stopped(self.ground.mailbox_id, leasing.FLAPS))
            raise _Stopped
        return None

    def _keep_one(self, mailbox: Mailbox, letter: Letter) -> bool:
        """False: not yet. What the database cannot do now is not the letter's fault."""
        key = letter.id or f"{letter.uid}"
        if letter.cut and not letter.raw:  # its server hands out others, and not this one
            return self._left_out(mailbox, key)
        try:
            self._write(lambda: keeping.keep(mailbox, letter, clock.now()))
        except (InterfaceError, DatabaseError) as trouble:
            if _is_ours(trouble):
                raise
            return self._left_out(mailbox, key)
        except Exception:
            return self._left_out(mailbox, key)
        self._tries.pop(key, None)
        return True

    def _left_out(self, mailbox: Mailbox, key: str) -> bool:
        """Whether it was tried often enough."""
        self._tries[key] += 1
        log.warning("a letter in mailbox %s could not be kept (try %d)", mailbox.pk, self._tries[key], exc_info=True)
        if self._tries[key] < MOST_TRIES:
            return False
        self._write(lambda: telling.left_out(mailbox.pk))
        del self._tries[key]
        return True

    # --- how it stands ---------------------------------------------------------------------------------------------

    def _is_well(self) -> None:
        if self._shown or not self.well:
            self._write(lambda: leasing.well_again(self.ground, self._worker, clock.now()))
        self.well, self._failures, self._shown = True, 0, False

    def _troubled(self, outcome: Outcome, is_ours: bool = False) -> float:
        """Seconds to rest. People are told what they can mend, and what lasts."""
        self._failures, self.well = self._failures + 1, False
        rest = pauses.after(outcome, self._failures)
        person = outcome.verdict in (Verdict.ADMIN, Verdict.DEVELOPER)
        if not is_ours and (person or self._failures >= TOLD_AFTER):
            self._shown = True
            self._write(lambda: telling.troubled(self.ground, self._worker, outcome, self._failures, rest))
        return rest


def opened_for(ground: Ground) -> Opened | None:
    """The mailbox with its connection; None where it can no longer be read."""
    mailbox = Mailbox.objects.filter(pk=ground.mailbox_id, connection_id=ground.connection_id).first()
    connection = Connection.objects.filter(pk=ground.connection_id).first()
    plugin = installed.plugin(connection.addon) if connection else None
    if mailbox is None or connection is None or plugin is None or not plugin.info.mailers:
        return None
    mailer = next((one for one in plugin.info.mailers if one.name == mailbox.mailer), plugin.info.mailers[0])
    return Opened(mailbox, plugin.info, mailer, connections.open_settings(connection), sign_ins.sign_in_of(connection))


def vendor_for(opened: Opened, out: Outside) -> LiveVendor | Outcome:
    """A way to the provider that only reads, with the token as it is now."""
    given = opened.sign_in.into(opened.settings) if opened.sign_in else opened.settings
    info = opened.info
    try:
        bound = limited(lambda: binding.settings(info.settings, given), binding.BadSettings, Unreachable)
    except binding.BadSettings as trouble:
        return NeedsAdmin(f"The settings do not fit: {trouble}.")
    except Unreachable as rests:
        return plain(rests.outcome)
    except Failed as trouble:
        return Broken(f"The check of the settings by {info.title} {trouble}.")
    return LiveVendor(out, info, bound, clock.now())


def _cursor_of(mailbox: Mailbox) -> Cursor | None:
    return Cursor.model_validate(mailbox.cursor) if mailbox.cursor else None


def _is_ours(trouble: BaseException) -> bool:
    """The database is away, or too busy. What it refuses of a letter is the letter's."""
    from django.db import DataError, IntegrityError

    return isinstance(trouble, InterfaceError | DatabaseError) and not isinstance(trouble, DataError | IntegrityError)
