"""What gets a connection out of its rest: one probe at a time, over all processes.

The probe is a step that waits, if there is one that may be sent twice and costs nothing; else the plugin's own check, which
changes nothing at the vendor. The row's lock gives the probe to one ticker, and its lease lets another go should it never come
home. A probe that was answered closes the breaker (:mod:`hub.engine.guards.breakers` hears of it when the step is settled), and
what waits is let go: a few at first, for a vendor that has just got up is soon knocked down again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from hub.addons import catalog, connections, diagnosis
from hub.addons.models import Connection
from hub.core.effects import EffectClass
from hub.db import clock, ringing
from hub.dispatch import crash
from hub.dispatch.gate import Hold
from hub.engine.guards import breaker, breakers
from hub.engine.guards.breaker import State
from hub.engine.guards.models import Breaker
from hub.plans.models import StepRun

log = logging.getLogger("hub.engine")

HARMLESS = (str(EffectClass.REPEATABLE), str(EffectClass.KEYED))
"""Classes of steps that may be a probe: should the answer be lost, they are simply sent again."""

GENTLY = timedelta(seconds=60)
"""For so long after the rest a few steps are let go at a time."""

A_FEW = 20


def sweep() -> int:
    """Let the probes go that are due. Says how many."""
    now = clock.now()
    due = list(Breaker.objects.filter(next_at__lte=now).exclude(state=State.CLOSED).values_list("pk", flat=True))
    return sum(_probe(pk, now) for pk in due)


def try_now(account_id: int, addon: str) -> bool:
    """A person does not want to wait for the next probe: it goes at the ticker's next look. False where nothing rests."""
    rows = Breaker.objects.filter(account_id=account_id, addon=addon, state=State.OPEN)
    return bool(rows.update(next_at=clock.now()))


def resting(account_id: int, addon: str) -> Breaker | None:
    """The breaker of the connection that this account's steps use, while it is not closed."""
    return resting_at(account_id, connections.state_of(account_id, addon).connection_id)


def resting_at(account_id: int, connection_id: int | None) -> Breaker | None:
    """The same of a connection that is known."""
    rows = Breaker.objects.filter(account_id=account_id, connection_id=connection_id or 0)
    return rows.exclude(state=State.CLOSED).first()


def room(account_id: int, connection_id: int | None, now: datetime) -> int | None:
    """How many of the steps that wait behind a breaker may go now; None is all of them."""
    row = Breaker.objects.filter(account_id=account_id, connection_id=connection_id or 0).first()
    if row is None:
        return None
    if row.state != State.CLOSED:
        return 0
    return A_FEW if row.changed_at and now - row.changed_at < GENTLY else None


def check(breaker_id: int) -> None:
    """The probe where no step may be one: the plugin's check. It takes as long as the vendor takes; no transaction is open."""
    row = Breaker.objects.filter(pk=breaker_id, state=State.HALF_OPEN, probe=None).first()
    connection = Connection.objects.filter(pk=row.connection_id).first() if row else None
    if row is None:
        return
    failed = _examined(connection) if connection else None
    with transaction.atomic():
        row = Breaker.objects.select_for_update().get(pk=breaker_id)
        if row.probe is None:
            now = clock.now()
            breakers.write(row, breaker.proved(breakers.standing_of(row), now, failed=failed), now)


def _examined(connection: Connection) -> bool | None:
    """Whether the vendor is still not well. A refused key is an answer: it is another trouble, with its own words."""
    health = diagnosis.examine(connection).health
    return None if health == Connection.Health.UNKNOWN else health == Connection.Health.FAILING


def _probe(breaker_id: int, now: datetime) -> bool:
    with transaction.atomic():
        rows = Breaker.objects.select_for_update(skip_locked=True).filter(pk=breaker_id, next_at__lte=now)
        row = rows.exclude(state=State.CLOSED).first()
        if row is None:
            return False
        run_id = _candidate(row)
        breakers.write(row, breaker.probing(breakers.standing_of(row), now, run_id), now)
        crash.point("in_probe")
        if run_id is None:
            transaction.on_commit(lambda: _ask(breaker_id), robust=True)
        else:
            freed = StepRun.objects.filter(pk=run_id, state=StepRun.State.HELD)
            freed.update(state=StepRun.State.SCHEDULED, hold_reason="", hold_detail="", held_at=None)
    return True


def _candidate(row: Breaker) -> UUID | None:
    """The step that has waited longest among those that may be sent twice and cost nothing."""
    waiting = StepRun.objects.filter(account_id=row.account_id, state=StepRun.State.HELD, hold_reason=Hold.BREAKER)
    waiting = waiting.filter(addon=row.addon, costly=False, cancel_requested_at=None)
    if not _all_harmless(row.addon):
        waiting = waiting.filter(
            Q(effect_class__in=HARMLESS) | Q(effect_class=None, plan_step__in=_harmless_steps(waiting))
        )
    return waiting.order_by("due_at", "pk").values_list("pk", flat=True).first()


def _harmless_steps(waiting: QuerySet[StepRun]) -> set[int]:
    """Plan steps of which others were tried, and each of those by a harmless call. Should this one make another call after all,
    its intent is refused."""
    steps = set(waiting.order_by().values_list("plan_step_id", flat=True).distinct())
    tried = StepRun.objects.filter(plan_step__in=steps, closed_at=None, effect_class__isnull=False).order_by()
    kinds = set(tried.values_list("plan_step_id", "effect_class", "costly").distinct())
    harmful = {step for step, klass, costly in kinds if costly or klass not in HARMLESS}
    return {step for step, _, _ in kinds} - harmful


def _all_harmless(addon: str) -> bool:
    """Whether every call of the add-on that changes something may be made twice and costs nothing."""
    manifest = catalog.manifest(addon)
    calls = [one for one in manifest.endpoints if one.effect] if manifest else []
    return bool(calls) and all(one.effect in HARMLESS and not one.costly for one in calls)


def _ask(breaker_id: int) -> None:
    from hub.engine import actors  # the actors know this module

    ringing.ring(actors.probe_connection, breaker_id)
