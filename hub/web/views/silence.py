"""The silence alarm on pages: what has gone quiet, beside the plan, the connection and the runs; and muting it with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from hub.accounts.calendars import day_words
from hub.db.errors import Invalid
from hub.plans.models import Plan
from hub.silence import changes, judging, reads
from hub.silence.models import Silence, Watched
from hub.web.entry import page
from hub.web.request import HubRequest, may, require
from hub.web.views.addons import finding as addons
from hub.web.views.plans import finding as plans

DAYS_SHOWN = 14
MOST_SHOWN = 5
"""Above the runs; of more than so many at once the first tell enough."""


@dataclass(frozen=True)
class Told:
    """What is said of a plan or a connection.

    Attributes:
        lasting: the silence that lasts, unless it is muted.
        url: the alarm's own page; ``place`` is the page of what is watched.
        why: where to ask why its steps do not start; empty where nobody can ask there.
    """

    watched: Watched
    name: str
    lasting: Silence | None
    url: str
    place: str
    why: str = ""

    @property
    def title(self) -> str:
        """``Quiet since Mon 2 Mar 2026``."""
        return _("Quiet since {day}").format(day=day_words(self.lasting.since)) if self.lasting else ""


def of_plan(request: HubRequest, plan: Plan) -> Told | None:
    """For the plan's page; None while it has never acted."""
    return _told(request, reads.of_plan(plan.account_id, plan.pk), plan.name)


def of_addon(request: HubRequest, addon: str, title: str) -> Told | None:
    """For the add-on's page."""
    return _told(request, reads.of_addon(request.account, addon), title)


def lasting(request: HubRequest) -> list[Told]:
    """For the runs: what has gone quiet and this person may know of, the oldest silences first."""
    found = reads.all_lasting(request.account)
    known = _known(request, [silence.watched for silence in found])
    told = (_told(request, watched, judging.name_of(watched)) for watched in known)
    return [one for one in told if one is not None][:MOST_SHOWN]


def _known(request: HubRequest, watched: Iterable[Watched]) -> list[Watched]:
    """Without private plans of others, and without connections for who sees no add-ons."""
    rows = list(watched)
    ids = [int(one.key) for one in rows if one.kind == Watched.Kind.PLAN]
    plans_known = set(plans.visible_plans(request).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    addons_known = may(request, "addons.view")
    return [one for one in rows if (int(one.key) in plans_known if one.kind == Watched.Kind.PLAN else addons_known)]


def _told(request: HubRequest, watched: Watched | None, name: str) -> Told | None:
    if watched is None:
        return None
    here = request.account.pk
    why = ""
    if watched.kind == Watched.Kind.PLAN and may(request, "runs.view"):
        why = f"{reverse('why:page', args=[here])}?plan={watched.key}"
    return Told(
        watched, name, reads.lasting(watched), reverse("silence:page", args=[here, watched.pk]), judging.url_of(watched), why
    )  # fmt: skip


@page("runs.view")
def silence_page(request: HubRequest, watched_id: int) -> HttpResponse:
    """The alarm of one plan or connection: how it stands, its latest numbers, its silences so far, and its mute."""
    watched = reads.get(request.account, watched_id)
    name, editable = _open(request, watched)
    if request.method != "POST":
        return _draw(request, watched, name, editable)
    _require_editing(request, watched)
    try:
        if request.POST.get("act") == "unmute":
            changes.unmute(watched, by=request.actor)
        else:
            changes.mute(watched, request.POST.get("reason", ""), by=request.actor)
    except Invalid as problem:
        return _draw(request, watched, name, editable, problem.fields.get("reason", ""), 422)
    messages.success(request, _("Muted.") if watched.muted else _("Its silence is told again."))
    return redirect("silence:page", account_id=request.account.pk, watched_id=watched.pk)


def _open(request: HubRequest, watched: Watched) -> tuple[str, bool]:
    """What it is called, and whether this person may mute it. Raises what the plan's or the add-on's own page raises."""
    if watched.kind == Watched.Kind.PLAN:
        plan = plans.find(request, int(watched.key))
        return plan.name, plans.may_edit(request, plan)
    require(request, "addons.view")
    return addons.entry(request, watched.key).manifest.title, may(request, "addons.edit")


def _require_editing(request: HubRequest, watched: Watched) -> None:
    if watched.kind == Watched.Kind.PLAN:
        plans.find_for_editing(request, int(watched.key))
    else:
        require(request, "addons.edit")


def _draw(
    request: HubRequest, watched: Watched, name: str, editable: bool, trouble: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "told": _told(request, watched, name),
        "name": name,
        "editable": editable,
        "trouble": trouble,
        "typed": request.POST.get("reason", "") if trouble else "",
        "numbers": _numbers(watched),
        "so_far": [(silence, day_words(silence.since)) for silence in reads.so_far(watched)],
    }
    return render(request, "web/silence/page.html", context, status=status)


def _numbers(watched: Watched) -> list[tuple[str, int]]:
    """The latest days with an act, newest first."""
    found: list[tuple[date, int]] = reads.numbers(watched)[-DAYS_SHOWN:]
    return [(day_words(day), number) for day, number in reversed(found)]


app_name = "silence"
urlpatterns = [path("a/<int:account_id>/silence/<int:watched_id>", silence_page, name="page")]
