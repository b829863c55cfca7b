"""After a restore: what may have been sent since the backup is not sent again by itself.

A backup shows the past. Between it and now, a hub whose rows are lost may have carried out every step that has come due since,
and the steps after it. So each open run that may have been begun is put before a person (:func:`begin`), and its enrollment is
*in doubt*: when the person has settled the run, the next step is put before them too, if it can have been due before the restore;
the first that cannot be ends the doubt (:func:`judge`). Where the plan ends and another follows it, the same is asked of that
one's first step (:func:`next_plan`). A step that was due later than the restore is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Greatest

from hub.engine.claim import Claimed
from hub.engine.models import Doubt, Worker
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.plans import moments, scheduling, whereabouts
from hub.plans.models import OPEN, Enrollment, StepRun
from hub.plans.scheduling import EnrollmentEnd, NewRun
from hub.plans.whereabouts import NOBODY

CODE = "restored"
"""The reason these runs wait for, as in ``hold_reason``."""

MARGIN = timedelta(minutes=5)
"""The lost hub's clock may have been ahead of ours."""

BATCH = 1_000

SENTENCE = (
    "The hub was restored from a backup of {made}. This step may have been carried out since then, and the record of it is lost. "
    "Look at the vendor, then choose “It happened”, “It did not” or “Send again”."
)


def begin(made: datetime, now: datetime) -> int:
    """Put every run that may have been begun since ``made`` before a person. Says how many. Call it on the restored rows.

    No worker may live. The caller opens the transaction.
    """
    until, sentence = now + MARGIN, SENTENCE.format(made=f"{made:%Y-%m-%d %H:%M} UTC")
    runs = StepRun.objects.filter(state__in=OPEN).exclude(Q(state=StepRun.State.SCHEDULED, due_at__gt=until))
    ids = list(runs.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        _put_before_a_person(ids[start : start + BATCH], until, sentence, now)
    Worker.objects.filter(ended_at=None).update(ended_at=now)
    return len(ids)


def _put_before_a_person(ids: Sequence[UUID], until: datetime, sentence: str, now: datetime) -> None:
    runs = StepRun.objects.filter(pk__in=ids)
    rows = list(runs.select_related("plan_step", "enrollment__plan"))
    runs.update(
        state=StepRun.State.REVIEW, fence=F("fence") + 1, worker_no=None, lease_until=None, hold_reason=CODE,
        hold_detail=sentence, held_at=now, open_attempts=Greatest(F("open_attempts"), 1), unknown_at=None,
        next_check_at=None, cancel_requested_at=None,
    )  # fmt: skip
    enrollments = {run.enrollment_id for run in rows}
    Doubt.objects.bulk_create([Doubt(enrollment_id=pk, until=until) for pk in enrollments], ignore_conflicts=True)
    Doubt.objects.filter(enrollment_id__in=enrollments).update(until=until)
    history.add_many(_note(run, sentence, now) for run in rows)


@dataclass(frozen=True, slots=True)
class Times:
    """Of a run in doubt that has just been closed."""

    due_at: datetime | None
    created_at: datetime
    enrolled_at: datetime


def earliest_end(run: Times, until: datetime, now: datetime) -> datetime:
    """When a run in doubt may have been closed at the earliest, in the hub that is lost: when it was due.

    One that was tried again since the restore has another time by now. Then it counts when it was written down; and of one that
    was written down since, too, only that the contact was on the plan.

    Args:
        until: when the backup was restored, as :class:`~hub.engine.models.Doubt` has it.
    """
    known = (run.due_at or run.created_at, run.created_at, run.enrolled_at)
    return min(now, next((moment for moment in known if moment <= until - MARGIN), run.enrolled_at))


def judge(item: NewRun, before: NewRun | EnrollmentEnd, until: datetime) -> StepRun:
    """The row of a next step.

    Args:
        item: as it is due if nothing happened before now.
        before: as it would have been due in the hub that is lost, at the earliest.
        until: when the backup was restored.
    """
    if isinstance(before, NewRun) and before.due_at <= until:
        row = before.row()
        row.state, row.hold_reason, row.held_at = StepRun.State.REVIEW, CODE, item.created_at
        row.hold_detail, row.open_attempts = SENTENCE.format(made="an earlier moment"), 1
        return row
    Doubt.objects.filter(enrollment_id=item.enrollment_id).delete()
    return item.row()


def next_plan(plan_id: int, contact_id: int, earliest: datetime, until: datetime, now: datetime) -> None:
    """A contact came to the end of a plan in doubt, and has just been put on the next one. The hub that is lost may have done so
    before, and have sent the first step.

    Args:
        earliest: when the plan in doubt may have ended at the earliest.
    """
    begun = StepRun.objects.filter(
        enrollment__plan=plan_id, contact_id=contact_id, seq=0, state=StepRun.State.SCHEDULED, created_at=now
    )
    run = begun.select_related("enrollment", "account").first()
    if run is not None and _first_due(run, earliest) <= until:
        _put_before_a_person([run.pk], until, SENTENCE.format(made="an earlier moment"), now)


def moved(run: Claimed, plan_id: int, now: datetime) -> None:
    """The same of another plan on which a step in doubt has just put its contact, because a person had it carried out again."""
    enrollment = Enrollment.objects.filter(pk=run.enrollment_id).values_list("started_at", flat=True)
    until = Doubt.objects.filter(pk=run.enrollment_id).values_list("until", flat=True).first()
    if until is not None:
        known = Times(run.due_at, run.created_at, enrollment.get())
        next_plan(plan_id, run.contact_id, earliest_end(known, until, now), until, now)


def _first_due(run: StepRun, enrolled_at: datetime) -> datetime:
    """When the first step would have been due for a contact who was put on the plan then."""
    version = scheduling.load_versions([run.enrollment.version_id])[run.enrollment.version_id]
    person = whereabouts.of([run.contact_id]).get(run.contact_id, NOBODY)
    return scheduling.due_of_first(version, enrolled_at, moments.clock_of(run.account, version.rules, person))


def forget_ended() -> int:
    """Doubt about enrollments that have ended means nothing any more."""
    ended = Enrollment.objects.exclude(state=Enrollment.State.RUNNING).values("pk")
    gone, _ = Doubt.objects.filter(enrollment_id__in=ended).delete()
    return gone


def _note(run: StepRun, sentence: str, now: datetime) -> NewNote:
    data = {
        "step": run.plan_step.name,
        "plan": run.enrollment.plan.name,
        "addon": run.addon,
        "text": sentence,
        "reason": CODE,
    }
    return NewNote(run.account_id, run.contact_id, "step.review", data, run.pk, run.enrollment_id, at=now)
