"""How steps came to grief, kept for a while: what the plugin was given and what went over the wire, one row a try.

Only of runs that are not *done*: when one ends well after all, its rows go in the same transaction. Of very many that come to the
same grief only the first are kept (``docs/decisions/traces.md``). Rows are sealed, for they
hold the contact's data; secrets are in none of them (:mod:`hub.dispatch.story`). ``hub capsule`` makes a test of them.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.db import bulk, sealing
from hub.db.fields import SealedJSONField
from hub.dispatch import about, story
from hub.dispatch.ledger import Settlement
from hub.dispatch.states import State
from hub.engine.models import Trace

log = logging.getLogger("hub.engine")

KEPT = timedelta(days=30)
"""How long a try is kept. Whoever mends a plugin has seen its failure by then."""

LONGEST = 256 * 1024
"""Characters of one try; of longer ones the longest bodies are left out."""

MOST_AN_HOUR = 500
"""Tries of one kind of step and one cause that a process keeps in an hour. A hundred thousand alike tell no more than these."""

_COLUMNS = ("run_id", "fence", "at", "data")
_DATA: SealedJSONField = Trace._meta.get_field("data")


def keep(settlements: Iterable[Settlement], now: datetime) -> None:
    """Keep the tries that did not end well, and drop what was kept of runs that now did."""
    told = list(settlements)
    sad = (s for s in told if s.tried is not None and s.move.to is not State.DONE and _ration.has_room(s, now))
    rows = list(_rows(sad, now))
    if rows:
        bulk.insert(Trace, _COLUMNS, rows, ignore_conflicts=True)
    _drop([s.job.run_id for s in told if s.move.to is State.DONE and _had_trouble(s)])


def of(run_id: UUID) -> list[dict[str, Any]]:
    """The tries of a run, oldest first."""
    return [row.data.read() for row in Trace.objects.filter(run_id=run_id).order_by("fence") if row.data]


def any_of(run_id: UUID) -> bool:
    """Whether a try of the run is kept, so that ``hub capsule`` finds something."""
    return Trace.objects.filter(run_id=run_id).exists()


def forget_old(now: datetime) -> int:
    """Delete what is older than we keep. Says how many tries."""
    return Trace.objects.filter(at__lt=now - KEPT).delete()[0]


def _drop(run_ids: Sequence[UUID]) -> None:
    if run_ids:
        Trace.objects.filter(run_id__in=run_ids).delete()


def _had_trouble(settlement: Settlement) -> bool:
    """A run that is done at its first try has nothing kept, and needs no statement."""
    standing = settlement.job.standing
    return bool(standing.attempts or standing.checks or standing.crashes)


class _Ration:
    """Counts what this process has kept in the current hour."""

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._kept: Counter[tuple[str, str, str]] = Counter()

    def has_room(self, settlement: Settlement, now: datetime) -> bool:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._kept = hour, Counter()
        cause = (settlement.job.action_type, str(settlement.move.to), str(settlement.move.code))
        self._kept[cause] += 1
        return self._kept[cause] <= MOST_AN_HOUR


_ration = _Ration()


def _rows(settlements: Iterable[Settlement], now: datetime) -> Iterable[tuple[Any, ...]]:
    """A story that cannot be told must not cost the outcome it is about."""
    for settlement in settlements:
        try:
            yield _row(settlement, now)
        except Exception:
            with about.named(settlement.job.run_id):
                log.exception("how step run %s came to grief could not be kept", settlement.job.run_id)


def _row(settlement: Settlement, now: datetime) -> tuple[Any, ...]:
    job = settlement.job
    assert settlement.tried is not None
    data = _fitting(story.of(settlement, settlement.tried))
    sealed = sealing.seal(data, _DATA.bound_to({"run_id": job.run_id, "fence": job.fence}))
    return job.run_id, job.fence, now, sealed


def _fitting(data: dict[str, Any]) -> dict[str, Any]:
    """No longer than we keep: the longest bodies go first, and say so."""
    bodies = [part for call in data["traffic"] for part in (call["request"], call.get("answer")) if part]
    bodies.sort(key=_length, reverse=True)
    while bodies and _length(data) > LONGEST:
        body = bodies.pop(0)
        for name in ("json", "form", "text", "base64"):
            body.pop(name, None)
        body["cut"] = True
    return data


def _length(part: dict[str, Any]) -> int:
    return len(json.dumps(part, default=str))
