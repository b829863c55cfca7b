"""Action plans by API: which there are, putting a contact on one and taking it off, and what its steps did."""

from __future__ import annotations

from ninja import Router

from hub.api.door import Answered, operation
from hub.api.paging import Cursor, Limit, PathId
from hub.api.request import ApiRequest
from hub.api.shapes import plans as shapes
from hub.contacts import reads as contacts
from hub.contacts.models import Contact
from hub.db import paging, scoping
from hub.engine import reads as runs
from hub.plans import enrollment, reads, stopping
from hub.plans.models import Enrollment, Plan
from hub.plans.visibility import visible

router = Router()

NO_REASON = shapes.StopRequest()
"""What a call without a body says."""


@operation(router, "GET", "/plans", "plans.read", "read plans by API", answers={200: shapes.PlanPage}, tag="Plans")
def list_plans(request: ApiRequest, cursor: Cursor = None, limit: Limit = 50) -> shapes.PlanPage:
    """The account's action plans, by name. Private plans are their owners' and are not listed."""
    page = paging.page(reads.plans(request.account, request.plan_viewer), cursor, limit, ("name", "id"))
    return shapes.PlanPage(plans=[shapes.plan(line) for line in reads.lines(page.rows)], next=page.next)


@operation(
    router, "POST", "/enrollments", "plans.enroll", "put contacts on plans by API",
    answers={201: shapes.EnrollmentMade, 200: shapes.EnrollmentMade}, tag="Plans",
)  # fmt: skip
def enroll(request: ApiRequest, body: shapes.NewEnrollment) -> Answered:
    """Put a contact on a plan. Answers 201 when it starts, 200 with the reason when it does not."""
    plan = reads.get(request.account, request.plan_viewer, body.plan_id)
    contact = contacts.get(request.account, request.viewer, body.contact_id)
    report = enrollment.enroll(plan, [contact.pk], by=request.actor, now=request.now, only_complete=body.only_complete)
    made = _latest(request, contact, plan)
    if report.enrolled:
        return Answered(201, shapes.EnrollmentMade(outcome="enrolled", enrollment=made))
    why = next(iter(report.skipped), "running")
    return Answered(200, shapes.EnrollmentMade(outcome=why, enrollment=made))


@operation(
    router, "GET", "/contacts/{contact_id}/enrollments", "enrollments.list", "see by API which plans a contact is on",
    answers={200: shapes.Enrollments}, tag="Plans",
)  # fmt: skip
def list_enrollments(request: ApiRequest, contact_id: PathId) -> shapes.Enrollments:
    """What a contact is and was on, newest first, fifty at most."""
    contact = contacts.get(request.account, request.viewer, contact_id)
    return shapes.Enrollments(enrollments=_enrollments(request, contact))


@operation(
    router, "POST", "/enrollments/{enrollment_id}/stop", "plans.stop", "take contacts off plans by API",
    answers={200: shapes.EnrollmentStopped}, tag="Plans",
)  # fmt: skip
def stop_enrollment(
    request: ApiRequest, enrollment_id: PathId, body: shapes.StopRequest = NO_REASON
) -> shapes.EnrollmentStopped:
    """Take a contact off a plan. Steps that wait are cancelled; one that is being sent comes to its own end."""
    rows = Enrollment.objects.filter(plan__in=visible(Plan.objects.all(), request.plan_viewer))
    found = scoping.get(rows, request.account, enrollment_id)
    contacts.get(request.account, request.viewer, found.contact_id)
    done = stopping.stop(request.account, [found.pk], reason=body.reason, by=request.actor, now=request.now)
    return shapes.EnrollmentStopped(
        stopped=bool(done.stopped), cancelled_steps=done.cancelled, steps_being_sent=done.being_sent
    )


@operation(
    router, "GET", "/contacts/{contact_id}/runs", "runs.read", "read step runs by API",
    answers={200: shapes.RunPage}, tag="Plans",
)  # fmt: skip
def list_runs(request: ApiRequest, contact_id: PathId, cursor: Cursor = None, limit: Limit = 50) -> shapes.RunPage:
    """What the steps of a contact's plans did and wait for, newest first. Those closed long ago are told in the notes."""
    contact = contacts.get(request.account, request.viewer, contact_id)
    rows = runs.runs(request.account.pk, runs.RunQuery(contact_id=contact.pk))
    rows = rows.filter(enrollment__plan__in=visible(Plan.objects.all(), request.plan_viewer))
    page = paging.page(rows, cursor, limit, ("-id",))
    return shapes.RunPage(runs=[shapes.run(row) for row in page.rows], next=page.next)


def _enrollments(request: ApiRequest, contact: Contact) -> list[shapes.EnrollmentOut]:
    lines = reads.enrollments_of(request.account, contact.pk)
    ids = {line.plan.pk for line in lines}
    seen = set(visible(Plan.objects.filter(pk__in=ids), request.plan_viewer).values_list("pk", flat=True))
    return [shapes.enrollment(line) for line in lines if line.plan.pk in seen]


def _latest(request: ApiRequest, contact: Contact, plan: Plan) -> shapes.EnrollmentOut | None:
    return next((one for one in _enrollments(request, contact) if one.plan.id == plan.pk), None)
