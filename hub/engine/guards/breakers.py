"""The breakers' rows: who reads them, who feeds them, and what happens when one opens or closes.

While everything is well there is no row, and nothing is written: a settled group looks here only if something in it failed, or if
the connection has had trouble lately (its jobs were told so when they were claimed, or this process saw it happen). A batch of
claimed steps reads the rows of its connections with one query; the intent's own statement looks once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from hub.addons.models import Manifest
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core import redact
from hub.db import bulk, clock, dialect
from hub.dispatch.classify import Wire
from hub.dispatch.exchange import Answered, Lost, NeverLeft
from hub.dispatch.ledger import Settlement
from hub.dispatch.states import State as RunState
from hub.engine.guards import breaker
from hub.engine.guards.breaker import Call, Standing, State
from hub.engine.guards.models import Breaker
from hub.engine.recipients import in_charge
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification

Key = tuple[int, int]
"""An account and the connection it uses, which may be another account's."""

ENGINE = Actor("system", label="The hub")

FIELDS = ("state", "who", "window_at", "calls", "failures", "opens", "changed_at", "next_at", "probe")

_troubled: dict[Key, datetime] = {}
"""Where this process saw a failure lately: calls that were claimed before it cannot know of it."""

REMEMBERED = timedelta(minutes=10)


def of(keys: Iterable[Key]) -> dict[Key, Standing]:
    """The breakers of these connections that are not calm. Empty on a good day, and one query."""
    wanted = set(keys)
    if not wanted:
        return {}
    rows = _rows({connection for _, connection in wanted})
    found = {(row.account_id, row.connection_id): standing_of(row) for row in rows}
    now = clock.now() if found else None
    return {key: found[key] for key in wanted if key in found and now and not found[key].is_calm(now)}


def _rows(connections: set[int]) -> Iterable[Breaker]:
    """Asked for every batch, and nearly always for nothing: whether there are any is asked in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM engine_breaker WHERE {dialect.any_of('connection_id', 'int')}",
            [dialect.array(connections)],
        )
        ids = [id_ for (id_,) in cursor.fetchall()]
    return Breaker.objects.filter(pk__in=ids) if ids else ()


def resting(account_id: int) -> set[int]:
    """The connections that this account's steps are not let out over at the moment."""
    rows = Breaker.objects.filter(account_id=account_id).exclude(state=State.CLOSED)
    return set(rows.values_list("connection_id", flat=True))


def words(standing: Standing) -> str:
    """Why a step waits behind an open breaker, and for how long."""
    again = f"{standing.next_at:%H:%M} UTC" if standing.next_at else "soon"
    return (
        "The vendor does not answer properly, so the hub lets the connection rest. It tries again by itself, one step at a time"
        f" (next at {again}), and lets the others go when an answer comes."
    )


def feed(settlements: Sequence[Settlement], now: datetime) -> None:
    """Tell the breakers how these calls went, in the transaction that settles them."""
    heard = _heard(settlements)
    for key in sorted(key for key, told in heard.items() if _is_news(key, told, now)):
        _tell(key, heard[key], now)


def standing_of(row: Breaker) -> Standing:
    """A row as the pure part sees it."""
    values = {name: getattr(row, name) for name in FIELDS}
    return Standing(**{**values, "state": State(row.state), "who": tuple(row.who)})


def write(row: Breaker, standing: Standing, now: datetime, reason: str = "") -> None:
    """Keep what a breaker came to, and tell people when it opens or closes: once for one trouble."""
    before = State(row.state)
    for name in FIELDS:
        value: Any = getattr(standing, name)
        setattr(row, name, list(value) if name == "who" else value)
    row.state, row.reason = str(standing.state), reason[:500] or row.reason
    row.save()
    if standing.state is State.OPEN and before is State.CLOSED:
        _say(row, "rest_began", "addon.broken" if standing.opens == 1 else "", now)
    elif standing.state is State.CLOSED and before is not State.CLOSED:
        _say(row, "rest_ended", "addon.recovered", now)


def failed(settlement: Settlement) -> bool | None:
    """Whether a try says that the vendor is not well; None when it says nothing, for nothing was asked."""
    end, job = settlement.conclusion, settlement.job
    if end is None or job.standing.state is RunState.UNKNOWN:
        return None
    if end.wire is Wire.UNCLEAR:
        return end.status is None or not 400 <= end.status < 500
    if end.wire in (Wire.ACTED, Wire.REFUSED):
        return False
    return _last_word(settlement)


def _last_word(settlement: Settlement) -> bool | None:
    """What the last call came to, where nothing irreversible left: it may have been the plugin's own question before it."""
    traffic = settlement.tried.traffic if settlement.tried else ()
    if not traffic:
        return None
    result = traffic[-1].result
    if isinstance(result, NeverLeft):
        return None if result.blocked or result.late else True
    return isinstance(result, Lost) or (isinstance(result, Answered) and result.status >= 500)


# --- details -----------------------------------------------------------------------------------------------------


@dataclass
class _Told:
    """What a settled group says about one connection."""

    addon: str
    calls: list[Call] = field(default_factory=list)
    reason: str = ""
    known: bool = False
    """Its jobs were claimed when it was in trouble already."""

    def add(self, settlement: Settlement) -> None:
        run, standing = settlement.job.extra.run, settlement.job.extra.breaker
        self.known = self.known or standing is not None
        self.calls.append(Call(run.id, run.contact_id, failed(settlement)))
        if self.calls[-1].failed and settlement.conclusion:
            self.reason = redact.cut(settlement.conclusion.outcome.sentence(), 500)


def _heard(settlements: Sequence[Settlement]) -> dict[Key, _Told]:
    heard: dict[Key, _Told] = {}
    for settlement in settlements:
        connection_id = settlement.job.connection_id
        if connection_id is not None:
            run = settlement.job.extra.run
            heard.setdefault((run.account_id, connection_id), _Told(run.addon)).add(settlement)
    return heard


def _is_news(key: Key, told: _Told, now: datetime) -> bool:
    if any(call.failed for call in told.calls):
        _troubled[key] = now
        return True
    if told.known:
        return True
    if key in _troubled and not timedelta(0) <= now - _troubled[key] < REMEMBERED:
        _troubled.pop(key, None)
    return key in _troubled


def _tell(key: Key, told: _Told, now: datetime) -> None:
    account_id, connection_id = key
    if told.reason:
        bulk.insert(Breaker, _NEW, [(account_id, connection_id, told.addon, [])], ignore_conflicts=True)
    row = Breaker.objects.select_for_update().filter(account_id=account_id, connection_id=connection_id).first()
    if row is None:
        return
    before = standing_of(row)
    after = breaker.heard(before, told.calls, now)
    if after != before:
        write(row, after, now, told.reason)
    if after.is_calm(now):
        _troubled.pop(key, None)


_NEW = ("account_id", "connection_id", "addon", "who")


def _say(row: Breaker, verb: str, kind: str, now: datetime) -> None:
    """A line among the add-on's activity, and word to those in charge where ``kind`` names one."""
    record(verb, "addon", row.addon, by=ENGINE, account_id=row.account_id, data={"why": row.reason, "opens": row.opens})
    if not kind:
        return
    title = Manifest.objects.filter(pk=row.addon).values_list("title", flat=True).first() or row.addon
    data = {"addon": title, "text": f"{row.reason} {_WAITS}".strip()}
    url = f"/a/{row.account_id}/add-ons/{row.addon}"
    people = in_charge(row.account_id)
    notifications.tell_many(NewNotification(row.account_id, user_id, kind, data, url, now) for user_id in people)


_WAITS = "Its steps wait; the hub tries again by itself."
