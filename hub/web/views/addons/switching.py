"""On and off: off says first what it would hold."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.addons import changes, lending
from hub.addons.writing import Freed
from hub.engine import release
from hub.plans import impact
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest
from hub.web.views.addons import finding


@page("addons.edit")
def switch_on(request: HubRequest, addon: str) -> HttpResponse:
    """Tick the box; the fields it needs are on the page that follows."""
    found = finding.entry(request, addon)
    if request.method == "POST":
        released = _release(changes.enable(request.account, addon, by=request.actor))
        words = _("%(title)s is on.") % {"title": found.manifest.title}
        messages.success(request, f"{words} {_released_words(released)}".strip())
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


@page("addons.edit")
def switch_off(request: HubRequest, addon: str) -> HttpResponse:
    """What would wait, then the switch."""
    found = finding.entry(request, addon)
    if request.method != "POST":
        below = impact.of_switch_off(request.account, addon)
        return render(request, "web/addons/switch_off.html", {"entry": found, "impact": below})
    changes.disable(request.account, addon, by=request.actor)
    words = _("%(title)s is off. Its steps wait until it is on again; nothing is dropped.")
    messages.success(request, words % {"title": found.manifest.title})
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


@page("addons.edit")
def lend(request: HubRequest, addon: str) -> HttpResponse:
    """Let accounts beneath use this account's connection, or stop it."""
    finding.connection(request, addon)
    if request.method == "POST":
        if request.POST.get("lend") == "1":
            _release(lending.lend(request.account, addon, by=request.actor))
        else:
            lending.stop_lending(request.account, addon, by=request.actor)
        messages.success(request, _("Saved."))
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


@page("addons.edit")
def borrow(request: HubRequest, addon: str) -> HttpResponse:
    """Use the connection of the account above."""
    finding.entry(request, addon)
    if request.method == "POST":
        _release(lending.borrow(request.account, addon, by=request.actor))
        messages.success(request, _("This account now uses the connection of the account above."))
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


def _release(freed: Freed) -> int:
    released = release.of_account(freed.account_ids, freed.addon) if freed.account_ids else 0
    nudge()
    return released


def _released_words(number: int) -> str:
    return _("%(n)d waiting steps go on.") % {"n": number} if number else ""
