"""Settings → Users → one person: who they are, what they may do and why, another role, and seeing the hub as they do.

What is asked of `guard` each time knows the person as a record: nobody changes an owner, or somebody above themselves.
"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db import clock, scoping
from hub.db.errors import Conflict, Invalid, Refused
from hub.users import changes, explain, guard, reads
from hub.users.facts import Circumstances, Via
from hub.users.models import Grant, User
from hub.web import acting
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest, may, require
from hub.web.views.settings import one, shown_once
from hub.web.views.settings.roles import RoleForm, check_giving

NOT_FOR_PEOPLE = ("system.", "portal.", "endpoint.", "platform.")
"""What the hub, operators and machines do: nobody asks why a user of an account may not."""


class PersonForm(StoredForm):
    """Names and how to reach them."""

    mostly_optional = True

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=60, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=60, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    username = forms.CharField(label=gettext_lazy("User name"), max_length=150)


@page("users.view")
def person(request: HubRequest, user_id: int) -> HttpResponse:
    """The person's page, and the form that edits them."""
    user, record = one.find(request, user_id)
    editable = may(request, "users.edit", record)
    form = PersonForm(request.POST if request.method == "POST" else None, initial=_initial(user))
    if request.method == "POST":
        require(request, "users.edit", record)
        guard.check_over(request.principal, user)
        if form.is_valid() and _edited(request, user, form):
            messages.success(request, _("Saved."))
            return one.back(request, user)
    context = {"form": form, "editable": editable, "link": shown_once.take(request, user)}
    context |= one.facts(request, user, record)
    return render(request, "web/settings/person.html", context, status=422 if form.errors else 200)


@page("users.view")
def access(request: HubRequest, user_id: int) -> HttpResponse:
    """Why may this person do this, and why not that: every permission, explained."""
    user, record = one.find(request, user_id)
    principal = reads.principal_of(user)
    lines = explain.access(principal, request.place, Circumstances(clock.now(), Via("ui")))
    wanted = request.GET.get("q", "").strip()[:100]
    shown = [line for line in lines if wanted.casefold() in f"{line.permission} {line.does}".casefold()]
    context = {
        "allowed": [line for line in shown if line.allowed],
        "refused": [line for line in shown if not line.allowed and not line.permission.startswith(NOT_FOR_PEOPLE)],
        "query": wanted,
        **one.facts(request, user, record),
    }
    return render(request, "web/settings/access.html", context)


@page("users.change_role")
def change_role(request: HubRequest, user_id: int, grant_id: int) -> HttpResponse:
    """Another role, or another reach. Ends the person's sessions."""
    user, record = one.find(request, user_id)
    require(request, "users.change_role", record)
    grant = _grant(request, user, grant_id)
    guard.check_role(request.principal, grant)
    initial = {"template": grant.template, "reach": grant.reach}
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial, request=request)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        check_giving(request, given["template"], given["reach"])
        changes.change_role(grant, by=request.actor, template=given["template"], reach=given["reach"])
        messages.success(request, _("The role is changed. %(name)s signs in again.") % {"name": user.label})
        return one.back(request, user)
    context = {"form": form, "grant": grant, **one.facts(request, user, record)}
    return render(request, "web/settings/change_role.html", context, status=422 if form.errors else 200)


@page("login_as.use")
def log_in_as(request: HubRequest, user_id: int) -> HttpResponse:
    """Ask, then see the hub through their eyes for an hour."""
    user, record = one.find(request, user_id)
    require(request, "login_as.use", record)
    if user.pk == request.user.pk:
        raise Refused(_("You are yourself already."), reason="acting_as.oneself")
    if user.state != User.State.ACTIVE:
        raise Conflict(_("Only an active user can be shown."), code="acting_as.not_active")
    if request.method == "POST":
        acting.start(request.session, user, request.account, clock.real_now(), by=request.actor)
        return redirect("dashboard", account_id=request.account.pk)
    return render(request, "web/settings/log_in_as.html", one.facts(request, user, record))


def _grant(request: HubRequest, user: User, grant_id: int) -> Grant:
    return scoping.get(Grant.objects.select_related("user", "account"), request.account, grant_id, user=user)


def _initial(user: User) -> dict[str, str]:
    return {name: getattr(user, name) for name in PersonForm.base_fields}


def _edited(request: HubRequest, user: User, form: PersonForm) -> bool:
    try:
        changes.edit(user, form.cleaned_data, by=request.actor, account=request.account)
    except Invalid as problem:
        show_errors(form, problem)
        return False
    return True


urlpatterns = [
    path(one.BASE, person, name="user"),
    path(f"{one.BASE}/access", access, name="user_access"),
    path(f"{one.BASE}/roles/<int:grant_id>", change_role, name="change_role"),
    path(f"{one.BASE}/log-in-as", log_in_as, name="log_in_as"),
]
