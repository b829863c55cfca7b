"""Settings → Users: who works here, and who did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from hub.users import reads, roles
from hub.users.models import Grant, User
from hub.web.design.tables import Column
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs

COLUMNS = (
    Column(_("Name")),
    Column(_("Role")),
    Column(_("State"), kind="state"),
    Column(_("Last seen")),
    Column(_("API v2 id")),
)
STATES = {
    User.State.INVITED: ("info", "mail", _("Invited")),
    User.State.ACTIVE: ("success", "circle-check", _("Active")),
    User.State.BLOCKED: ("danger", "ban", _("Blocked")),
    User.State.ARCHIVED: ("neutral", "archive", _("Archived")),
}
"""Tone, icon and word of each state."""


@dataclass(frozen=True)
class Line:
    """A user as the list shows them."""

    user: User
    role: str
    seen: datetime | None
    tone: str
    icon: str
    state: object


@page("users.view")
def users(request: HubRequest) -> HttpResponse:
    """The people with a role here."""
    return _list(request, archived=False)


@page("users.view")
def archived_users(request: HubRequest) -> HttpResponse:
    """Those who left; they can be brought back with a new password."""
    return _list(request, archived=True)


def _list(request: HubRequest, archived: bool) -> HttpResponse:
    people = list(reads.users_of(request.account, archived))
    others = reads.users_of(request.account, not archived).count()
    context = {
        "lines": _lines(request, people),
        "archived": archived,
        "from_above": [] if archived else _from_above(request),
        "others": others,
        "columns": COLUMNS,
        "tabs": tabs(request, "users"),
    }
    return render(request, "web/settings/users.html", context)


def _from_above(request: HubRequest) -> list[tuple[User, str]]:
    """Who looks in from an account above, and by which role there."""
    people = reads.people_from_above(request.account)
    return [
        (user, ", ".join(f"{roles.label(one.template)}, {one.account}" for one in grants)) for user, grants in people
    ]


def _lines(request: HubRequest, people: list[User]) -> list[Line]:
    held: dict[int, list[str]] = {user.pk: [] for user in people}
    for grant in Grant.objects.filter(account=request.account, user__in=people).order_by("id"):
        held[grant.user_id or 0].append(roles.label(grant.template))
    seen = reads.last_seen(held)
    return [Line(user, ", ".join(held[user.pk]), seen.get(user.pk), *STATES[User.State(user.state)]) for user in people]


urlpatterns = [
    path("a/<int:account_id>/settings/users", users, name="users"),
    path("a/<int:account_id>/settings/users/archived", archived_users, name="archived_users"),
]
