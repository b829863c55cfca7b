"""Settings → Users → Add: an invitation with a link that is shown once, or a password that must be changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db.errors import Invalid, Refused
from hub.users import changes, links
from hub.users.models import User
from hub.web.entry import page
from hub.web.forms import show_errors
from hub.web.request import HubRequest
from hub.web.views.settings import shown_once
from hub.web.views.settings.roles import RoleForm, check_giving
from hub.web.views.settings.tabs import tabs

INVITE, TYPED = "invite", "typed"


class NewUserForm(RoleForm):
    """A new person. User name and e-mail are checked by `hub.users.person`."""

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=60, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=60, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=150, help_text=gettext_lazy("For signing in. No spaces.")
    )
    how = forms.ChoiceField(
        label=gettext_lazy("How they get in"),
        widget=forms.RadioSelect,
        initial=INVITE,
        choices=[
            (INVITE, gettext_lazy("With an invitation link that you pass on")),
            (TYPED, gettext_lazy("With a password that you set and they must change")),
        ],
    )
    password = forms.CharField(
        label=gettext_lazy("First password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Only when you set one. They must change it when they sign in."),
    )
    field_order = ("first_name", "last_name", "email", "phone", "username", "template", "reach", "how", "password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("how") == TYPED and not cleaned.get("password"):
            self.add_error("password", _("Type a password, or choose the invitation link."))
        return cleaned


@page("users.create")
def add_user(request: HubRequest) -> HttpResponse:
    """The form; a new user's page comes next, with the invitation's link where there is one."""
    form = NewUserForm(request.POST if request.method == "POST" else None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            user = _create(request, form.cleaned_data)
        except Invalid as problem:
            show_errors(form, problem)
        except Refused as problem:
            form.add_error("reach" if problem.reason == "giving.reach" else "template", problem.sentence)
        else:
            return _welcome(request, user)
    context = {"form": form, "tabs": tabs(request, "users")}
    return render(request, "web/settings/add_user.html", context, status=422 if form.errors else 200)


def _create(request: HubRequest, given: dict[str, Any]) -> User:
    check_giving(request, given["template"], given["reach"])
    names = ("username", "email", "first_name", "last_name", "phone")
    return changes.create(
        {name: given[name] for name in names},
        request.account,
        given["template"],
        by=request.actor,
        password=given["password"] if given["how"] == TYPED else "",
        reach=given["reach"],
    )


def _welcome(request: HubRequest, user: User) -> HttpResponse:
    if user.state == User.State.INVITED:
        shown_once.put(request, user, "invitation", links.make(user, "invitation"))
    messages.success(request, _("%(name)s was added.") % {"name": user.label})
    return redirect("settings:user", account_id=request.account.pk, user_id=user.pk)


urlpatterns = [path("a/<int:account_id>/settings/users/add", add_user, name="add_user")]
