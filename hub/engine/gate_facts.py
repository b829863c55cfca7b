"""What the gate must know of a run (:class:`~hub.dispatch.gate.GateFacts`), made of its facts. No query of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hub.addons import catalog, installed
from hub.core import facts as core
from hub.core.registry import Claim
from hub.db import clock
from hub.dispatch.gate import GateFacts
from hub.engine.facts import RunFacts
from hub.engine.guards import breaker, breakers
from hub.plans import lateness, opening

ELSEWHERE = timedelta(seconds=30)
"""When a step is looked at again whose plugin this worker has not loaded."""


def of(known: RunFacts) -> GateFacts:
    """The gate's facts of one run."""
    run, step, account = known.run, known.step, known.account
    claim = installed.registry().claim(run.action_type)
    return GateFacts(
        account_status=account.switch.status,
        account_locked=account.is_locked,
        claimed=claim is not None,
        elsewhere=None if claim else _elsewhere(known),
        **_doorway(known),
        resting=_resting(known),
        enrollment_running=known.on_plan,
        contact_archived=known.archived,
        ends_plan=opening.stopped_by(step.rules, known.contact) if step.rules else "",
        cancel_requested=run.cancel_requested_at is not None,
        missing=_missing(known, claim),
        late_after=_late_after(known, claim),
        not_meant=opening.not_meant(step.only_if, known.contact, known.before) if step.only_if else "",
        late_usual=step.late_hours is None,
        late_skips=lateness.skips(step.late_hours, step.when_late),
        unwanted=known.word.unwanted,
        screened=known.word.screened,
        screened_until=known.word.look_at,
        had_enough=known.word.full,
        enough_until=known.word.not_before,
        **_opening(known),
        open_attempts=run.open_attempts,
    )


def _doorway(known: RunFacts) -> dict[str, Any]:
    """What the doorway says of the add-on and of its connection. A connection that is refused is not the add-on's being off."""
    state, hold = known.state, known.state.hold
    refused = hold == "connection"
    return {
        "unclaimed_reason": state.sentence if hold == "unclaimed" else "",
        "addon": "active" if hold is None or refused else str(hold),
        "addon_reason": state.sentence if hold else "",
        "connection_ok": not refused,
        "connection_reason": state.words or state.detail or state.sentence if refused else "",
        "blocked_until": state.blocked_until,
    }


def _elsewhere(known: RunFacts) -> datetime | None:
    """While a new version is rolled out, or where a plugin was forgotten on a host, workers differ in what they have loaded. A
    step that is held here would be let go by the others at once, again and again."""
    there = known.state.hold is None and catalog.action(known.run.action_type) is not None
    return clock.now() + ELSEWHERE if there else None


def _resting(known: RunFacts) -> str:
    """Why the connection's breaker lets this run not go; empty where it does."""
    trouble = known.connected.trouble
    return breakers.words(trouble) if trouble and not breaker.lets(trouble, known.run.id) else ""


def _missing(known: RunFacts, claim: Claim | None) -> tuple[str, ...]:
    """What the contact lacks for the step and for its timing."""
    if claim is None:
        return ()
    needs = claim.action.needs_of(known.contact, known.step.options)
    return *core.missing(known.contact, needs), *opening.lacks(known.step.timing, known.contact)


def _late_after(known: RunFacts, claim: Claim | None) -> datetime | None:
    """A step that was tried before its time was over is not late: only its first start counts."""
    run, step = known.run, known.step
    if run.due_at is None or run.attempts:
        return None
    hours = lateness.said(step.late_hours, step.when_late)
    if hours is not None:
        return run.due_at + timedelta(hours=hours)
    matters = lateness.is_timed(step.timing) or lateness.may_cost(claim)
    return lateness.usual(run.due_at, run.created_at, step.when_late, matters=matters)


def _opening(known: RunFacts) -> dict[str, Any]:
    """When the step may start, where hours, holidays, quiet hours or sleep hold it back now."""
    step, account = known.step, known.account
    if not (step.hours or step.rules or step.sleeps or account.calendar):
        return {}
    found = opening.of(known.run.action_type, step.hours, step.rules, step.sleeps, account, known.contact)
    return {"opens_at": found.at, "opens_why": found.why} if found else {}
