"""The bell: what one person should know, in one account. Opening a line marks it as read and leads to what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from hub.notifications import changes, reads, wording
from hub.notifications.models import Notification
from hub.web.design.links import Link
from hub.web.design.tables import CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest

ICONS = {
    "step.done": ("circle-check", "success"),
    "step.failed": ("circle-x", "danger"),
    "step.held": ("circle-pause", "warning"),
    "step.unknown": ("circle-alert", "danger"),
    "addon.broken": ("triangle-alert", "danger"),
    "addon.recovered": ("circle-check", "success"),
    "import.failed": ("circle-x", "danger"),
    "import.done": ("circle-check", "success"),
    "silence.plan": ("bell-off", "warning"),
    "silence.addon": ("bell-off", "warning"),
}
"""Icon and tone of the kinds that have one of their own."""


@dataclass(frozen=True)
class Line:
    """A notification ready to draw."""

    row: Notification
    sentence: str
    icon: str
    tone: str


@page("account.enter")
def listing(request: HubRequest) -> HttpResponse:
    """One's own notifications, newest first; all, or those not read yet."""
    unread = request.GET.get("show") == "unread"
    found = reads.page(_person(request), request.account.pk, request.GET.get("cursor"), unread_only=unread)
    context: dict[str, Any] = {
        "lines": [_line(row) for row in found.rows],
        "page": CursorPage.of(found),
        "unread_only": unread,
        "tabs": [Link(_("All"), "?", current=not unread), Link(_("Unread"), "?show=unread", current=unread)],
        "kept_days": request.account.notification_delete_days,
    }
    return render(request, "web/notifications/list.html", context)


@page("account.enter")
def mark_read(request: HubRequest) -> HttpResponse:
    """Mark one (`id`) or all as read, and go to what it is about. While acting as another nothing is marked."""
    given = request.POST.get("id", "")
    ids = [int(given)] if given.isdecimal() and len(given) < 19 else None
    row = reads.get(_person(request), request.account.pk, ids[0]) if ids else None
    if request.method == "POST" and not request.principal.shown and (row or not given):
        changes.mark_read(_person(request), request.account.pk, ids, now=request.now)
    if row is not None and row.url:
        return redirect(row.url)
    return redirect("notifications:list", account_id=request.account.pk)


def _person(request: HubRequest) -> int:
    return int(request.principal.effective.id)


def _line(row: Notification) -> Line:
    icon, tone = ICONS.get(row.kind, ("bell", "neutral"))
    return Line(row, wording.sentence(row), icon, tone)


app_name = "notifications"
urlpatterns = [
    path("a/<int:account_id>/notifications", listing, name="list"),
    path("a/<int:account_id>/notifications/read", mark_read, name="read"),
]
