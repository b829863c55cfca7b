"""Settings → Sub-accounts → Lock: shut an account beneath and all beneath it, and open it again.

A lock of this kind is the strongest thing that can be done to an account: nobody signs in, nothing is sent, the API is closed.
What it does is told first, in numbers. Who locked decides who may open: what an operator has locked stays locked from here.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.accounts import changes, reads
from hub.accounts.models import Account
from hub.audit import reads as audit
from hub.db.errors import NotFound, Refused
from hub.engine import overview, release
from hub.users import reads as users
from hub.users.checks import Denied, decide
from hub.users.facts import Circumstances
from hub.web import nudge
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs


@page("locks.edit")
def lock_account(request: HubRequest, child_id: int) -> HttpResponse:
    """Ask, saying what stops; then shut the account."""
    child = _child(request, child_id)
    if request.method != "POST":
        return _ask(request, child)
    changes.lock_login(child, by=request.actor)
    told = _("%(name)s is locked. Nobody signs in there, and nothing is sent.") % {"name": child.name}
    messages.warning(request, told)
    return redirect("settings:subaccounts", account_id=request.account.pk)


@page("locks.edit")
def unlock_account(request: HubRequest, child_id: int) -> HttpResponse:
    """Open the account; what was held goes on in the order in which it was due."""
    child = _child(request, child_id)
    if request.method == "POST" and child.locked_at is not None:
        if not opens(request, child):
            raise Refused(
                _("%(name)s was locked by somebody above you, or by an operator.") % {"name": child.name},
                _("Whoever locked it can unlock it."),
                reason="locked",
            )
        changes.unlock_login(child, by=request.actor)
        freed = release.of_account(_beneath(child).values_list("pk", flat=True))
        nudge.nudge()
        going = ngettext("%(count)s step goes on.", "%(count)s steps go on.", freed) % {"count": freed}
        messages.success(request, _("%(name)s is open again.") % {"name": child.name} + f" {going}")
    return redirect("settings:subaccounts", account_id=request.account.pk)


def opens(request: HubRequest, child: Account) -> bool:
    """Whether this person may lift the lock: whoever may lock where the one who locked belongs."""
    row = audit.last(child.pk, "login_locked", "account", child.pk)
    if row is None or row.actor_kind != "person" or not row.actor_id.isdecimal():
        return False
    line = [request.account, *reads.ancestors(request.account).order_by("-depth")]
    home = next((at for at in line if users.users_of(at, archived=None).filter(pk=int(row.actor_id)).exists()), None)
    if home is None:
        return False
    at = Circumstances(request.now, request.via)
    return not isinstance(decide(request.principal, "locks.edit", reads.place(home), at=at), Denied)


def _child(request: HubRequest, child_id: int) -> Account:
    child = reads.children(request.account).filter(pk=child_id).first()
    if child is None:
        raise NotFound
    return child


def _beneath(child: Account) -> QuerySet[Account]:
    return reads.subtree(child).order_by()


def _ask(request: HubRequest, child: Account) -> HttpResponse:
    ids = list(_beneath(child).values_list("pk", flat=True))
    context: dict[str, Any] = {
        "child": child,
        "beneath": len(ids) - 1,
        "people": sum(users.users_of(one).count() for one in ids),
        "steps": sum(overview.scheduled(one) for one in ids),
        "tabs": tabs(request, "subaccounts"),
    }
    return render(request, "web/settings/lock_account.html", context)


urlpatterns = [
    path("a/<int:account_id>/settings/sub-accounts/<int:child_id>/lock", lock_account, name="lock_account"),
    path("a/<int:account_id>/settings/sub-accounts/<int:child_id>/unlock", unlock_account, name="unlock_account"),
]
