"""Which mailboxes are read, and which process keeps each of them open.

A mailbox names its reader: a worker's number, whose lock dies with its process. What a dead one read, or one that went, the next
who looks takes over; from living ones a newcomer takes its share (:mod:`~hub.mail.reading.sharing`). Where no mailbox is read, a
look is one question to an index that is empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from hub.addons import connections
from hub.addons.wording import Reason
from hub.core.mail_post import Cursor
from hub.mail import owners
from hub.mail.models import Mailbox
from hub.mail.reading import sharing

MOST_RESETS = 5
"""So often in a row a mailbox may give all its letters new numbers; then a person is asked (Nylas stops there, too)."""

AT_A_TIME = 100
"""Mailboxes that one look takes over: each is a sign-in at a server."""

MOST = 800
"""Mailboxes that one process keeps open."""

FLAPS = (
    "The mail server has numbered all letters anew five times in a row, so reading has stopped. Switch reading off and on again "
    "to start anew; if it happens again, ask the provider."
)

Lives = Callable[[int], bool]
"""Whether a worker still lives, by its number. In doubt it does."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A mailbox as one look found it. Another one means that its watcher starts anew."""

    mailbox_id: int
    connection_id: int
    version: int
    health: str


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found.

    Attributes:
        mine: the mailboxes that this worker is to keep open now.
        others: how many are kept open by others, who may go at any moment.
    """

    mine: tuple[Ground, ...] = ()
    others: int = 0


def look(worker: int, lives: Lives) -> Look:
    """The mailboxes that this worker is to keep open now, newly taken ones included. Each taking is a statement of its own."""
    rows = _read_ones()
    if not rows:
        return Look()
    states = connections.states_of({row["connection_id"] for row in rows})
    open_ones = [row for row in rows if (state := states.get(row["connection_id"])) and _may_be_read(state)]
    mine = [row for row in open_ones if row["reader"] == worker]
    free, theirs = _of_others([row for row in open_ones if row["reader"] != worker], lives)
    most = min(AT_A_TIME, max(0, MOST - len(mine)))
    wanted = free[:most] or sharing.to_take(len(mine), theirs, most)
    mine += [row for row in wanted if _take(row, worker)]
    grounds = (
        Ground(row["pk"], row["connection_id"], row["connection__version"], row["connection__health"]) for row in mine
    )
    return Look(tuple(grounds), len(open_ones) - len(mine))


def give_back(worker: int) -> int:
    """The worker goes: whoever looks next may have its mailboxes."""
    return Mailbox.objects.filter(reader=worker).update(reader=None)


def is_mine(ground: Ground, worker: int) -> bool:
    """Whether what is about to be written is still this worker's to write."""
    return _mine(ground, worker).exists()


def moved(ground: Ground, worker: int, cursor: Cursor, *, reset: bool, news: bool, now: datetime) -> bool:
    """A page is kept. False where the mailbox is somebody else's, or connected to something else, by now."""
    values: dict[str, Any] = {"cursor": cursor.model_dump(exclude_defaults=True), "read_at": now}
    if reset:
        values["cursors_reset"] = F("cursors_reset") + 1
    elif news:
        values["cursors_reset"] = 0
    row = _mine(ground, worker)
    return row.update(**values, **_WELL) == 1


def flaps(ground: Ground) -> bool:
    """Write down that it stopped, once it was numbered anew too often."""
    rows = Mailbox.objects.filter(pk=ground.mailbox_id, cursors_reset__gte=MOST_RESETS).exclude(
        read_problem=FLAPS[:300]
    )
    return rows.update(read_problem=FLAPS[:300]) == 1


def seen(mailbox_ids: Iterable[int], now: datetime) -> int:
    """They are kept open and nothing is wrong, although nothing arrived."""
    return Mailbox.objects.filter(pk__in=list(mailbox_ids)).update(read_at=now)


def troubled(ground: Ground, worker: int, sentence: str, failures: int, again_at: datetime) -> bool:
    """Why a mailbox cannot be read. Says whether it is another reason than before."""
    rows = _mine(ground, worker)
    other = rows.exclude(read_problem=sentence[:300]).exists()
    rows.update(read_problem=sentence[:300], read_failures=min(failures, 30_000), read_again_at=again_at)
    return other


def well_again(ground: Ground, worker: int, now: datetime) -> None:
    """What was wrong is gone."""
    _mine(ground, worker).update(read_at=now, **_WELL)


_WELL = {"read_problem": "", "read_failures": 0, "read_again_at": None}


def _read_ones() -> list[dict[str, Any]]:
    rows = Mailbox.objects.filter(enabled=True, read_mail=True, connection__isnull=False, cursors_reset__lt=MOST_RESETS)
    rows = rows.filter(owners.HERE)  # nobody reads the mail of who has left
    fields = ("pk", "reader", "connection_id", "connection__version", "connection__health")
    return list(rows.order_by("pk").values(*fields))


def _may_be_read(state: connections.ConnectionState) -> bool:
    """Off is off, whatever else is wrong. A connection that needs a person is tried, now and then: reading may work where sending
    does not."""
    return state.active or state.reason in (Reason.NEEDS_ADMIN, Reason.NEEDS_SIGN_IN)


def _of_others(
    rows: list[dict[str, Any]], lives: Lives
) -> tuple[list[dict[str, Any]], dict[int, list[dict[str, Any]]]]:
    """What nobody alive keeps open, and what each living worker does."""
    known = {reader: lives(reader) for reader in {row["reader"] for row in rows} if reader is not None}
    theirs: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if known.get(row["reader"], False):
            theirs[row["reader"]].append(row)
    return [row for row in rows if not known.get(row["reader"], False)], theirs


def _take(row: dict[str, Any], worker: int) -> bool:
    """Only from whom we saw it with: two who take at once cannot both have it."""
    return Mailbox.objects.filter(pk=row["pk"], reader=row["reader"]).update(reader=worker) == 1


def _mine(ground: Ground, worker: int) -> QuerySet[Mailbox]:
    """As it was found: who signs in with another address, or names another server, keeps the connection; its version grows."""
    rows = Mailbox.objects.filter(pk=ground.mailbox_id, reader=worker, connection_id=ground.connection_id)
    return rows.filter(connection__version=ground.version)
