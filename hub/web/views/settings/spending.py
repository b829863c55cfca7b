"""Settings → Spending: how many costly steps a day the account allows, what was used today, and when a repeat is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from hub.addons import budget_changes, budgets
from hub.addons.budgets import ALL, MOST_PER_DAY, Limits
from hub.db.errors import Invalid
from hub.engine import release
from hub.engine.guards import spending as counted
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may
from hub.web.views.plans.step_fields import Drawn
from hub.web.views.settings.tabs import tabs

PREFIX = "limit_"

Values = Mapping[str, str]


@page("account.view")
def spending(request: HubRequest) -> HttpResponse:
    """Show the limits with what was used; save them. What waits for room goes on at once, as far as there is room now."""
    editable = may(request, "spending.edit")
    if request.method == "POST" and editable:
        return _save(request)
    return _draw(request, _values_of(budgets.of([request.account.pk])[request.account.pk]), editable=editable)


def _save(request: HubRequest) -> HttpResponse:
    typed = {name: str(request.POST.get(name, "")).strip()[:20] for name in ("repeat_days", *_names())}
    try:
        budget_changes.set_limits(request.account, _read(typed), by=request.actor)
    except Invalid as problem:
        return _draw(request, typed, {_field_of(name): text for name, text in problem.fields.items()}, status=422)
    freed = release.of_account([request.account.pk])
    nudge()
    messages.success(request, _("Saved.") if not freed else _("Saved. %(n)d waiting steps go on.") % {"n": freed})
    return redirect("settings:spending", account_id=request.account.pk)


def _names() -> list[str]:
    """The fields of the limits: of all add-ons together, then of each that can cost money."""
    return [PREFIX + addon for addon in (ALL, *budgets.costly_addons())]


def _values_of(limits: Limits) -> dict[str, str]:
    given = {PREFIX + addon: str(number) for addon, number in limits.per_day.items()}
    return {name: given.get(name, "") for name in _names()} | {"repeat_days": str(limits.repeat_days)}


def _read(typed: Values) -> Limits:
    """The limits as they were typed.

    Raises:
        Invalid: something is no number.
    """
    numbers = {name: _number(text) for name, text in typed.items() if text}
    wrong = {_stored(name): _("Enter a whole number, or nothing.") for name, found in numbers.items() if found is None}
    if "repeat_days" not in numbers:
        wrong["repeat_days"] = _("Enter a number of days; 0 asks never.")
    if wrong:
        raise Invalid(wrong)
    sure = {name: number for name, number in numbers.items() if number is not None}
    days = sure.pop("repeat_days")
    return Limits({name.removeprefix(PREFIX): number for name, number in sure.items()}, days)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _stored(name: str) -> str:
    """A field of the form → of the limits, and back."""
    return f"per_day.{name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name


def _field_of(name: str) -> str:
    return PREFIX + name.removeprefix("per_day.") if name.startswith("per_day.") else name


def _draw(
    request: HubRequest,
    values: Values,
    errors: Mapping[str, str] | None = None,
    *,
    editable: bool = True,
    status: int = 200,
) -> HttpResponse:
    given = {"form": _form(request, values, errors or {}), "editable": editable, "tabs": tabs(request, "spending")}
    return render(request, "web/settings/spending.html", given, status=status)


def _form(request: HubRequest, values: Values, errors: Mapping[str, str]) -> Drawn:
    used = counted.spent(request.account.pk, request.now)
    titles = {ALL: _("All add-ons together"), **budgets.costly_addons()}
    fields: dict[str, forms.Field] = {
        PREFIX + addon: forms.CharField(
            label=title, required=False, widget=_a_number(MOST_PER_DAY), help_text=_used(used.get(addon, 0))
        )
        for addon, title in titles.items()
    }
    fields["repeat_days"] = forms.CharField(
        label=_("Days"), widget=_a_number(budgets.longest_repeat_days()), help_text=_("0 asks never.")
    )
    form = Drawn(fields, values, errors)
    form.mostly_optional = True  # type: ignore[attr-defined]
    form.limits = [form[name] for name in fields if name.startswith(PREFIX)]  # type: ignore[attr-defined]
    return form


def _a_number(most: int) -> Any:
    return forms.NumberInput(attrs={"min": 0, "max": most, "step": 1})


def _used(number: int) -> str:
    return _("%(n)d sent today.") % {"n": number}


urlpatterns = [path("a/<int:account_id>/settings/spending", spending, name="spending")]
