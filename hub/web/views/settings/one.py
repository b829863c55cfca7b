"""What the pages about one person share: finding them, what each page shows of them, and the way back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from hub.users import guard, reads, roles
from hub.users.facts import Record
from hub.users.models import User
from hub.web.request import HubRequest, may, require
from hub.web.views.settings.tabs import tabs
from hub.web.views.settings.users import STATES

BASE = "a/<int:account_id>/settings/users/<int:user_id>"
ACTIONS = ("edit", "change_role", "archive", "set_password")


def find(request: HubRequest, user_id: int) -> tuple[User, Record]:
    user = reads.get(request.account, user_id)
    return user, reads.record_of(user, request.place)


def find_to_change(request: HubRequest, user_id: int, permission: str) -> tuple[User, Record]:
    """The same, for one who may do this to them; raises `Refused` when they work where this person does not."""
    user, record = find(request, user_id)
    require(request, permission, record)
    guard.check_over(request.principal, user)
    return user, record


def facts(request: HubRequest, user: User, record: Record) -> dict[str, Any]:
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
        "is_owner": any(grant.template == "owner" for grant in _grants_shown(request, user)),
        "myself": myself,
        "tabs": tabs(request, "users"),
    }


def back(request: HubRequest, user: User) -> HttpResponse:
    return redirect("settings:user", account_id=request.account.pk, user_id=user.pk)


def _grants_shown(request: HubRequest, user: User) -> Any:
    """Roles here and beneath; what somebody does in other branches is not told here."""
    return reads.grants(user).filter(account__path__startswith=request.account.path)
