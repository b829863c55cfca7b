"""What is told about a settled run: a line in the contact's history, and a notification where somebody should know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core import redact
from hub.dispatch.classify import Wire
from hub.dispatch.ledger import Settlement
from hub.dispatch.machine import Move
from hub.dispatch.states import HELD_BY_WORKER, State
from hub.engine import recipients
from hub.events import changes as events
from hub.events import kinds as event_kinds
from hub.events.changes import NewEvent
from hub.history import changes as history
from hub.history import cleaning
from hub.history.changes import NewNote
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.plans.models import PlanKind, PlanStep

KINDS = {
    State.DONE: "step.done", State.FAILED: "step.failed", State.HELD: "step.held", State.UNKNOWN: "step.unknown",
    State.REVIEW: "step.review", State.SKIPPED: "step.skipped", State.CANCELLED: "step.cancelled",
    State.SCHEDULED: "step.retrying",
}  # fmt: skip
"""State → the kind of note."""

QUIET = frozenset({"rate", "retries", ""})
"""Waiting for a vendor's rate or for one's turn to be tried again, or a short wait nobody asked about, is not worth a line."""


def tell(settlements: Sequence[Settlement], now: datetime, late: frozenset[UUID]) -> None:
    """Notes and notifications for a group of settled runs."""
    history.add_many(_note(s, now, s.job.run_id in late) for s in settlements if _is_worth_a_note(s))
    _notify([s for s in settlements if _wants_notice(s)], now)
    events.tell_many(_event(s, now, s.job.run_id in late) for s in settlements if _is_heard(s))


def _is_heard(settlement: Settlement) -> bool:
    """Zero is nobody; None has not been asked yet."""
    run = settlement.job.extra.run
    return settlement.move.to is State.DONE and run.hears != 0 and run.kind == PlanKind.PLAN


def _event(settlement: Settlement, now: datetime, late: bool) -> NewEvent:
    run, end = settlement.job.extra.run, settlement.conclusion
    about = {"note": cleaning.text(_text(settlement, late))[:2000], "reference": end.reference[:200] if end else ""}
    return NewEvent(
        run.account_id, event_kinds.STEP_DONE, run.contact_id, run.enrollment_id, run.id, about, now,
        events.uid_of(event_kinds.STEP_DONE, run.id),
    )  # fmt: skip


def _is_worth_a_note(settlement: Settlement) -> bool:
    move = settlement.move
    if move.to is State.SCHEDULED:
        return bool(settlement.conclusion) and move.code not in ("rate", "retries") and bool(move.sentence)
    if move.to is State.UNKNOWN:
        return settlement.job.standing.state is not State.UNKNOWN
    return True


def _note(settlement: Settlement, now: datetime, late: bool) -> NewNote:
    job, run = settlement.job, settlement.job.extra.run
    data: dict[str, Any] = {
        "step": job.step_name,
        "plan": job.plan,
        "addon": run.addon,
        "text": _text(settlement, late),
    }
    if run.kind == PlanKind.TEST:
        data["test"] = True
    if _is_unsent(settlement):
        data["unsent"] = True
    if settlement.move.code:
        data["reason"] = settlement.move.code
    if settlement.empty_tokens:
        data["empty_tokens"] = ", ".join(settlement.empty_tokens)
    if settlement.conclusion and settlement.conclusion.reference:
        data["reference"] = settlement.conclusion.reference[:200]
    kind = KINDS[settlement.move.to]
    return NewNote(run.account_id, run.contact_id, kind, data, job.run_id, run.enrollment_id, at=now)


def _is_unsent(settlement: Settlement) -> bool:
    """A person is asked, and it is known that no irreversible request is out: neither from this try nor from an earlier one."""
    before, move, end = settlement.job.standing, settlement.move, settlement.conclusion
    if move.to is not State.REVIEW or before.open_attempts or move.open_attempts:
        return False
    if end is None:  # nobody called the plugin: it was stopped before, or its worker died before
        return before.state is State.CLAIMED
    return before.state in HELD_BY_WORKER and end.wire in (Wire.NONE, Wire.NOT_SENT)


def _text(settlement: Settlement, late: bool) -> str:
    """The outcome's own words; for what was done, the note the plugin wrote."""
    end, move = settlement.conclusion, settlement.move
    if late:
        return f"It had been done: {getattr(end.outcome, 'note', '') if end else ''}".rstrip(": ")
    if move.to is State.DONE and end is not None:
        return getattr(end.outcome, "note", "") or ""
    return move.sentence


def _wants_notice(settlement: Settlement) -> bool:
    """As the step says, and always when a person must decide."""
    move, notify = settlement.move, settlement.job.extra.step.notify
    if move.to is State.REVIEW:
        return True
    if move.to is State.FAILED:
        return bool(notify != PlanStep.Notify.NONE)
    return move.to is State.DONE and bool(notify == PlanStep.Notify.ALWAYS)


def _notify(settlements: Sequence[Settlement], now: datetime) -> None:
    if not settlements:
        return
    whom = recipients.of({(s.job.extra.run.account_id, s.job.contact.assigned_user) for s in settlements})
    notifications.tell_many(notice for s in settlements for notice in _notices(s, whom, now))


def _notices(settlement: Settlement, whom: recipients.Table, now: datetime) -> Iterable[NewNotification]:
    job, run, move = settlement.job, settlement.job.extra.run, settlement.move
    data = {"step": job.step_name, "plan": job.plan, "contact": job.contact.full_name, "text": _words(move)}
    for user_id in whom[run.account_id, job.contact.assigned_user]:
        url = f"/a/{run.account_id}/contacts/{run.contact_id}"
        yield NewNotification(run.account_id, user_id, KINDS[move.to], data, url, now)


def _words(move: Move) -> str:
    return redact.cut(move.sentence, 500)
