"""Records that were pushed enter where imported ones do: at the account's mappings, then at the door of the contacts."""

from __future__ import annotations

from collections.abc import Sequence

from hub.addons.mappings import reading
from hub.arrivals.models import Arrival
from hub.audit.actor import Actor
from hub.contacts import intake, lists
from hub.contacts.incoming import Intake, Policy
from hub.core.records import Record
from hub.db.errors import Problem
from hub.imports.vendor import placing, reads
from hub.imports.vendor.placing import InForce, Placed
from hub.plans import enrollment
from hub.plans.models import Enrollment, Plan, PlanKind


def place(row: Arrival, records: Sequence[Record]) -> dict[str, int]:
    """Find or make the contacts and put them on the mapped plans; says how many were made, changed and enrolled."""
    known, by = lists.of(row.account_id), Actor.plugin(row.addon)
    mapped, titles = reading.of(row.account_id, row.addon), reading.titles(row.connection_id, row.addon, records)
    placed = placing.place_all(records, mapped, InForce.of(known), 1, titles)
    people = [one for one in placed if one.person is not None]
    policy = Policy(
        source=row.addon, told_as=row.addon, overwrites=reads.overwrites(row.account_id, row.addon),
        make_lead_sources=False, make_custom_fields=True,
    )  # fmt: skip
    persons = [one.person for one in people if one.person is not None]
    answers = intake.intake_many(row.account_id, persons, by=by, policy=policy, known=known)
    enrolled = sum(_enroll(row, one, answer, by) for one, answer in zip(people, answers, strict=True))
    outcomes = [answer.outcome for answer in answers]
    return {"created": outcomes.count("created"), "updated": outcomes.count("updated"), "enrolled": enrolled,
            "skipped": len(placed) - len(people), "broken": outcomes.count("broken")}  # fmt: skip


def _enroll(row: Arrival, one: Placed, answer: Intake, by: Actor) -> int:
    """Who was ever on a plan is left alone, so the same record may come as often as it likes."""
    if answer.contact_id is None or answer.outcome not in ("created", "updated", "unchanged"):
        return 0
    return sum(_put_on(row, plan_id, answer.contact_id, by) for plan_id in one.plan_ids)


def _put_on(row: Arrival, plan_id: int, contact_id: int, by: Actor) -> int:
    plan = Plan.objects.select_related("account").filter(account=row.account_id, pk=plan_id, kind=PlanKind.PLAN).first()
    if plan is None or Enrollment.objects.filter(plan=plan, contact_id=contact_id).exists():
        return 0
    try:
        return enrollment.enroll(plan, [contact_id], by=by, token=f"arrival-{row.pk}-{plan_id}-{contact_id}").enrolled
    except Problem:
        return 0  # the plan is not ready, or not for this contact: they are here all the same
