"""What an operation finds on its request once `admission` has let the call in."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from hub.accounts.models import Account
from hub.accounts.place import Place
from hub.audit.actor import Actor
from hub.contacts.visibility import Viewer
from hub.plans.visibility import Viewer as PlanViewer
from hub.users.facts import Principal, Via


class ApiRequest(HttpRequest):
    """A call of somebody who may make it."""

    principal: Principal
    actor: Actor
    """Who asks, for `by=`."""
    account: Account
    place: Place
    via: Via
    viewer: Viewer
    plan_viewer: PlanViewer
    endpoint: str
    """The permission that this call needed."""
    now: datetime
    ip: str
    reference: str
