"""Acts on one: try it out, switch it off and on, send again, take it away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.hooks import actors, changes, courier, reads
from hub.hooks.models import Delivery, Endpoint
from hub.plans.zones import moment_of, zone_of
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.webhooks.showing import draw

PAST = {"day": timedelta(days=1), "week": timedelta(days=7), "all": changes.KEPT}
"""How far back what waited is sent when a webhook is switched on again; anything else: nothing of the past."""


def _back(request: HubRequest, row: Endpoint) -> HttpResponse:
    return redirect("settings:webhook", account_id=request.account.pk, hook_id=row.pk)


@page("webhooks.edit", atomic=False)
def try_out(request: HubRequest, hook_id: int) -> HttpResponse:
    """Send a made-up event and wait for the answer. No transaction is open meanwhile."""
    row = reads.get(request.account, hook_id)
    if request.method != "POST":
        return _back(request, row)
    with transaction.atomic():
        made = changes.sample(row, request.POST.get("event", ""), by=request.actor)
    if not courier.carry_now(row.pk, (made.pk,)):
        messages.info(request, _("It waits: the account is paused, or something else is being sent there just now."))
        return _back(request, row)
    return redirect("settings:webhook_delivery", account_id=request.account.pk, hook_id=row.pk, delivery_id=made.pk)


@page("webhooks.edit")
def switch(request: HubRequest, hook_id: int) -> HttpResponse:
    """Off, or on again with as much of the past as was chosen."""
    row = reads.get(request.account, hook_id)
    if request.method == "POST" and request.POST.get("on") == "1":
        past = PAST.get(request.POST.get("past", ""))
        number = changes.enable(row, since=request.now - past if past else None, by=request.actor)
        actors.ring(row.pk)
        sent = ngettext("%(n)d delivery is sent now.", "%(n)d deliveries are sent now.", number) % {"n": number}
        messages.success(request, f"{_('The webhook is on.')} {sent if number else ''}".strip())
    elif request.method == "POST":
        changes.disable(row, by=request.actor)
        messages.info(request, _("The webhook is off. What happens from now on waits, for thirty days."))
    return _back(request, row)


@page("webhooks.edit")
def replay(request: HubRequest, hook_id: int) -> HttpResponse:
    """Send again: one or some that were marked, or a window of time. Each keeps its id."""
    row = reads.get(request.account, hook_id)
    if request.method != "POST":
        return _back(request, row)
    which = _marked(request, row) if request.POST.getlist("delivery") else _window(request, row)
    if which is None:
        return draw(request, row, status=422, window_error=_("Say from when to when."), given=request.POST)
    number = changes.replay(row, which, by=request.actor)
    actors.ring(row.pk)
    told = ngettext("%(n)d delivery is sent again.", "%(n)d deliveries are sent again.", number) % {"n": number}
    messages.success(request, told if number else _("There was nothing to send again."))
    return _back(request, row)


def _marked(request: HubRequest, row: Endpoint) -> QuerySet[Delivery]:
    ids = [
        int(one)
        for one in request.POST.getlist("delivery")[:1_000]
        if one.isascii() and one.isdigit() and len(one) < 19
    ]
    return Delivery.objects.filter(endpoint=row, pk__in=ids)


def _window(request: HubRequest, row: Endpoint) -> QuerySet[Delivery] | None:
    since, until = (_moment(request, request.POST.get(name, "")[:40]) for name in ("since", "until"))
    if since is None or until is None or since > until:
        return None
    return reads.window(row, since, until, request.POST.get("all") != "1")


def _moment(request: HubRequest, text: str) -> datetime | None:
    """By the account's clock, as a browser writes it."""
    return moment_of(text, zone_of(request.account.time_zone))


@page("webhooks.edit")
def remove(request: HubRequest, hook_id: int) -> HttpResponse:
    """Take it away, with all that waits for it."""
    row = reads.get(request.account, hook_id)
    if request.method != "POST":
        return _back(request, row)
    changes.remove(row, by=request.actor)
    messages.success(request, _("The webhook to %(host)s is gone.") % {"host": row.host})
    return redirect("settings:webhooks", account_id=request.account.pk)
