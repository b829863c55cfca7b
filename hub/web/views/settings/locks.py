"""Settings → Enterprise settings: what this account keeps the same for the accounts beneath it.

Before a lock is set a page says what people beneath lose, how many accounts it binds, and what of their own stays. How far it
reaches is chosen there; a subject only proposes it (R060).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.accounts import changes, reads
from hub.accounts.locks import SUBJECTS, LockFact, Subject, locked_by
from hub.accounts.models import Account, Lock
from hub.contacts import lists
from hub.db.errors import NotFound
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs

TO_COME = frozenset({"proposal_template"})
"""Subjects whose feature this hub does not have yet. A lock that stands on one is shown, and can be lifted."""


@dataclass(frozen=True)
class Line:
    """One subject: our own lock on it, or the one from above that binds us."""

    subject: Subject
    own: Lock | None
    above: LockFact | None


@dataclass(frozen=True)
class Reached:
    """How many accounts a reach binds."""

    reach: str
    label: str
    accounts: int


@page("locks.edit")
def locks(request: HubRequest) -> HttpResponse:
    """Every subject with its lock, and below it what the accounts beneath lose."""
    own = {row.subject: row for row in reads.own_locks(request.account)}
    place = request.place
    lines = [
        Line(subject, own.get(name), locked_by(name, place.locks, place.ancestors))
        for name, subject in SUBJECTS.items()
        if name not in TO_COME or name in own
    ]
    beneath = reads.subtree(request.account).count() - 1
    context = {"lines": lines, "beneath": beneath, "tabs": tabs(request, "locks")}
    return render(request, "web/settings/locks.html", context)


@page("locks.edit")
def set_lock(request: HubRequest, subject: str) -> HttpResponse:
    """Ask before a lock is set (GET); lock with ``on=1`` and a ``reach``, or unlock."""
    if subject not in SUBJECTS:
        raise NotFound
    if request.method != "POST":
        return _ask(request, SUBJECTS[subject])
    if request.POST.get("on") == "1":
        _lock(request, SUBJECTS[subject])
    elif changes.unlock(request.account, subject, by=request.actor):
        told = _("The accounts beneath can change this again: %(label)s.") % {"label": SUBJECTS[subject].label.lower()}
        messages.success(request, told)
    return redirect("settings:locks", account_id=request.account.pk)


def _lock(request: HubRequest, subject: Subject) -> None:
    row = changes.lock(request.account, subject.name, by=request.actor, reach=request.POST.get("reach") or None)
    bound = next(one.accounts for one in _reaches(request.account) if one.reach == row.reach)
    told = ngettext(
        "%(label)s: locked for %(count)s account.", "%(label)s: locked for %(count)s accounts.", bound
    ) % {"label": subject.label, "count": bound}  # fmt: skip
    messages.success(request, told)


def _ask(request: HubRequest, subject: Subject) -> HttpResponse:
    own = reads.own_locks(request.account).filter(subject=subject.name).first()
    context = {
        "subject": subject,
        "own": own,
        "chosen": own.reach if own else subject.reach,
        "reaches": _reaches(request.account),
        "kept": _kept(request.account, subject.name),
        "tabs": tabs(request, "locks"),
    }
    return render(request, "web/settings/lock.html", context)


def _reaches(account: Account) -> list[Reached]:
    children, subtree = reads.children(account).count(), reads.subtree(account).count() - 1
    return [
        Reached("children", _("Accounts directly beneath"), children),
        Reached("subtree", _("All accounts beneath, however far down"), subtree),
    ]


def _kept(account: Account, subject: str) -> str:
    """What of the accounts' own there is now, and what becomes of it."""
    count = lists.own_beneath(account, subject)
    if not count:
        return ""
    words = {
        "lead_sources": ngettext(
            "%(count)s lead source of their own stays in use, marked as local; nobody there can change it.",
            "%(count)s lead sources of their own stay in use, marked as local; nobody there can change them.",
            count,
        ),
        "sales_cycle": ngettext(
            "%(count)s stage of their own is out of force until you unlock; contacts keep it until they are moved.",
            "%(count)s stages of their own are out of force until you unlock; contacts keep them until they are moved.",
            count,
        ),
        "tags": ngettext(
            "%(count)s tag of their own stays on the contacts that have it; it can be put on no other.",
            "%(count)s tags of their own stay on the contacts that have them; they can be put on no others.",
            count,
        ),
    }
    return words.get(subject, "") % {"count": count}


urlpatterns = [
    path("a/<int:account_id>/settings/locks", locks, name="locks"),
    path("a/<int:account_id>/settings/locks/<slug:subject>", set_lock, name="set_lock"),
]
