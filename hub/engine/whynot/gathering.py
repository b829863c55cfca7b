"""Reading what the chain looks at.

The gate's and the machine's facts come through :func:`hub.engine.jobs.load`, the worker's own loader, so the chain cannot know
another world than the worker does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import installed
from hub.addons.oauth.keeping import SqlKeeper
from hub.core.guard import Failed, limited
from hub.core.registry import Claim
from hub.db import sealing
from hub.db.errors import Conflict
from hub.dispatch import binding
from hub.dispatch.gate import GateFacts, Hold
from hub.dispatch.grant_moves import Over
from hub.dispatch.ledger import Job
from hub.engine import doorway, identity, jobs
from hub.engine.archiving.models import ArchivedRun
from hub.engine.claim import COLUMNS, Claimed
from hub.engine.models import Worker
from hub.engine.whynot import guarding, holding, turns
from hub.engine.whynot.facts import Before, Facts, Going, On, PlanFacts, Run, Turn, Work
from hub.engine.whynot.link import Subject
from hub.history.models import Note
from hub.plans import conditions, earlier, enrollment, expecting, going_on, moments, opening, sleeping, whereabouts
from hub.plans.endings import Earlier
from hub.plans.loading import LoadedVersion, load_versions
from hub.plans.models import IN_FLIGHT, Enrollment, EnrollmentBatch, Plan, PlanVersion, StepRun
from hub.plans.whereabouts import NOBODY

IN_HAND = (StepRun.State.CLAIMED, StepRun.State.CALLING)
ASKED_BY_THE_GATE = (StepRun.State.SCHEDULED, StepRun.State.HELD)
"""In any other state the chain has its answer before it comes to the gate."""


def gather(subject: Subject, account: Account, plan: Plan, now: datetime, at: datetime) -> Facts:
    """Everything about one contact, one step and one moment that has not gone by."""
    enrolled = latest(plan, subject.contact_id)
    if enrolled is None:
        return Facts(subject, at, now, _plan(plan, subject.contact_id, enrolled, now))
    version = load_versions([enrolled.version_id])[enrolled.version_id]
    run = run_of(enrolled, version, subject)
    moved = _archived(enrolled, version, subject) if run is None else None
    about = replace(subject, run_id=(run.pk if run else None) or (moved.id if moved else None))
    asked = run is not None and run.state in ASKED_BY_THE_GATE
    going = holding.going(run, account, now) if run and asked else None
    job = jobs.load([_claimed(run, going)])[0] if run and asked else None
    return Facts(
        about, at, now,
        plan=_plan(plan, subject.contact_id, enrolled, now),
        on=on(enrolled, version, subject),
        before=None if run or moved else _before(enrolled, version, subject, account, plan, now),
        run=_run(run, job, going, account, now, at) if run else moved,
        work=_work(run, job, account, at) if run and job else None,
    )  # fmt: skip


def latest(plan: Plan, contact_id: int) -> Enrollment | None:
    """The contact's latest time on the plan."""
    return Enrollment.objects.filter(plan=plan, contact_id=contact_id).order_by("-occurrence").first()


def run_of(enrolled: Enrollment, version: LoadedVersion, subject: Subject) -> StepRun | None:
    """The step's newest run: what was tried again has another."""
    ids = [step.id for step in version.steps if step.key == subject.step_key]
    return StepRun.objects.filter(enrollment=enrolled, plan_step_id__in=ids).order_by("-created_at").first()


def _archived(enrolled: Enrollment, version: LoadedVersion, subject: Subject) -> Run | None:
    """The step's run where it was moved because it has been over for long."""
    ids = [step.id for step in version.steps if step.key == subject.step_key]
    rows = ArchivedRun.objects.filter(enrollment_id=enrolled.pk, plan_step_id__in=ids).order_by("-created_at")
    row = rows.first()
    if row is None:
        return None
    return Run(
        row.pk,
        row.state,
        row.due_at,
        row.hold_reason,
        row.hold_detail,
        closed_at=row.closed_at,
        result=_text(row.result),
    )


def _text(result: object) -> str:
    return str(result.get("text", "")) if isinstance(result, dict) else ""


def on(enrolled: Enrollment, version: LoadedVersion, subject: Subject) -> On:
    """How the contact stands on the plan."""
    told = Note.objects.filter(contact_id=enrolled.contact_id, enrollment_id=enrolled.pk, kind="plan.stopped")
    return On(
        enrolled.state, enrolled.started_at, enrolled.started_by, enrolled.ended_at, enrolled.end_reason,
        told.order_by("-id").values_list("actor_label", flat=True).first() or "", version.number,
        any(step.key == subject.step_key for step in version.steps),
    )  # fmt: skip


def _plan(plan: Plan, contact_id: int, enrolled: Enrollment | None, now: datetime) -> PlanFacts:
    ready = PlanVersion.objects.filter(plan=plan, state=PlanVersion.State.READY).exists()
    standing = _standing(plan, contact_id, now) if enrolled is None else ""
    circling = enrolled is not None and contact_id in going_on.circles(plan, [contact_id], now)
    batch = EnrollmentBatch.objects.filter(plan=plan).order_by("-pk").first() if enrolled is None else None
    last = (batch.at, batch.started_by) if batch else (None, "")
    return PlanFacts(plan.archived_at, ready, standing, circling, *last)


def _standing(plan: Plan, contact_id: int, now: datetime) -> str:
    """What putting the contact on the plan would come to, as the enrolling counts it."""
    try:
        counts = enrollment.count(plan, [contact_id], now=now)
    except Conflict:
        return ""  # archived or a draft: the chain says so
    return next((word for word in ("archived", "been", "running", "restart", "again") if getattr(counts, word)), "new")


def _before(
    enrolled: Enrollment, version: LoadedVersion, subject: Subject, account: Account, plan: Plan, now: datetime
) -> Before | None:
    """The step that is open in front of this one, and when this one is reckoned to start."""
    rows = StepRun.objects.filter(enrollment=enrolled, closed_at=None).select_related("plan_step")
    run = rows.order_by("seq").first()
    if run is None:
        return None
    person = whereabouts.of([enrolled.contact_id]).get(enrolled.contact_id, NOBODY)
    clock = moments.clock_of(account, version.rules, person)
    behind = expecting.after(run, version, enrolled.started_at, clock, now, sleeping.read(plan.sleeps))
    expected = next((one.at for one in behind if one.step.key == subject.step_key), None)
    return Before(run.pk, run.plan_step.name, run.state, expected, _depends(enrolled, version, subject))


def _depends(enrolled: Enrollment, version: LoadedVersion, subject: Subject) -> str:
    """What the step asks of an earlier one: whether that is open yet, or has passed it over already."""
    only = next((step.only_if for step in version.steps if step.key == subject.step_key), None)
    if only is None or not only.asks:
        return ""
    ended = earlier.of([enrolled.pk])[enrolled.pk].ended
    return conditions.ahead(only, Earlier(ended, {str(step.key): step.name for step in version.steps}))


# --- the run --------------------------------------------------------------------------------------------------------


def _claimed(run: StepRun, going: Going | None) -> Claimed:
    """The run as the claiming statement would return it, but for its fence and its state, which nobody asks here."""
    values = {"id": run.pk, **{name: getattr(run, name) for name in COLUMNS if name != "id"}}
    if going is not None and going.at is not None and run.hold_reason == Hold.BUDGET:
        values["due_at"] = going.at  # the limit, not the step, was late: so it is let go (hub.engine.release)
    return Claimed(**values)


def _run(run: StepRun, job: Job | None, going: Going | None, account: Account, now: datetime, at: datetime) -> Run:
    told = Run(
        run.pk, run.state, run.due_at, run.hold_reason, run.hold_detail, run.held_at, run.closed_at,
        _text(run.result), run.next_check_at, run.worker_no, _lives(run),
    )  # fmt: skip
    if job is None:
        return told
    opens = _opening(job, account, run.due_at) if run.due_at and run.due_at > at else None
    return replace(
        told,
        lets_go=run.state == StepRun.State.HELD and holding.lets_go(run, account, going, now),
        besides=holding.besides(run, job.gate, at),
        going=going,
        stuck=holding.stuck(run, job.gate, at),
        rival=_rival(run),
        opens=opens.at if opens else run.due_at,
        opens_why=opens.why if opens else "",
    )


def _lives(run: StepRun) -> bool:
    if run.state not in IN_HAND:
        return True
    return identity.life_of(Worker.objects.filter(no=run.worker_no or 0).first()).alive


def _rival(run: StepRun) -> str:
    rows = StepRun.objects.filter(enrollment_id=run.enrollment_id, state__in=IN_FLIGHT).exclude(pk=run.pk)
    return rows.values_list("plan_step__name", flat=True).first() or ""


# --- what the worker would know -------------------------------------------------------------------------------------


def _work(run: StepRun, job: Job, account: Account, at: datetime) -> Work:
    claim = job.claim or installed.registry().claim(job.action_type)
    state = doorway.of_run(run)
    return Work(
        gate=_at(job, account, at),
        standing=job.standing,
        effect=job.effect,
        unfit=_unfit(job, claim) if claim else "",
        sign_in=_sign_in(job, state.title),
        turn=turns.asked(run, job, claim.plugin.info, at) if claim else Turn(),
        guards=guarding.asked(run, job, at),
    )


def _at(job: Job, account: Account, at: datetime) -> GateFacts:
    """The gate's facts with the hours asked about this moment."""
    found = _opening(job, account, at)
    return replace(job.gate, opens_at=found.at if found else None, opens_why=found.why if found else "")


def _opening(job: Job, account: Account, at: datetime) -> opening.Opening | None:
    step = job.extra.step
    return opening.of(job.action_type, step.hours, step.rules, step.sleeps, account, job.contact, at)


def _unfit(job: Job, claim: Claim) -> str:
    """Why the step's settings do not fit the plugin's form. Form and tokens are the plugin's code, so they are given a limit."""
    supply = binding.supply_of(job.contact, job.account, installed.registry().token_sets)
    try:
        given = job.step_settings()
        limited(lambda: binding.step(claim.action.settings, given, supply), binding.BadSettings)
    except sealing.SealError:
        return _("What is stored sealed for this step cannot be opened with the keys of this installation.")
    except binding.BadSettings as trouble:
        return _("The step's settings do not fit: {what}.").format(what=trouble)
    except Failed as trouble:
        return _("The plugin's own check of the settings {trouble}.").format(trouble=trouble)
    return ""


def _sign_in(job: Job, title: str) -> str:
    if job.sign_in is None or job.connection_id is None:
        return ""
    held = SqlKeeper(job.connection_id, title).load()
    return held.sentence if isinstance(held, Over) else ""
