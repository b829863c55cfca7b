"""What a view finds on its request once `hub.web.entry.page` has let it in, and how it asks for more permissions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from hub.accounts.models import Account
from hub.accounts.place import Place
from hub.audit.actor import Actor
from hub.contacts.visibility import Viewer
from hub.users import guard, permissions
from hub.users.facts import Principal, Record, Via, Visibility
from hub.users.models import User


class HubRequest(HttpRequest):
    """A request of somebody who may be here. On pages without an account the parts that need one are not set."""

    user: User
    """Who signed in, also while they act as another."""
    principal: Principal
    actor: Actor
    """Who asks, for `by=`."""
    now: datetime
    """The clock's time, the same for the whole request."""
    ip: str
    reference: str
    """Names this request in the logs and on error pages."""
    via: Via
    htmx: HtmxDetails

    account: Account
    place: Place
    viewer: Viewer
    visibility: Visibility | None


def may(request: HubRequest, permission: str, record: Record | None = None) -> bool:
    """Whether to show a button. The route behind it checks again."""
    return guard.may(request.principal, permission, request.place, record, via=request.via)


def require(request: HubRequest, permission: str, record: Record | None = None) -> None:
    """One more permission than the route states, for a part of a page or for one record. Raises `Refused` or `NotFound`."""
    guard.check(request.principal, permission, request.place, record, via=request.via)


class Can:
    """`{% if can.plans.edit %}` in a template: whether this person has `plans.edit` in this account."""

    def __init__(self, request: HubRequest, area: str = "") -> None:
        self._request = request
        self._area = area
        self._known: dict[str, Any] = {}

    def __getitem__(self, word: str) -> Any:
        if word not in self._known:
            self._known[word] = self._look(word)
        return self._known[word]

    def _look(self, word: str) -> Any:
        name = f"{self._area}.{word}" if self._area else word
        if permissions.exists(name):
            return may(self._request, name)
        if not any(one.name.startswith(f"{name}.") for one in permissions.every()):
            raise LookupError(f"there is no permission {name}")  # a KeyError would only hide the button
        return Can(self._request, name)
