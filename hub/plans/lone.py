"""One step by itself: tried on a contact before its plan is used, or asked for by the API.

The engine carries out runs of plan steps, and nothing else may send. So a step by itself gets a plan of its own, with one
version, one step and one enrollment, which no list, count or event knows of (:class:`~hub.plans.models.PlanKind`,
``docs/decisions/lone-steps.md``). Claim, intent, rates, breaker, ledger and history are those of every other step.

A *test* counts nowhere but with the vendor: its limits of rate and spending are real. It is about now, so it keeps no hours and
is passed over where it could not start within :data:`TEST_WAITS`. What is asked for by itself (*lone*) is a real step: it waits
for its cause like any other, and its run stands in the lists of runs.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.plans import effect_key, run_ids, versions
from hub.plans.drafting import StepDraft
from hub.plans.hours import AnyTime
from hub.plans.models import Enrollment, EnrollmentBatch, Plan, PlanKind, PlanStep, PlanVersion, StepRun
from hub.plans.timing import Immediately

TEST_WAITS = 1
"""Hours. A test that was held so long surprises whoever finds it done."""

NOT_TESTS = ~Q(kind=PlanKind.TEST)
"""Runs that count."""


def start(
    account: Account,
    step: StepDraft,
    contact_id: int,
    *,
    kind: PlanKind,
    plan_name: str,
    by: Actor,
    now: datetime,
    token: str = "",
    due: datetime | None = None,
) -> UUID:
    """Let one step run for one contact, now. Ring for it after the commit.

    Args:
        step: its settings are checked by the caller; its timing, condition, hours and notification are left out.
        plan_name: what ``{{client.actionPlan}}`` and the history say.
        token: of the request; with the same one nothing is done twice.
        due: not now, but then.

    Returns:
        The run's id.
    """
    word = f"{kind}-{token}"[:64] if token else f"{kind}-{uuid.uuid4().hex}"
    try:
        with transaction.atomic():
            return before(account, word) or _start(
                account, bare(step, kind), contact_id, kind, plan_name, by, now, word, due or now
            )
    except IntegrityError:  # the same request, at the same moment
        found = before(account, word)
        assert found is not None  # what stood in the way is there
        return found


def before(account: Account, word: str) -> UUID | None:
    """The run that this request has made already."""
    report = EnrollmentBatch.objects.filter(account=account, token=word).values_list("report", flat=True).first()
    return UUID(report["run"]) if report else None


def bare(step: StepDraft, kind: PlanKind) -> StepDraft:
    """The step without what binds it to its plan."""
    now = {
        "timing": Immediately(),
        "notify": "none",
        "only_if": None,
        "hours": None,
        "late_hours": None,
        "when_late": "ask",
    }
    if kind == PlanKind.TEST:
        now |= {"hours": AnyTime(), "late_hours": TEST_WAITS, "when_late": "skip"}
    return step.model_copy(update=now)


def _start(
    account: Account,
    step: StepDraft,
    contact_id: int,
    kind: PlanKind,
    plan_name: str,
    by: Actor,
    now: datetime,
    word: str,
    due: datetime,
) -> UUID:
    who, run_id = by.label[:200], run_ids.new(now)
    plan = Plan.objects.create(account=account, name=plan_name[:120], kind=kind, created_at=now)
    version = PlanVersion.objects.create(
        plan=plan, number=1, state=PlanVersion.State.READY, made_by=who, made_at=now, saved_by=who, saved_at=now,
        ready_at=now,
    )  # fmt: skip
    versions.write_steps(version, [step])
    batch = EnrollmentBatch.objects.create(
        account=account, plan=plan, version=version, token=word, started_by=who, at=now, report={"run": str(run_id)}
    )
    enrolled = Enrollment.objects.create(
        account=account, plan=plan, version=version, batch=batch, contact_id=contact_id, started_at=now, started_by=who
    )
    _run(run_id, enrolled, version.steps.get(), kind, now, due)
    verb = "tested" if kind == PlanKind.TEST else "asked_for"
    data = {"step": step.name, "action_type": step.action_type, "contact": contact_id, "run": str(run_id)}
    record(verb, "step", run_id, by=by, account_id=account.pk, data=data)
    return run_id


def _run(run_id: UUID, enrolled: Enrollment, step: PlanStep, kind: PlanKind, now: datetime, due: datetime) -> None:
    key = effect_key.of(enrolled.account_id, step.action_type, enrolled.contact_id, enrolled.pk, step.key)
    StepRun.objects.create(
        id=run_id, account_id=enrolled.account_id, enrollment=enrolled, contact_id=enrolled.contact_id, plan_step=step, seq=0,
        action_type=step.action_type, addon=step.addon, kind=kind, due_at=due, effect_key=key, created_at=now,
    )  # fmt: skip
