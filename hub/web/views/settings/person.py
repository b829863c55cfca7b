"""Settings → Users → one person: who they are, what they may do and why, and everything an admin does about them.

What is asked of `guard` each time knows the person as a record: nobody changes an owner, or somebody above themselves.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.contacts import changes as contact_changes
from hub.contacts import reads as contacts
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import EVERYTHING
from hub.db import clock, scoping
from hub.db.errors import Conflict, Invalid, Refused
from hub.users import changes, explain, links, reads, roles
from hub.users.facts import Circumstances, Record, Via
from hub.users.models import Grant, User
from hub.web import acting
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest, may, require
from hub.web.views.settings import shown_once
from hub.web.views.settings.roles import RoleForm, check_giving
from hub.web.views.settings.tabs import tabs
from hub.web.views.settings.users import STATES

ACTIONS = ("edit", "change_role", "archive", "set_password")
NOT_FOR_PEOPLE = ("system.", "portal.", "endpoint.", "platform.")
"""What the hub, operators and machines do: nobody asks why a user of an account may not."""

EVERYTHING_COUNTED = 10**9


class PersonForm(StoredForm):
    """Names and how to reach them."""

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=60, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=60, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    username = forms.CharField(label=gettext_lazy("User name"), max_length=150)


class PasswordForm(StoredForm):
    """A password that somebody sets for another."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("They must change it when they sign in."),
    )


class ArchiveForm(StoredForm):
    """Where an archived user's contacts go."""

    heir = forms.ChoiceField(label=gettext_lazy("Give their contacts to"), required=False)

    def __init__(self, *args: Any, others: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stay = ("", _("Nobody: they stay assigned, and show that the user is archived"))
        self.fields["heir"].choices = [stay, *((str(one.pk), one.label) for one in others)]


@page("users.view")
def person(request: HubRequest, user_id: int) -> HttpResponse:
    """The person's page, and the form that edits them."""
    user, record = _user(request, user_id)
    editable = may(request, "users.edit", record)
    form = PersonForm(request.POST if request.method == "POST" else None, initial=_initial(user))
    if request.method == "POST":
        require(request, "users.edit", record)
        if form.is_valid() and _edited(request, user, form):
            messages.success(request, _("Saved."))
            return _back(request, user)
    context = {"form": form, "editable": editable, "link": shown_once.take(request, user)}
    context |= _facts(request, user, record)
    return render(request, "web/settings/person.html", context, status=422 if form.errors else 200)


@page("users.view")
def access(request: HubRequest, user_id: int) -> HttpResponse:
    """Why may this person do this, and why not that: every permission, explained."""
    user, record = _user(request, user_id)
    principal = reads.principal_of(user)
    lines = explain.access(principal, request.place, Circumstances(clock.now(), Via("ui")))
    wanted = request.GET.get("q", "").strip()[:100]
    shown = [line for line in lines if wanted.casefold() in f"{line.permission} {line.does}".casefold()]
    context = {
        "allowed": [line for line in shown if line.allowed],
        "refused": [line for line in shown if not line.allowed and not line.permission.startswith(NOT_FOR_PEOPLE)],
        "query": wanted,
        **_facts(request, user, record),
    }
    return render(request, "web/settings/access.html", context)


@page("users.change_role")
def change_role(request: HubRequest, user_id: int, grant_id: int) -> HttpResponse:
    """Another role, or another reach. Ends the person's sessions."""
    user, record = _user(request, user_id)
    require(request, "users.change_role", record)
    grant = _grant(request, user, grant_id)
    initial = {"template": grant.template, "reach": grant.reach}
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial, request=request)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        check_giving(request, given["template"])
        changes.change_role(grant, by=request.actor, template=given["template"], reach=given["reach"])
        messages.success(request, _("The role is changed. %(name)s signs in again.") % {"name": user.label})
        return _back(request, user)
    context = {"form": form, "grant": grant, **_facts(request, user, record)}
    return render(request, "web/settings/change_role.html", context, status=422 if form.errors else 200)


@page("users.archive")
def archive(request: HubRequest, user_id: int) -> HttpResponse:
    """Ask, say where their contacts go, and archive."""
    user, record = _user(request, user_id)
    require(request, "users.archive", record)
    others = [one for one in reads.users_of(request.account) if one.pk != user.pk]
    form = ArchiveForm(request.POST if request.method == "POST" else None, others=others)
    if request.method == "POST" and form.is_valid():
        _hand_over(request, user, form.cleaned_data["heir"])
        changes.archive(user, request.account, by=request.actor)
        messages.success(request, _("%(name)s is archived and signed out everywhere.") % {"name": user.label})
        return redirect("settings:users", account_id=request.account.pk)
    context = {"form": form, "assigned": _assigned(request, user), **_facts(request, user, record)}
    return render(request, "web/settings/archive_user.html", context, status=422 if form.errors else 200)


@page("users.set_password")
def set_password(request: HubRequest, user_id: int) -> HttpResponse:
    """A new password for somebody; an archived user is restored by it."""
    user, record = _user(request, user_id)
    require(request, "users.set_password", record)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _give_password(request, user, record, form.cleaned_data["password"])
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("The password is set. %(name)s must change it.") % {"name": user.label})
            return _back(request, user)
    context = {"form": form, **_facts(request, user, record)}
    return render(request, "web/settings/set_password.html", context, status=422 if form.errors else 200)


@page("users.set_password")
def make_link(request: HubRequest, user_id: int) -> HttpResponse:
    """A link with which the person sets a password themselves: an invitation, or a reset."""
    user, record = _user(request, user_id)
    require(request, "users.set_password", record)
    if user.state == User.State.ARCHIVED:
        raise Conflict(_("This user is archived."), next=_("Restore the user with a new password."), code="archived")
    if request.method == "POST":
        purpose: links.Purpose = "invitation" if user.state == User.State.INVITED else "reset"
        shown_once.put(request, user, purpose, links.make(user, purpose))
    return _back(request, user)


@page("users.archive")
def block(request: HubRequest, user_id: int) -> HttpResponse:
    """Keep somebody out, or let them in again (`on=0`)."""
    user, record = _user(request, user_id)
    require(request, "users.archive", record)
    if request.method == "POST" and request.POST.get("on") == "0":
        changes.unblock(user, request.account, by=request.actor)
        messages.success(request, _("%(name)s can sign in again.") % {"name": user.label})
    elif request.method == "POST":
        changes.block(user, request.account, by=request.actor)
        messages.success(request, _("%(name)s is blocked and signed out everywhere.") % {"name": user.label})
    return _back(request, user)


@page("login_as.use")
def log_in_as(request: HubRequest, user_id: int) -> HttpResponse:
    """Ask, then see the hub through their eyes for an hour."""
    user, record = _user(request, user_id)
    require(request, "login_as.use", record)
    if user.pk == request.user.pk:
        raise Refused(_("You are yourself already."), reason="acting_as.oneself")
    if user.state != User.State.ACTIVE:
        raise Conflict(_("Only an active user can be shown."), code="acting_as.not_active")
    if request.method == "POST":
        acting.start(request.session, user, request.account, clock.real_now(), by=request.actor)
        return redirect("dashboard", account_id=request.account.pk)
    return render(request, "web/settings/log_in_as.html", _facts(request, user, record))


def _user(request: HubRequest, user_id: int) -> tuple[User, Record]:
    user = reads.get(request.account, user_id)
    return user, reads.record_of(user, request.place)


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


def _give_password(request: HubRequest, user: User, record: Record, password: str) -> None:
    if user.state != User.State.ARCHIVED:
        changes.set_password(user, request.account, password, by=request.actor)
        return
    require(request, "users.archive", record)
    changes.restore(user, request.account, password, by=request.actor)


def _hand_over(request: HubRequest, user: User, heir: str) -> None:
    if heir:
        theirs = ContactQuery(assigned=(user.pk,), archived="any")
        contact_changes.assign_many(request.account, EVERYTHING, theirs, int(heir), by=request.actor)


def _assigned(request: HubRequest, user: User) -> int:
    theirs = ContactQuery(assigned=(user.pk,), archived="any")
    return contacts.count(request.account, EVERYTHING, theirs, EVERYTHING_COUNTED).number


def _facts(request: HubRequest, user: User, record: Record) -> dict[str, Any]:
    """What every page about a person shows."""
    tone, icon, word = STATES[User.State(user.state)]
    myself = user.pk == request.user.pk
    return {
        "person": user,
        "grants": [(grant, roles.label(grant.template)) for grant in _grants_shown(request, user)],
        "seen": reads.last_seen([user.pk]).get(user.pk),
        "state": {"tone": tone, "icon": icon, "word": word},
        "allowed_to": {action: may(request, f"users.{action}", record) and not myself for action in ACTIONS},
        "may_show": may(request, "login_as.use", record) and not myself and user.state == User.State.ACTIVE,
        "is_owner": any(grant.template == "owner" for grant in reads.grants(user)),
        "myself": myself,
        "tabs": tabs(request, "users"),
    }


def _grants_shown(request: HubRequest, user: User) -> Any:
    """Roles here and beneath; what somebody does in other branches is not told here."""
    return reads.grants(user).filter(account__path__startswith=request.account.path)


def _back(request: HubRequest, user: User) -> HttpResponse:
    return redirect("settings:user", account_id=request.account.pk, user_id=user.pk)


BASE = "a/<int:account_id>/settings/users/<int:user_id>"
urlpatterns = [
    path(BASE, person, name="user"),
    path(f"{BASE}/access", access, name="user_access"),
    path(f"{BASE}/roles/<int:grant_id>", change_role, name="change_role"),
    path(f"{BASE}/archive", archive, name="archive_user"),
    path(f"{BASE}/password", set_password, name="set_password"),
    path(f"{BASE}/link", make_link, name="make_link"),
    path(f"{BASE}/block", block, name="block_user"),
    path(f"{BASE}/log-in-as", log_in_as, name="log_in_as"),
]
