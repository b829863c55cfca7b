"""The page of a run that was moved to the archive: where it is, how it ended, what was tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hub.contacts import reads as contacts
from hub.db.errors import NotFound
from hub.engine import reference
from hub.engine.archiving import reads
from hub.engine.archiving.models import ArchivedRun
from hub.plans.models import Plan, PlanStep
from hub.web.request import HubRequest
from hub.web.templatetags.ui_showing import draw_moment
from hub.web.views.runs import seeing, wording

Facts = list[tuple[str, object]]


def archived_page(request: HubRequest, run_id: UUID) -> HttpResponse:
    """The page of one archived run.

    Raises:
        NotFound: it is not there either, or not this person's to see.
    """
    run = reads.run(request.account.pk, run_id, seeing.scope(request))
    if run is None:
        raise NotFound("There is no such step.")
    step = PlanStep.objects.filter(pk=run.plan_step_id).first()
    context = {
        "run": run,
        "name": step.name if step else run.action_type,
        "plan": Plan.objects.filter(pk=run.plan_id, account=request.account).first(),
        "contact": contacts.labels(request.account, request.viewer, {run.contact_id}).get(run.contact_id, ""),
        "facts": _facts(run),
        "tries": [(one["n"], _facts_of_try(one)) for one in run.tries],
    }
    return render(request, "web/runs/archived.html", context)


def _facts(run: ArchivedRun) -> Facts:
    kept: dict[str, Any] = run.result if isinstance(run.result, dict) else {}
    return [
        (_("Action"), wording.action(run.action_type)),
        (_("Due"), _when(run.due_at)),
        (_("Closed"), _when(run.closed_at)),
        (_("What was said"), run.hold_detail or kept.get("text", "")),
        (_("Reference at the vendor"), reference.at_the_vendor(run, (one.get("key", "") for one in run.tries))),
        (_("Vendor's own id"), kept.get("reference", "")),
        (_("Costs money"), _cost(run)),
        *_let_go(kept),
        (_("In the archive since"), _when(run.archived_at)),
    ]


def _cost(run: ArchivedRun) -> str:
    if not run.effect_class:
        return _("nothing was sent")
    return _("yes") if run.costly else _("no")


def _let_go(kept: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Who let it go past a guard, and when."""
    for one in kept.get("let_go", []):
        yield _("Let go although it was sent lately"), f"{one['by']}, {_when(datetime.fromisoformat(one['at']))}"


def _facts_of_try(one: dict[str, Any]) -> Facts:
    return list(_told(one))


def _told(one: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for label, name in ((_("Written down, then sent"), "intent_at"), (_("Ended"), "ended_at")):
        yield label, _when(datetime.fromisoformat(one[name])) if name in one else ""
    yield _("Outcome"), wording.outcome(one.get("outcome", ""))
    for label, name in (
        (_("Verdict"), "verdict"), (_("HTTP status"), "http_status"), (_("Said"), "detail"),
        (_("Vendor's own id"), "vendor_id"), (_("Plugin version"), "plugin_version"),
    ):  # fmt: skip
        yield label, one.get(name, "")


def _when(moment: datetime | None) -> str:
    return draw_moment(moment, "full") if moment else ""
