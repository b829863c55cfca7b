"""Settings → Calendar: the account's holidays and closed days, its quiet hours, and the days on which it sleeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from pydantic import ValidationError

from hub.accounts import calendars, changes, public_holidays
from hub.accounts.calendars import Calendar, day_words
from hub.engine import waking
from hub.web import spans
from hub.web.countries import countries
from hub.web.design.widgets import SearchSelect
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may
from hub.web.views.plans.step_fields import Drawn
from hub.web.views.settings import quiet_form
from hub.web.views.settings.tabs import tabs

SHOWN_HOLIDAYS = 6

Values = Mapping[str, Any]


@page("account.view")
def calendar(request: HubRequest) -> HttpResponse:
    """Show it; save it. Steps that wait already ask it again before they start."""
    editable = may(request, "account.edit")
    if request.method == "POST" and editable:
        return _save(request)
    return _draw(request, _values_of(calendars.of(request.account)), editable=editable)


def _save(request: HubRequest) -> HttpResponse:
    typed = _posted(request.POST)
    found, errors = _read(typed)
    if found is None:
        return _draw(request, typed, errors, status=422)
    before = calendars.of(request.account)
    changes.set_calendar(request.account, found, by=request.actor)
    if found != before:
        waking.of_account(request.account)
        nudge()
    messages.success(request, _("The calendar is saved. Steps that wait keep to it when they start."))
    return redirect("settings:calendar", account_id=request.account.pk)


def _values_of(shown: Calendar) -> dict[str, Any]:
    return {
        "country": shown.country,
        "region": shown.region,
        "closed": spans.rows_of(shown.closed),
        "pauses": spans.rows_of(shown.pauses),
        **quiet_form.values_of(shown),
    }


def _posted(post: Any) -> dict[str, Any]:
    texts = {name: str(post.get(name, "")).strip()[:40] for name in ("country", "region", *quiet_form.NAMES)}
    return texts | {name: spans.posted(post, name) for name in ("closed", "pauses")}


def _read(typed: Values) -> tuple[Calendar | None, dict[str, str]]:
    """The calendar, or what is wrong by field. A region goes with its country: another country, no region."""
    closed, wrong_closed = spans.read(typed["closed"])
    pauses, wrong_pauses = spans.read(typed["pauses"])
    errors = {name: text for name, text in (("closed", wrong_closed), ("pauses", wrong_pauses)) if text}
    regions = dict(public_holidays.regions(typed["country"]))
    data: dict[str, Any] = {
        "country": typed["country"],
        "region": typed["region"] if typed["region"] in regions else "",
        **quiet_form.data_of(typed),
    }
    try:
        whole = Calendar.model_validate({**data, "closed": closed, "pauses": pauses})
    except ValidationError as trouble:
        for error in trouble.errors(include_input=False, include_url=False):
            name, sentence = quiet_form.told(error, data) or _told(error)
            errors.setdefault(name, sentence)
        return None, errors
    return (None, errors) if errors else (whole, {})


def _told(error: Any) -> tuple[str, str]:
    if error["loc"][:1] == ("country",):
        return "country", _(
            "The public holidays of this country are not known here. Choose none, and enter closed days."
        )
    return "closed", str(error["msg"])


def _draw(
    request: HubRequest,
    values: Values,
    errors: Mapping[str, str] | None = None,
    *,
    editable: bool = True,
    status: int = 200,
) -> HttpResponse:
    form = _form(values, errors or {})
    given = {
        "form": form, "ways": quiet_form.ways(form), "editable": editable, "tabs": tabs(request, "calendar"),
        "coming": _coming(values, request.now.date()),
    }  # fmt: skip
    return render(request, "web/settings/calendar.html", given, status=status)


def _form(values: Values, errors: Mapping[str, str]) -> Drawn:
    known = public_holidays.countries()
    regions = public_holidays.regions(values["country"])
    fields: dict[str, forms.Field] = {
        "country": forms.CharField(
            label=_("Public holidays of"), required=False,
            widget=SearchSelect(choices=[("", _("None")), *(pair for pair in countries() if pair[0] in known)]),
        ),
        "region": forms.CharField(
            label=_("Region"), required=False,
            widget=SearchSelect(choices=[("", _("The whole country's only")), *regions]),
            help_text="" if regions else _("Choose a country and save; then its regions are here."),
        ),
        "closed": forms.Field(
            label=_("Closed days"), required=False, widget=spans.SpanRows(),
            help_text=_("They count as holidays: no business days, and closed in every plan's hours."),
        ),
        **quiet_form.fields(),
        "pauses": forms.Field(label=_("The account sleeps"), required=False, widget=spans.SpanRows()),
    }  # fmt: skip
    form = Drawn(fields, values, errors)
    form.mostly_optional = True  # type: ignore[attr-defined]
    return form


def _coming(values: Values, today: date) -> list[tuple[str, str]]:
    """The next holidays, so that one sees what was chosen."""
    years = (
        public_holidays.of_year(values["country"], values["region"], year) for year in (today.year, today.year + 1)
    )
    found = [(day, name) for year in years for day, name in year.items() if day >= today]
    return [(day_words(day), name) for day, name in found[:SHOWN_HOLIDAYS]]


urlpatterns = [path("a/<int:account_id>/settings/calendar", calendar, name="calendar")]
