"""After a restore: what may have been sent since the backup is not sent again by itself.

A backup shows the past. Between it and now, a hub whose rows are lost may have carried out every step that has come due since,
and the steps after it. So each open run that may have been begun is put before a person (:func:`begin`), and its enrollment is
*in doubt*: when the person has settled the run, the next step is put before them too, if it can have been due before the restore;
the first that cannot be ends the doubt (:func:`judge`). A step that was due later than the restore is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Greatest

from hub.engine.models import Doubt, Worker
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.plans.models import OPEN, Enrollment, StepRun
from hub.plans.scheduling import EnrollmentEnd, NewRun

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


def earliest_end(due_at: datetime | None, now: datetime) -> datetime:
    """When a run in doubt may have been closed at the earliest: when it was due."""
    return min(due_at, now) if due_at else now


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
