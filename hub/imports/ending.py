"""How an import ends: done, failed, or checked; and what follows from it."""

from __future__ import annotations

from django.db.models import QuerySet

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import lists
from hub.contacts.bulk import whose
from hub.contacts.models import Contact
from hub.db import clock, counting
from hub.db.errors import Problem
from hub.imports.models import Import, ImportPage
from hub.imports.options import Options
from hub.notifications.changes import NewNotification, tell_many
from hub.plans import enrollment
from hub.plans.models import Plan


def finish(row: Import) -> None:
    """Nothing is left to read: the dry run is told as such, an import starts its plan and tells who started it."""
    if row.state == Import.State.CHECKING:
        close(row, Import.State.CHECKED)
        return
    row.problem = f"{_not_given(row)} {_start_plan(row)}".strip()[:500]
    close(row, Import.State.DONE)
    tell(row, "import.done", f"{summary(row.counts)} {row.problem}".strip())


def fail(row: Import, problem: str) -> None:
    """It cannot go on. What was taken in stays, and the sentence says so where it matters."""
    row.problem = problem[:500]
    close(row, Import.State.FAILED)
    tell(row, "import.failed", row.problem)


def summary(counts: dict[str, int], nothing: str = "The file had no rows.") -> str:
    """What became of the rows, in one sentence; ``nothing`` where there were none."""
    parts = [
        ("created", "new"),
        ("updated", "updated"),
        ("unchanged", "unchanged"),
        ("archived", "archived"),
        ("broken", "not usable"),
    ]
    told = [f"{counts[name]:,} {word}" for name, word in parts if counts.get(name)]
    return f"{', '.join(told)}." if told else nothing


def taken_ids(import_id: int, created: bool = True, matched: bool = True) -> list[int]:
    """The ids of the contacts that an import made or met, each once, in order."""
    found: dict[int, None] = {}
    for made, met in (
        ImportPage.objects.filter(of_id=import_id).order_by("number").values_list("created_ids", "matched_ids")
    ):
        found |= dict.fromkeys([*(made if created else ()), *(met if matched else ())])
    return list(found)


def close(row: Import, state: Import.State) -> None:
    """Write down that it ended so."""
    row.state, row.ended_at, row.lease_until = state, clock.now(), None
    row.save(update_fields=["state", "ended_at", "lease_until", "problem", "waits", "counts"])
    counting.add("hub_imports_ended_total", state=str(state))
    record(
        str(state),
        "import",
        row.pk,
        by=Actor(**row.by),
        account_id=row.account_id,
        data={"name": row.name, **row.counts},
    )


def _not_given(row: Import) -> str:
    """What everybody was to get and could not, because it went from its list meanwhile."""
    _options, gone = Options.model_validate(row.options).among(lists.of(row.account_id))
    told = "The {name} that everybody was to get is on no list any more; whoever came without one has none."
    return " ".join(told.format(name=name) for name in gone)


def _start_plan(row: Import) -> str:
    """Put everybody on the plan that was asked for; the answer is the sentence that says why not, or nothing."""
    plan_id = Options.model_validate(row.options).plan_id
    if plan_id is None:
        return ""
    plan = Plan.objects.select_related("account").filter(account_id=row.account_id, pk=plan_id).first()
    if plan is None:
        return "The contacts were not put on the plan: it is gone."
    try:
        whose.viewer_for(row, "plans.use")
        report = enrollment.enroll(plan, _taken(row), by=Actor(**row.by), token=f"import-{row.pk}")
    except Problem as problem:
        return f"The contacts were not put on plan “{plan.name}”: {problem.sentence}"
    row.counts["enrolled"] = report.enrolled
    return ""


def _taken(row: Import) -> list[int] | QuerySet[Contact]:
    return taken_ids(row.pk)


def tell(row: Import, kind: str, text: str) -> None:
    """Tell the person who began it."""
    if row.by.get("kind") == "person" and str(row.by.get("id", "")).isdigit():
        data = {"name": row.name, "text": text}
        tell_many(
            [
                NewNotification(
                    row.account_id, int(row.by["id"]), kind, data, url=f"/a/{row.account_id}/imports/{row.pk}"
                )
            ]
        )
