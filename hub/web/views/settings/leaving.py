"""Settings → Users → one person: keeping somebody out, for now or for good, and where their contacts go."""

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
from hub.users import changes, reads
from hub.users.models import User
from hub.web.entry import page
from hub.web.forms import StoredForm, choosing
from hub.web.request import HubRequest
from hub.web.views.settings import one

EVERYTHING_COUNTED = 10**9


class ArchiveForm(StoredForm):
    """Where an archived user's contacts go."""

    heir = forms.ChoiceField(label=gettext_lazy("Give their contacts to"), required=False)

    def __init__(self, *args: Any, others: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stay = ("", _("Nobody: they stay assigned, and show that the user is archived"))
        choosing(self, "heir").choices = [stay, *((str(other.pk), other.label) for other in others)]


@page("users.archive")
def archive(request: HubRequest, user_id: int) -> HttpResponse:
    """Ask, say where their contacts go, and archive."""
    user, record = one.find_to_change(request, user_id, "users.archive")
    others = [other for other in reads.users_of(request.account) if other.pk != user.pk]
    form = ArchiveForm(request.POST if request.method == "POST" else None, others=others)
    if request.method == "POST" and form.is_valid():
        _hand_over(request, user, form.cleaned_data["heir"])
        changes.archive(user, request.account, by=request.actor)
        messages.success(request, _("%(name)s is archived and signed out everywhere.") % {"name": user.label})
        return redirect("settings:users", account_id=request.account.pk)
    context = {"form": form, "assigned": _assigned(request, user), **one.facts(request, user, record)}
    return render(request, "web/settings/archive_user.html", context, status=422 if form.errors else 200)


@page("users.archive")
def block(request: HubRequest, user_id: int) -> HttpResponse:
    """Keep somebody out, or let them in again (`on=0`)."""
    user, _record = one.find_to_change(request, user_id, "users.archive")
    if request.method == "POST" and request.POST.get("on") == "0":
        changes.unblock(user, request.account, by=request.actor)
        messages.success(request, _("%(name)s can sign in again.") % {"name": user.label})
    elif request.method == "POST":
        changes.block(user, request.account, by=request.actor)
        messages.success(request, _("%(name)s is blocked and signed out everywhere.") % {"name": user.label})
    return one.back(request, user)


def _hand_over(request: HubRequest, user: User, heir: str) -> None:
    if heir:
        theirs = ContactQuery(assigned=(user.pk,), archived="any")
        contact_changes.assign_many(request.account, EVERYTHING, theirs, int(heir), by=request.actor)


def _assigned(request: HubRequest, user: User) -> int:
    theirs = ContactQuery(assigned=(user.pk,), archived="any")
    return contacts.count(request.account, EVERYTHING, theirs, EVERYTHING_COUNTED).number


urlpatterns = [
    path(f"{one.BASE}/archive", archive, name="archive_user"),
    path(f"{one.BASE}/block", block, name="block_user"),
]
