"""Putting the people of a page on the plans that the mappings name: who is new here, and who never was on that plan.

Whoever is on a plan, finished it or was taken off it is left alone, so the same import may come as often as it likes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hub.audit.actor import Actor
from hub.contacts.incoming import Intake
from hub.db.errors import Problem
from hub.imports.models import Import
from hub.imports.vendor.placing import Placed
from hub.plans import enrollment
from hub.plans.models import Enrollment, Plan

Told = Iterable[tuple[Placed, Intake]]


def token(import_id: int, page: int | None = None, plan_id: int | None = None) -> str:
    """The request of one page and plan; without them, what all requests of an import begin with."""
    return f"import-{import_id}-" + (f"{page}-{plan_id}" if page is not None else "")


def enroll(row: Import, told: Told, *, by: Actor) -> None:
    """Enrol everybody of the page; what cannot be done is written on the import, once for each plan."""
    for plan_id, (_new, ids) in sorted(_meant(told).items()):
        plan = Plan.objects.select_related("account").filter(account_id=row.account_id, pk=plan_id).first()
        never = _never_on(plan_id, ids)
        if not never:
            continue
        if plan is None:
            _refused(row, plan_id, "A plan that the mappings name is gone.")
            continue
        try:
            report = enrollment.enroll(plan, never, by=by, token=token(row.pk, row.page, plan_id))
        except Problem as problem:
            _refused(row, plan_id, problem.sentence)
            continue
        row.counts["enrolled"] = row.counts.get("enrolled", 0) + report.enrolled


def count(row: Import, told: Told) -> None:
    """How many a dry run would put on plans. Those who would be made have no id yet."""
    for plan_id, (new, ids) in _meant(told).items():
        would = new + len(_never_on(plan_id, ids))
        row.counts["enrolled"] = row.counts.get("enrolled", 0) + would


def _meant(told: Told) -> dict[int, tuple[int, set[int]]]:
    """Plan → how many have no id, and the ids of the others."""
    unborn: defaultdict[int, int] = defaultdict(int)
    ids: defaultdict[int, set[int]] = defaultdict(set)
    for placed, answer in told:
        if answer.outcome not in ("created", "updated", "unchanged"):
            continue
        for plan_id in placed.plan_ids:
            if answer.contact_id is None:
                unborn[plan_id] += answer.created
            else:
                ids[plan_id].add(answer.contact_id)
    return {plan_id: (unborn[plan_id], ids[plan_id]) for plan_id in {*unborn, *ids}}


def _never_on(plan_id: int, ids: set[int]) -> list[int]:
    if not ids:
        return []
    been = Enrollment.objects.filter(plan_id=plan_id, contact_id__in=ids).values_list("contact_id", flat=True)
    return sorted(ids - set(been))


def _refused(row: Import, plan_id: int, sentence: str) -> None:
    row.mapping = row.mapping | {"refused": row.mapping.get("refused", {}) | {str(plan_id): sentence}}
