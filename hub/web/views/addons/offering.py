"""Available or not: the operator's word for an account and all beneath it, and an account's wish for one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.accounts import reads as accounts
from hub.addons import changes
from hub.addons.models import Manifest
from hub.audit.changes import record
from hub.db.errors import NotFound
from hub.engine import recipients, release
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.web.entry import page
from hub.web.request import HubRequest


@page("addons.offer")
def offer(request: HubRequest, addon: str) -> HttpResponse:
    """Make an add-on available here, or withdraw it."""
    if not Manifest.objects.filter(pk=addon, always_on=False).exists():
        raise NotFound(_("There is no such add-on."))
    if request.method == "POST":
        if request.POST.get("available") == "1":
            freed = changes.make_available(request.account, addon, by=request.actor)
            release.of_account(freed.account_ids, addon)
        else:
            changes.withdraw(request.account, addon, by=request.actor)
        messages.success(request, _("Saved."))
    return redirect("addons:list", account_id=request.account.pk)


@page("addons.view")
def ask_for(request: HubRequest) -> HttpResponse:
    """Ask for an add-on that is not in the list. Whoever runs the accounts above is told."""
    if request.method != "POST":
        return render(request, "web/addons/ask.html")
    wish = " ".join(request.POST.get("wish", "").split())[:200]
    if wish:
        record("asked_for", "addon", wish, by=request.actor, account_id=request.account.pk)
        above = request.account.ancestor_ids
        top = accounts.get(above[0]) if above else request.account
        data = {"wish": wish, "account": request.account.name, "person": request.actor.label}
        notifications.tell_many(
            NewNotification(top.pk, user_id, "addon.asked_for", data, f"/a/{request.account.pk}/add-ons")
            for user_id in recipients.in_charge(top.pk)
        )
        messages.success(request, _("Your wish was passed on to the people who run %(top)s.") % {"top": top.name})
    return redirect("addons:list", account_id=request.account.pk)
