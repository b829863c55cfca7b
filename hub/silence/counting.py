"""Counting what was done: the notes that the engine writes with each done step, each looked at once, by their growing ids.

Nothing is written on the engine's way for this, and nothing is counted anew: a mark says how far the notes are counted. Some
minutes are left to transactions that began earlier and commit later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max

from hub.accounts.models import Account
from hub.addons.models import Manifest
from hub.history.models import Note
from hub.plans.models import Enrollment, PlanKind
from hub.plans.zones import zone_of
from hub.silence import rule
from hub.silence.models import Mark, Silence, Tally, Watched

BEHIND = timedelta(minutes=2)
"""How long a note is left alone: another with a smaller id may still be on its way."""

PORTION = 5_000
"""Notes looked at in one transaction."""

Act = tuple[int, str, str, date]
"""Account, kind, key and the account's own date."""

_OnDay = tuple[int, date]
"""What is watched, by its id, and a day."""


def count(now: datetime) -> bool:
    """Count a portion of what was done since the last look, in the caller's transaction. Says whether there is more."""
    return _portion(_mark(now), now) >= PORTION


def _mark(now: datetime) -> Mark:
    """The mark, ours until the transaction ends: of two that count at once, the second goes on where the first ended."""
    found = Mark.objects.select_for_update().filter(pk=1).first()
    if found is None:
        Mark.objects.bulk_create([Mark(pk=1, note_id=_first(now))], ignore_conflicts=True)
        found = Mark.objects.select_for_update().get(pk=1)
    return found


def _first(now: datetime) -> int:
    """Where counting begins in an installation that has history: by halving, for times grow with ids."""
    low, high = 0, Note.objects.aggregate(Max("pk"))["pk__max"] or 0
    oldest = now - timedelta(days=rule.KEPT)
    while high - low > PORTION:
        middle = (low + high) // 2
        at = Note.objects.filter(pk__gt=middle).order_by("pk").values_list("at", flat=True).first()
        low, high = (middle, high) if at is not None and at < oldest else (low, middle)
    return low


@dataclass(frozen=True, slots=True)
class _Done:
    """One done step."""

    at: datetime
    account_id: int
    enrollment_id: int | None
    addon: str


def _portion(mark: Mark, now: datetime) -> int:
    rows = Note.objects.filter(pk__gt=mark.note_id).order_by("pk")
    found = list(
        rows.values_list("pk", "at", "kind", "account_id", "enrollment_id", "data__addon", "data__test")[:PORTION]
    )
    ripe = _ripe([(pk, at) for pk, at, *_ in found], now)
    done = [
        _Done(at, acc, enr, str(addon or ""))
        for _pk, at, kind, acc, enr, addon, test in found[:ripe]
        if kind == "step.done" and not test
    ]
    if done:
        _add(done)
    if ripe:
        Mark.objects.filter(pk=1).update(note_id=found[ripe - 1][0])
    return ripe


def _ripe(rows: Sequence[tuple[int, datetime]], now: datetime) -> int:
    """How many from the first are old enough."""
    young = (number for number, (_pk, at) in enumerate(rows) if at > now - BEHIND)
    return next(young, len(rows))


def _add(done: Sequence[_Done]) -> None:
    """Into the tallies, a few statements for any number; and a silence ends with the first act."""
    plans, own = _plans(done), _always_on()
    acts = [(act, one.at) for one, zone in _with_zones(done) for act in _acts(one, zone, plans, own)]
    rows = _watched({act[:3] for act, _at in acts})
    by_day = [((rows[act[:3]].pk, act[3]), at) for act, at in acts]
    _tally(Counter(which for which, _at in by_day))
    _move_on(rows.values(), {pk: day for (pk, day), _at in sorted(by_day)})
    _end(dict(reversed(by_day)))


def _tally(counts: Mapping[_OnDay, int]) -> None:
    """Add to what is there. The mark's lock keeps others away meanwhile."""
    pks, days = {pk for pk, _day in counts}, {day for _pk, day in counts}
    kept = Tally.objects.filter(watched_id__in=pks, day__in=days).values_list("watched_id", "day", "done")
    before = {(pk, day): number for pk, day, number in kept}
    rows = [
        Tally(watched_id=pk, day=day, done=before.get((pk, day), 0) + number) for (pk, day), number in counts.items()
    ]
    Tally.objects.bulk_create(rows, update_conflicts=True, update_fields=["done"], unique_fields=["watched", "day"])


def _move_on(rows: Iterable[Watched], newest: Mapping[int, date]) -> None:
    moved = [row for row in rows if row.last_day < newest[row.pk]]
    for row in moved:
        row.last_day = newest[row.pk]
    Watched.objects.bulk_update(moved, ["last_day"])


def _end(firsts: Mapping[_OnDay, datetime]) -> None:
    """With the first act since it began."""
    for silence in Silence.objects.filter(watched_id__in={pk for pk, _day in firsts}, ended_at=None):
        since = [at for (pk, day), at in firsts.items() if pk == silence.watched_id and day >= silence.since]
        if since:
            Silence.objects.filter(pk=silence.pk).update(ended_at=min(since))


def _with_zones(done: Iterable[_Done]) -> Iterable[tuple[_Done, str]]:
    rows = list(done)
    zones = dict(Account.objects.filter(pk__in={one.account_id for one in rows}).values_list("pk", "time_zone"))
    return [(one, zones[one.account_id]) for one in rows if one.account_id in zones]


def _plans(done: Iterable[_Done]) -> dict[int, int]:
    ids = {one.enrollment_id for one in done if one.enrollment_id}
    return dict(Enrollment.objects.filter(pk__in=ids, plan__kind=PlanKind.PLAN).values_list("pk", "plan_id"))


def _always_on() -> set[str]:
    """What the hub does itself is no connection."""
    return set(Manifest.objects.filter(always_on=True).values_list("addon", flat=True))


def _acts(one: _Done, zone: str, plans: dict[int, int], always_on: set[str]) -> Iterable[Act]:
    day = one.at.astimezone(zone_of(zone)).date()
    if one.enrollment_id in plans:
        yield one.account_id, Watched.Kind.PLAN.value, str(plans[one.enrollment_id]), day
    if one.addon and one.addon not in always_on:
        yield one.account_id, Watched.Kind.ADDON.value, one.addon[:40], day


def _watched(asked: set[tuple[int, str, str]]) -> dict[tuple[int, str, str], Watched]:
    """The rows of these plans and connections; new ones are made."""
    new = [Watched(account_id=account, kind=kind, key=key, last_day=date.min) for account, kind, key in sorted(asked)]
    Watched.objects.bulk_create(new, ignore_conflicts=True)
    rows = Watched.objects.filter(account_id__in={one[0] for one in asked}, key__in={one[2] for one in asked})
    return {found: row for row in rows if (found := (row.account_id, row.kind, row.key)) in asked}
