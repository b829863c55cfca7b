"""What costs money is counted where it is written down that it leaves, and never more than the account allows.

Only costly intents come here; all others cost nothing. An account's costly intents stand in one queue: the lock of its rows of
:class:`~hub.engine.guards.models.Spent`, held until the intent is durable. So two workers cannot both take the last place of
the day, a worker that dies takes none with it that it had not used, and two plans that mean the same gift for the same contact
meet here (:mod:`hub.engine.guards.repeats`). What surely did not happen is given back. A second sending under the same
reference is paid for once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import F, Min

from hub.accounts.models import Account
from hub.addons import budgets
from hub.addons.budgets import ALL, Limits
from hub.db import bulk
from hub.dispatch.classify import Wire
from hub.dispatch.gate import Hold
from hub.dispatch.ledger import Settlement
from hub.dispatch.requests import Denied, Intent
from hub.dispatch.states import State
from hub.engine.guards import repeats
from hub.engine.guards.models import Spent
from hub.engine.models import Attempt
from hub.plans.models import StepRun
from hub.plans.zones import on_the_clock, zone_of

Key = tuple[int, str]
"""An account, and an add-on or :data:`~hub.addons.budgets.ALL`."""


@dataclass
class Guard:
    """What the guards said of a group of intents.

    Attributes:
        denied: those that must not leave, and why.
        taking: the others that cost money: run → account and add-on.
        rows: the locked counters, as they stand on their account's day.
    """

    denied: dict[UUID, Denied] = field(default_factory=dict)
    taking: dict[UUID, Key] = field(default_factory=dict)
    rows: dict[Key, Spent] = field(default_factory=dict)

    def count(self, moved: Collection[UUID]) -> None:
        """Count those that leave. In the transaction of :func:`check`, whose locks are still held."""
        used = [key for run_id, key in self.taking.items() if run_id in moved]
        for account_id, addon in used:
            self.rows[account_id, ALL].count += 1
            self.rows[account_id, addon].count += 1
        touched = {(account_id, name) for account_id, addon in used for name in (ALL, addon)}
        for key in sorted(touched):
            self.rows[key].save(update_fields=["day", "count"])


NOTHING = Guard()


def check(intents: Sequence[Intent], now: datetime) -> Guard:
    """Ask the guards about a group of intents. No statement, unless one of them costs money."""
    costly = [intent.run_id for intent in intents if intent.effect.costly]
    runs = _fresh(costly) if costly else []
    if not runs:
        return NOTHING
    accounts = {run.account_id for run in runs}
    limits = budgets.of(accounts)
    guard = Guard(
        rows=_locked({(run.account_id, name) for run in runs for name in (ALL, run.addon)}, _today(accounts, now))
    )
    held = repeats.among(runs, {account: limits[account].repeat_days for account in accounts}, now)
    guard.denied.update(held)
    _share_out(guard, [run for run in runs if run.pk not in held], limits)
    return guard


def give_back(settlements: Sequence[Settlement]) -> None:
    """Give back what was taken for tries that surely did not happen. In the transaction that settles them."""
    undone = [s.job.extra.run for s in settlements if _is_undone(s)]
    if undone:
        _return({run.id: (run.account_id, run.addon) for run in undone})


def give_back_one(run: StepRun) -> None:
    """The same when a person says that a costly step did not happen."""
    if run.costly:
        _return({run.pk: (run.account_id, run.addon)})


def room(account_id: int, addon: str, now: datetime) -> int | None:
    """How many more costly steps the day has room for; None is any number."""
    limits = budgets.of([account_id])[account_id].per_day
    used = spent(account_id, now)
    left = [limits[name] - used.get(name, 0) for name in (ALL, addon) if name in limits]
    return max(0, min(left)) if left else None


def refusal(run: StepRun, now: datetime) -> Denied | None:
    """What :func:`check` would say of one more costly step like this, without taking anything; None while there is room."""
    if room(run.account_id, run.addon, now) != 0:
        return None
    return _used_up(run, budgets.of([run.account_id])[run.account_id].per_day)


def day_after(account_id: int, now: datetime, days: int = 1) -> datetime:
    """When the account's day is over and its limits count anew; or so many of its days later."""
    zone = zone_of(Account.objects.values_list("time_zone", flat=True).get(pk=account_id))
    return on_the_clock(now.astimezone(zone).date() + timedelta(days=days), time(), zone)


def spent(account_id: int, now: datetime) -> dict[str, int]:
    """How many costly steps went out today, by add-on, and altogether under :data:`~hub.addons.budgets.ALL`."""
    today = _today({account_id}, now).get(account_id)
    rows = Spent.objects.filter(account_id=account_id, day=today) if today else Spent.objects.none()
    return dict(rows.values_list("addon", "count"))


# --- details -----------------------------------------------------------------------------------------------------


def _fresh(run_ids: Sequence[UUID]) -> list[StepRun]:
    """Those of these runs that are paid for now. With an attempt still open it is the same thing once more, and was paid for; one
    that is *calling* is asked about again because the answer to its intent was lost."""
    rows = StepRun.objects.filter(pk__in=run_ids, open_attempts=0, state=StepRun.State.CLAIMED).select_related(
        "plan_step"
    )
    order = {run_id: place for place, run_id in enumerate(run_ids)}
    return sorted(rows, key=lambda run: order[run.pk])


def _today(account_ids: Iterable[int], now: datetime) -> dict[int, date]:
    zones = Account.objects.filter(pk__in=list(account_ids)).values_list("pk", "time_zone")
    return {account: now.astimezone(zone_of(zone)).date() for account, zone in zones}


def _locked(keys: Iterable[Key], today: Mapping[int, date]) -> dict[Key, Spent]:
    """The counters, made where there are none, locked in their order, and begun anew where the day is another."""
    wanted = sorted(keys)
    rows = [(account, addon, today[account]) for account, addon in wanted]
    bulk.insert(Spent, ("account_id", "addon", "day"), rows, ignore_conflicts=True)
    found = Spent.objects.select_for_update().filter(account_id__in={account for account, _ in wanted})
    locked = {(row.account_id, row.addon): row for row in found.order_by("account_id", "addon")}
    for key in wanted:
        row = locked[key]
        if row.day != today[row.account_id]:
            row.day, row.count = today[row.account_id], 0
    return locked


def _share_out(guard: Guard, runs: Sequence[StepRun], limits: Mapping[int, Limits]) -> None:
    """First come, first served, while there is room."""
    used = {key: row.count for key, row in guard.rows.items()}
    for run in runs:
        keys = [(run.account_id, name) for name in (ALL, run.addon)]
        per_day = limits[run.account_id].per_day
        if any(used[key] >= per_day[key[1]] for key in keys if key[1] in per_day):
            guard.denied[run.pk] = _used_up(run, per_day)
            continue
        guard.taking[run.pk] = (run.account_id, run.addon)
        for key in keys:
            used[key] += 1


def _used_up(run: StepRun, per_day: Mapping[str, int]) -> Denied:
    most = min(per_day[name] for name in (ALL, run.addon) if name in per_day)
    reached = f"The account's limit of {most} costly steps a day is reached."
    tomorrow = "It goes on tomorrow by itself, or as soon as" if most else "It goes on as soon as"
    sentence = f"{reached} {tomorrow} an admin raises the limit under Settings, Spending."
    return Denied(code=Hold.BUDGET, sentence=sentence)


def _is_undone(settlement: Settlement) -> bool:
    job, end, move = settlement.job, settlement.conclusion, settlement.move
    if end is None or (job.standing.open_attempts and job.standing.state is not State.UNKNOWN):
        return False
    if settlement.intended is not None:
        return bool(end.effect and end.effect.costly) and end.wire in (Wire.NOT_SENT, Wire.REFUSED)
    looked_up = job.standing.state is State.UNKNOWN and bool(job.effect and job.effect.costly)
    return looked_up and not move.open_attempts and move.to is not State.DONE


def _return(taken: Mapping[UUID, Key]) -> None:
    """One place for each, on the day on which it was taken: where that is over, nobody could use it."""
    begun = Attempt.objects.filter(run_id__in=taken).values_list("run_id").annotate(at=Min("intent_at"))
    zones = dict(
        Account.objects.filter(pk__in={account for account, _ in taken.values()}).values_list("pk", "time_zone")
    )
    for run_id, at in sorted(begun):
        account, addon = taken[run_id]
        day = at.astimezone(zone_of(zones[account])).date()
        for name in (ALL, addon):
            row = Spent.objects.filter(account_id=account, addon=name, day=day, count__gt=0)
            row.update(count=F("count") - 1)
