"""The plans of an account: the list, and what is done to a plan as a whole."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db import paging
from hub.db.errors import Invalid
from hub.plans import changes, reads
from hub.plans.models import Plan
from hub.users.models import User
from hub.web.design.links import Choice, Filter, Link
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest, may, require
from hub.web.views.plans import finding
from hub.web.views.plans.finding import url

COLUMNS = (
    Column(gettext_lazy("Plan")),
    Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("Steps"), kind="number"),
    Column(gettext_lazy("On it"), kind="number"),
    Column(gettext_lazy("Waiting"), kind="number"),
    Column(gettext_lazy("Held"), kind="number"),
    Column(gettext_lazy("For a person"), kind="number"),
    Column(gettext_lazy("Failed"), kind="number"),
    Column(gettext_lazy("Actions"), kind="actions", hide_label=True),
)
ORDER = ("name", "pk")


class PlanForm(StoredForm):
    """Name and rules of a plan. Whose plans may be private, and who may own one, depends on the person."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reenrollment = forms.ChoiceField(
        label=gettext_lazy("May a contact come back?"),
        choices=Plan.Reenrollment.choices,
        initial=Plan.Reenrollment.AFTER_FINISH,
    )
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who sees it"),
        choices=Plan.Visibility.choices,
        initial=Plan.Visibility.PUBLIC,
        widget=forms.RadioSelect,
    )


# --- the list -----------------------------------------------------------------------------------------------------


@page("plans.view")
def plan_list(request: HubRequest) -> HttpResponse:
    """Every plan this person may know of, with its numbers."""
    require(request, "page.plans")
    search, state = request.GET.get("q", "")[:120], request.GET.get("state", "")
    rows = _in_state(finding.visible_plans(request, search=search, archived=state == "archived"), state)
    found = paging.page(rows, request.GET.get("cursor") or None, order=ORDER)
    return render(request, "web/plans/list.html", {
        "lines": reads.lines(found.rows, finding.seen(request)),
        "columns": COLUMNS,
        "page": CursorPage.of(found, rows.count()),
        "query": search,
        "filters": [Filter("state", _("State"), _states(), state)],
        "filtered": bool(search or state),
        "may_create": finding.may_create(request),
    })  # fmt: skip


def _states() -> tuple[Choice, ...]:
    words = (("ready", _("Ready")), ("draft", _("With a draft")), ("mine", _("Private")), ("archived", _("Archived")))
    return tuple(Choice(value, label) for value, label in words)


def _in_state(rows: Any, state: str) -> Any:
    if state in ("ready", "draft"):
        return rows.filter(versions__state=state)
    return rows.filter(visibility=Plan.Visibility.PRIVATE) if state == "mine" else rows


# --- one plan as a whole ------------------------------------------------------------------------------------------


@page("plans.view")
def new(request: HubRequest) -> HttpResponse:
    """A new plan with an empty draft, and on to the editor."""
    require(request, "plans.edit" if may(request, "plans.edit") else "plans.create_own")
    form = PlanForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            plan = changes.create_plan(
                request.account,
                form.cleaned_data.pop("name"),
                by=request.actor,
                owner=_me(request),
                **form.cleaned_data,
            )
            return redirect(url("edit", plan))
        except Invalid as problem:
            show_errors(form, problem)
    trail = [Link(_("Plans"), reverse("plans:list", args=[request.account.pk])), Link(_("New plan"), "")]
    given = {"form": form, "trail": trail, "verb": _("Create plan"), "title": _("New plan")}
    return render(request, "web/plans/details.html", given, status=422 if form.errors else 200)


@page("plans.view")
def details(request: HubRequest, plan_id: int) -> HttpResponse:
    """Change name, description and rules."""
    plan = finding.find_for_editing(request, plan_id)
    names = ("name", "description", "reenrollment", "visibility")
    initial = {name: getattr(plan, name) for name in names}
    form = PlanForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changes.edit_plan(plan, _edited(request, plan, form.cleaned_data), by=request.actor)
            messages.success(request, _("Saved."))
            return redirect(url("page", plan))
        except Invalid as problem:
            show_errors(form, problem)
    given = {"plan": plan, "form": form, "trail": finding.trail(plan, Link(_("Name and rules"), "")), "verb": _("Save")}
    return render(request, "web/plans/details.html", given | {"title": plan.name}, status=422 if form.errors else 200)


def _edited(request: HubRequest, plan: Plan, values: dict[str, Any]) -> dict[str, Any]:
    """A plan that becomes private and is nobody's yet becomes the person's own."""
    private = values["visibility"] == Plan.Visibility.PRIVATE
    return values | ({"owner": _me(request)} if private and plan.owner_id is None else {})


@page("plans.view")
def copy(request: HubRequest, plan_id: int) -> HttpResponse:
    """A new plan with a draft of the same steps, the person's own."""
    plan = finding.find(request, plan_id)
    require(request, "plans.edit" if may(request, "plans.edit") else "plans.create_own")
    if request.method != "POST":
        return redirect(url("page", plan))
    made = changes.copy_plan(plan, by=request.actor, owner=_me(request))
    messages.success(
        request, _("“%(name)s” is a new draft with the same steps. Give it a name of its own.") % {"name": made.name}
    )
    return redirect(url("details", made))


@page("plans.view")
def archive(request: HubRequest, plan_id: int) -> HttpResponse:
    """Nobody new comes on it; who is on it goes on. Asks first."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method != "POST":
        given = {"plan": plan, "numbers": reads.numbers_of([plan.pk])[plan.pk]}
        return render(request, "web/plans/archive.html", given | {"trail": finding.trail(plan, Link(_("Archive"), ""))})
    changes.archive(plan, by=request.actor)
    messages.success(request, _("“%(name)s” is archived. You find it under State, Archived.") % {"name": plan.name})
    return redirect(reverse("plans:list", args=[request.account.pk]))


@page("plans.view")
def restore(request: HubRequest, plan_id: int) -> HttpResponse:
    """Open an archived plan again."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method == "POST" and changes.restore(plan, by=request.actor):
        messages.success(request, _("“%(name)s” is open again.") % {"name": plan.name})
    return redirect(url("page", plan))


def _me(request: HubRequest) -> User:
    """The person whose rights count, as a row."""
    return User.objects.get(pk=finding.person_id(request) or 0)
