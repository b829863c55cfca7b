"""Telling, listening, handing on. Nothing here commits, and nothing is audited: an event tells of a change that was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import connection

from hub.db import bulk, clock, dialect
from hub.events import kinds, listening
from hub.events.models import Event, Listening

_SPACE = UUID("6c0b7c0e-7f3b-4f6e-9d0a-3f4f3b1f5a11")
"""From this and a run's id comes the id of an event that can be told twice (a step taken up again after a crash)."""

_COLUMNS = ("uid", "account_id", "kind", "at", "contact_id", "enrollment_id", "run_id", "about")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that has just happened. ``at`` empty means now; ``uid`` empty makes a fresh one."""

    account_id: int
    kind: str
    contact_id: int | None = None
    enrollment_id: int | None = None
    run_id: UUID | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    uid: UUID | None = None


def tell_many(events: Iterable[NewEvent]) -> int:
    """Write down those of these events that somebody listens for; says how many. At most one question and one statement."""
    told = list(events)
    if not told:
        return 0
    heard = listening.among(event.account_id for event in told)
    return tell_heard(event for event in told if kinds.holds(heard.get(event.account_id, 0), event.kind))


def tell_heard(events: Iterable[NewEvent]) -> int:
    """Write down events of which the caller knows that somebody listens for them."""
    wanted = list(events)
    if wanted:
        now = clock.now()
        bulk.insert(Event, _COLUMNS, (_row(event, now) for event in wanted))
    return len(wanted)


def tell_selected(
    rows: str,
    parameters: Sequence[Any],
    *,
    account_id: int,
    kind: str,
    about: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """An event for each row of a SELECT with ``contact_id`` and ``enrollment_id``, written by the database; says how many."""
    if not listening.hears(account_id, kind):
        return 0
    statement = f"""
        INSERT INTO events_event (uid, account_id, kind, at, about, contact_id, enrollment_id)
        SELECT {dialect.uuid()}, %s, %s, {dialect.cast("%s", "time")}, {dialect.cast("%s", "json")}, s.contact_id, s.enrollment_id
          FROM ({rows}) s"""
    shared = [account_id, kind, dialect.value(at or clock.now()), json.dumps(dict(about or {}))]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*shared, *parameters])
        return int(cursor.rowcount)


def tell_reply(account_id: int, contact_id: int, *, at: datetime, subject: str = "", run_id: UUID | None = None) -> int:
    """A contact answered. For the room that reads mail: call it in the transaction that stores the letter."""
    about = {"subject": subject.replace("\x00", "")[:500]}
    return tell_many([NewEvent(account_id, kinds.REPLY_RECEIVED, contact_id, run_id=run_id, about=about, at=at)])


def uid_of(kind: str, run_id: UUID) -> UUID:
    """The id of what happens to a run once, however often it is told."""
    return uuid5(_SPACE, f"{kind} {run_id.hex}")


def set_listening(heard: Mapping[int, tuple[int, int]]) -> None:
    """Write down who listens: account id → (kinds here, kinds that accounts opened beneath inherit). (0, 0) is nobody."""
    Listening.objects.filter(account_id__in=heard).delete()
    rows = [(id_, here, below) for id_, (here, below) in heard.items() if here or below]
    bulk.insert(Listening, ("account_id", "kinds", "below"), rows)


def inherit(parent_id: int, account_id: int) -> None:
    """An account was opened beneath another: whoever listens down there listens here."""
    statement = """
        INSERT INTO events_listening (account_id, kinds, below)
        SELECT %s, below, below FROM events_listening WHERE account_id = %s AND below <> 0"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [account_id, parent_id])


def take(most: int) -> list[Event]:
    """The oldest events, as yours: they are gone with your transaction, and stay if it fails. Two takers get different ones."""
    rows = Event.objects.select_for_update(skip_locked=dialect.is_postgres()).order_by("pk")
    events = list(rows[:most])
    Event.objects.filter(pk__in=[event.pk for event in events]).delete()
    return events


def _row(event: NewEvent, now: datetime) -> tuple[Any, ...]:
    return (
        event.uid or uuid4(), event.account_id, event.kind, event.at or now, event.contact_id, event.enrollment_id,
        event.run_id, dict(event.about),
    )  # fmt: skip
