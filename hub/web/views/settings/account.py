"""Settings → Account: what the account says about itself, and the switch that lets its steps go out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.accounts import changes
from hub.accounts.models import Account
from hub.db.errors import Invalid
from hub.engine import overview, release
from hub.users.checks import Denied, decide
from hub.users.facts import Circumstances
from hub.web import nudge
from hub.web.countries import countries, zones
from hub.web.design.widgets import SearchSelect
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest, may
from hub.web.views.settings.tabs import tabs

SOON = timedelta(hours=24)


def _text(label: Any, longest: int, help_text: Any = "", required: bool = False, **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=longest, help_text=help_text, required=required, widget=widget)


class AccountForm(StoredForm):
    """Account Info. What a field may hold is `hub.accounts.info`'s to say; the lengths here only help while typing."""

    mostly_optional = True

    name = _text(gettext_lazy("Account name"), 120, gettext_lazy("Shown in the hub."), required=True)
    company = _text(gettext_lazy("Company"), 120, gettext_lazy("As clients read it."), autocomplete="organization")
    first_name = _text(gettext_lazy("First name"), 60, gettext_lazy("Of the main contact."), autocomplete="given-name")
    last_name = _text(gettext_lazy("Last name"), 60, autocomplete="family-name")
    account_holder = _text(gettext_lazy("Account holder"), 120, gettext_lazy("Who signed the contract."))
    address1 = _text(gettext_lazy("Address"), 120, autocomplete="address-line1")
    address2 = _text(gettext_lazy("Address, line 2"), 120, autocomplete="address-line2")
    address3 = _text(gettext_lazy("Address, line 3"), 120, autocomplete="address-line3")
    city = _text(gettext_lazy("City"), 80, autocomplete="address-level2")
    state = _text(gettext_lazy("State or region"), 80, autocomplete="address-level1")
    zip = _text(gettext_lazy("Postal code"), 20, autocomplete="postal-code")
    country = forms.CharField(label=gettext_lazy("Country"), required=False)
    phone = _text(
        gettext_lazy("Phone"), 40, gettext_lazy("Automated calls ring here first."), autocomplete="tel", inputmode="tel"
    )
    office_phone = _text(
        gettext_lazy("Office phone"), 40, gettext_lazy("Shown in the footer of e-mails only; never dialled.")
    )
    email = _text(
        gettext_lazy("E-mail"),
        254,
        gettext_lazy("Where replies to plan e-mails go, unless a step says otherwise."),
        autocomplete="email",
        inputmode="email",
    )
    website = _text(gettext_lazy("Website"), 300, autocomplete="url", inputmode="url")
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Plans and times on every page follow it.")
    )
    notification_delete_days = forms.CharField(
        label=gettext_lazy("Delete notifications after"),
        required=False,
        help_text=gettext_lazy("0 keeps them for ever."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    header_color = _text(
        gettext_lazy("Accent colour"),
        7,
        gettext_lazy("As # and six hex digits, such as #1a2b3c."),
        placeholder="#1a2b3c",
    )

    def __init__(self, *args: Any, now: datetime, account: Account, brand_refused: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].widget = SearchSelect(choices=[("", _("None")), *countries()])
        self.fields["time_zone"].widget = SearchSelect(choices=zones(now, also=account.time_zone))
        if brand_refused:
            self.fields["header_color"].disabled = True
            self.fields["header_color"].help_text = brand_refused


@page("account.view")
def account(request: HubRequest) -> HttpResponse:
    """Account Info and the switch."""
    editable = may(request, "account.edit")
    form = _form(request, request.POST if request.method == "POST" and editable else None)
    if request.method == "POST" and editable and form.is_valid():
        try:
            changes.edit(request.account, _changed(form), by=request.actor)
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("settings:account", account_id=request.account.pk)
    until = request.account.link_screening_until
    screened = until if until is not None and until > request.now else None
    context = {"form": form, "editable": editable, "tabs": tabs(request, "account"), "screened_until": screened}
    context |= _switch_facts(request)
    return render(request, "web/settings/account.html", context, status=422 if form.errors else 200)


@page("account.pause")
def pause(request: HubRequest) -> HttpResponse:
    """Ask, saying how much would wait; then hold everything that leaves the account."""
    if request.method != "POST":
        return render(request, "web/settings/pause.html", {"tabs": tabs(request, "account"), **_switch_facts(request)})
    if changes.pause(request.account, by=request.actor):
        messages.warning(
            request, _("%(name)s is paused. Steps wait; nothing is lost.") % {"name": request.account.name}
        )
    return redirect("settings:account", account_id=request.account.pk)


@page("account.pause")
def resume(request: HubRequest) -> HttpResponse:
    """Set the account going: what it held goes on in the order in which it was due."""
    if request.method == "POST" and changes.unpause(request.account, by=request.actor):
        freed = release.of_account([request.account.pk])
        nudge.nudge()
        going = ngettext("%(count)s step goes on.", "%(count)s steps go on.", freed) % {"count": freed}
        messages.success(request, _("%(name)s is active again.") % {"name": request.account.name} + f" {going}")
    return redirect("settings:account", account_id=request.account.pk)


def _form(request: HubRequest, data: Any) -> AccountForm:
    row = request.account
    initial = {name: getattr(row, name) for name in AccountForm.base_fields}
    return AccountForm(data, initial=initial, now=request.now, account=row, brand_refused=_brand_refused(request))


def _brand_refused(request: HubRequest) -> str:
    at = Circumstances(request.now, request.via)
    verdict = decide(request.principal, "brand.edit", request.place, at=at)
    return verdict.sentence if isinstance(verdict, Denied) else ""


def _changed(form: AccountForm) -> dict[str, Any]:
    """What was sent and may be set: a field left out stays as it is, and so does a colour that is locked from above."""
    sent = {name for name, field in form.fields.items() if name in form.data and not field.disabled}
    return {name: value for name, value in form.cleaned_data.items() if name in sent}


def _switch_facts(request: HubRequest) -> dict[str, Any]:
    account_id = request.account.pk
    soon, _first = overview.coming(account_id, request.now, SOON)
    held = [group for group in overview.waits(account_id).held if group.code == "account_paused"]
    scheduled = overview.scheduled(account_id)
    return {
        "scheduled": scheduled,
        "soon": min(soon, scheduled),  # workers go on between the two counts, and a part is not more than the whole
        "paused_steps": sum(group.count for group in held),
        "switch": request.account.switch,
        "paused": request.account.is_paused,
    }


urlpatterns = [
    path("a/<int:account_id>/settings/account", account, name="account"),
    path("a/<int:account_id>/settings/account/pause", pause, name="pause"),
    path("a/<int:account_id>/settings/account/resume", resume, name="resume"),
]
