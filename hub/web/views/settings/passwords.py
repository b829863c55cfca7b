"""Settings → Users → one person: a new password, typed or by a link; an archived user comes back by it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db.errors import Conflict, Invalid
from hub.users import changes, links
from hub.users.facts import Record
from hub.users.models import User
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest, require
from hub.web.views.settings import one, shown_once


class PasswordForm(StoredForm):
    """A password that somebody sets for another."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("They must change it when they sign in."),
    )


@page("users.set_password")
def set_password(request: HubRequest, user_id: int) -> HttpResponse:
    """A new password for somebody; an archived user is restored by it."""
    user, record = one.find_to_change(request, user_id, "users.set_password")
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _give_password(request, user, record, form.cleaned_data["password"])
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("The password is set. %(name)s must change it.") % {"name": user.label})
            return one.back(request, user)
    context = {"form": form, **one.facts(request, user, record)}
    return render(request, "web/settings/set_password.html", context, status=422 if form.errors else 200)


@page("users.set_password")
def make_link(request: HubRequest, user_id: int) -> HttpResponse:
    """A link with which the person sets a password themselves: an invitation, or a reset."""
    user, _record = one.find_to_change(request, user_id, "users.set_password")
    if user.state == User.State.ARCHIVED:
        raise Conflict(_("This user is archived."), next=_("Restore the user with a new password."), code="archived")
    if request.method == "POST":
        purpose: links.Purpose = "invitation" if user.state == User.State.INVITED else "reset"
        shown_once.put(request, user, purpose, changes.make_link(user, request.account, purpose, by=request.actor))
    return one.back(request, user)


def _give_password(request: HubRequest, user: User, record: Record, password: str) -> None:
    if user.state != User.State.ARCHIVED:
        changes.set_password(user, request.account, password, by=request.actor)
        return
    require(request, "users.archive", record)
    changes.restore(user, request.account, password, by=request.actor)


urlpatterns = [
    path(f"{one.BASE}/password", set_password, name="set_password"),
    path(f"{one.BASE}/link", make_link, name="make_link"),
]
