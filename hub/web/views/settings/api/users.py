"""Settings → API → API users: programs with a secret of their own, each granted single calls, from listed addresses (R275–R284).

A secret is shown on the answer that made it, and never again. A grant counts at the next call.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db.errors import Invalid
from hub.users.keys import changes, reads, routes
from hub.users.keys.models import ApiUser
from hub.users.permissions import ENDPOINT, Permission
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs

PERMISSION = "api_users.create"


class ApiUserForm(StoredForm):
    """Who it is, from where it calls, until when, and what it may call."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("As histories will call it.")
    )
    addresses = forms.CharField(
        label=gettext_lazy("Addresses it may call from"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: an address such as 203.0.113.5, or a network such as 203.0.113.0/24. None refuses all."
        ),
    )  # fmt: skip
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: until it is withdrawn."),
    )
    endpoints = forms.MultipleChoiceField(
        label=gettext_lazy("Calls it may make"), required=False, widget=forms.CheckboxSelectMultiple
    )
    mostly_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["endpoints"]
        field.choices = [(one.name, _label(one)) for one in reads.endpoints()]

    def values(self) -> dict[str, Any]:
        """As the room takes them."""
        given = self.cleaned_data
        last = given["ends_on"]
        end = make_aware(datetime.combine(last + timedelta(days=1), time())) if last else None  # by the account's clock
        return {
            "name": given["name"], "endpoints": given["endpoints"],
            "addresses": given["addresses"].replace(",", "\n").split("\n"), "ends_at": end,
        }  # fmt: skip


@page(PERMISSION)
def add_api_user(request: HubRequest) -> HttpResponse:
    """The form; then the new API user's page with its secret."""
    form = ApiUserForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user, secret = changes.create_user(request.account, by=request.actor, **form.values())
        except Invalid as problem:
            _show(form, problem)
        else:
            return _draw(request, user, _form_of(user), secret)
    return _draw(request, None, form)


@page(PERMISSION)
def api_user(request: HubRequest, api_user_id: int) -> HttpResponse:
    """One API user: what it may do, changed by saving."""
    user = reads.user(request.account, api_user_id)
    if request.method != "POST":
        return _draw(request, user, _form_of(user))
    form = ApiUserForm(request.POST)
    if form.is_valid():
        try:
            changes.edit_user(user, by=request.actor, **form.values())
        except Invalid as problem:
            _show(form, problem)
        else:
            messages.success(request, _("Saved. It counts from the next call on."))
            return redirect("settings:api_user", account_id=request.account.pk, api_user_id=user.pk)
    return _draw(request, user, form)


@page(PERMISSION)
def new_api_secret(request: HubRequest, api_user_id: int) -> HttpResponse:
    """Another secret, shown on this answer only; the old one works for as many days as were chosen."""
    user = reads.user(request.account, api_user_id)
    if request.method != "POST":
        return redirect("settings:api_user", account_id=request.account.pk, api_user_id=user.pk)
    text = request.POST.get("grace", "")
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    secret = changes.new_secret(user, days, by=request.actor)
    return _draw(request, user, _form_of(user), secret)


@page(PERMISSION)
def withdraw_api_user(request: HubRequest, api_user_id: int) -> HttpResponse:
    """Its calls are refused from now on."""
    user = reads.user(request.account, api_user_id)
    if request.method == "POST":
        changes.withdraw_user(user, by=request.actor)
        messages.success(request, _("%(name)s is withdrawn. Its calls are refused.") % {"name": user.name})
    return redirect("settings:api", account_id=request.account.pk)


def _draw(request: HubRequest, user: ApiUser | None, form: ApiUserForm, secret: str = "") -> HttpResponse:
    given = {
        "form": form, "api_user": user, "secret": secret, "usual_grace": 1, "longest_grace": changes.LONGEST_GRACE,
        "secrets": reads.secrets_of([user], request.now).get(user.pk, []) if user else [],
        "tabs": tabs(request, "api"),
    }  # fmt: skip
    return render(request, "web/settings/api_user.html", given, status=422 if form.errors else 200)


def _form_of(user: ApiUser) -> ApiUserForm:
    grant = reads.grant_of(user)
    ends_on = localtime(user.ends_at - timedelta(seconds=1)).date() if user.ends_at else None
    return ApiUserForm(
        initial={
            "name": user.name, "addresses": "\n".join(user.addresses), "ends_on": ends_on,
            "endpoints": list(grant.extra) if grant else [],
        }
    )  # fmt: skip


def _show(form: ApiUserForm, problem: Invalid) -> None:
    fields = {"ends_on" if name == "ends_at" else name: text for name, text in problem.fields.items()}
    show_errors(form, Invalid(fields, problem.what))


def _label(endpoint: Permission) -> str:
    """The call as it is written, and what it does."""
    calls = ", ".join(routes.of(endpoint.name)) or endpoint.name.removeprefix(ENDPOINT)
    return f"{calls} — {endpoint.does}"


_ONE = "a/<int:account_id>/settings/api/users/<int:api_user_id>"

urlpatterns = [
    path("a/<int:account_id>/settings/api/users/add", add_api_user, name="add_api_user"),
    path(_ONE, api_user, name="api_user"),
    path(f"{_ONE}/secret", new_api_secret, name="new_api_secret"),
    path(f"{_ONE}/withdraw", withdraw_api_user, name="withdraw_api_user"),
]
