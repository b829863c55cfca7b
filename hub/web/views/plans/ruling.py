"""What a draft says of all of its steps: the hours in which they start, and on whose clock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from hub.accounts import calendars
from hub.plans import rules
from hub.plans.checking import plain
from hub.plans.models import Plan, PlanVersion
from hub.plans.rules import PlanRules
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.plans import draft_rules, finding, hours_form
from hub.web.views.plans.elsewhere import address
from hub.web.views.plans.finding import url
from hub.web.views.plans.step_fields import Drawn

CLOCKS = (
    ("account", gettext_lazy("On the account's clock")),
    ("contact", gettext_lazy("On the contact's clock, where their time zone is known")),
)


@page("plans.view")
def hours(request: HubRequest, plan_id: int) -> HttpResponse:
    """Show and save the rules of the draft. What another tab saved meanwhile is shown and not overwritten unasked."""
    plan, draft = draft_rules.opened(request, plan_id)
    if draft is None:
        return redirect(url("edit", plan))
    if request.method == "POST":
        return _save(request, plan, draft)
    said = rules.read(draft.rules)
    return _draw(request, plan, draft, hours_form.values_of(said.hours), said.clock)


def _save(request: HubRequest, plan: Plan, draft: PlanVersion) -> HttpResponse:
    typed, clock = hours_form.posted(request.POST), request.POST.get("clock", "account")
    try:
        typed_rules = PlanRules.model_validate({"hours": hours_form.data_of(typed), "clock": clock})
    except ValidationError as trouble:
        errors = {_path(error["loc"]): plain(error) for error in trouble.errors(include_input=False, include_url=False)}
        return _draw(request, plan, draft, typed, clock, errors=errors, status=422)
    stored = rules.read(draft.rules)
    said = stored.model_copy(update={"hours": typed_rules.hours, "clock": typed_rules.clock})
    if draft_rules.changed_elsewhere(request, stored, said):
        return _draw(request, plan, draft, typed, clock, conflict=rules.words(stored), status=409)
    return draft_rules.kept(request, draft, said, _("The hours are saved in the draft."))


def _draw(
    request: HubRequest, plan: Plan, draft: PlanVersion, typed: hours_form.Values, clock: str, *,
    errors: dict[str, str] | None = None, conflict: Any = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    calendar = calendars.of(plan.account)
    given = {
        "plan": plan, "draft": draft, "conflict": conflict, "base": draft_rules.base(rules.read(draft.rules)),
        "hours": hours_form.drawn(typed, errors or {}, hours_form.OF_PLAN), "clock": _clock(clock),
        "calendar": calendar, "quiet": calendars.quiet_words(calendar),
        "calendar_url": address("settings:calendar", plan.account_id),
        "trail": finding.trail(plan, Link(_("Edit"), url("edit", plan)), Link(_("Hours"), "")),
    }  # fmt: skip
    return render(request, "web/plans/hours.html", given, status=status)


def _clock(chosen: str) -> Drawn:
    field = forms.ChoiceField(
        label=_("Whose clock"), choices=CLOCKS, widget=forms.RadioSelect,
        help_text=_("Days, times of day and these hours are meant on it. Quiet hours always go by the contact's."),
    )  # fmt: skip
    return Drawn({"clock": field}, {"clock": chosen}, {})


def _path(loc: tuple[int | str, ...]) -> str:
    return hours_form.field_of(".".join(str(part) for part in loc if part not in ("hours", "between")))
