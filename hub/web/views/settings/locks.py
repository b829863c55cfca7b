"""Settings → Locks: what this account keeps the same for the accounts beneath it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from hub.accounts import changes, reads
from hub.accounts.locks import SUBJECTS, LockFact, Subject, locked_by
from hub.accounts.models import Lock
from hub.db.errors import NotFound
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs


@dataclass(frozen=True)
class Line:
    """One subject: our own lock on it, or the one from above that binds us."""

    subject: Subject
    own: Lock | None
    above: LockFact | None


@page("locks.edit")
def locks(request: HubRequest) -> HttpResponse:
    """Every subject with its lock; below it what the accounts beneath lose."""
    own = {row.subject: row for row in reads.own_locks(request.account)}
    place = request.place
    lines = [
        Line(subject, own.get(name), locked_by(name, place.locks, place.ancestors))
        for name, subject in SUBJECTS.items()
    ]
    beneath = reads.subtree(request.account).count() - 1
    context = {"lines": lines, "beneath": beneath, "tabs": tabs(request, "locks")}
    return render(request, "web/settings/locks.html", context)


@page("locks.edit")
def set_lock(request: HubRequest, subject: str) -> HttpResponse:
    """Lock (`on=1`) or unlock a subject."""
    if subject not in SUBJECTS:
        raise NotFound
    if request.method == "POST":
        label = {"label": SUBJECTS[subject].label}
        if request.POST.get("on") == "1":
            changes.lock(request.account, subject, by=request.actor)
            messages.success(request, _("%(label)s is locked for the accounts beneath.") % label)
        else:
            changes.unlock(request.account, subject, by=request.actor)
            messages.success(
                request, _("The accounts beneath can change %(label)s again.") % {"label": label["label"].lower()}
            )
    return redirect("settings:locks", account_id=request.account.pk)


urlpatterns = [
    path("a/<int:account_id>/settings/locks", locks, name="locks"),
    path("a/<int:account_id>/settings/locks/<slug:subject>", set_lock, name="set_lock"),
]
