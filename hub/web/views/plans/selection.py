"""Contacts handed over to be put on a plan: a query, kept in the session under a short key.

The list of contacts calls :func:`hand_over` with what is marked (a query with ``among``) or with its whole filter (*all that
match*) and redirects to the address it gets. The query is asked again when it is counted and when it is carried out, with the
eyes of the person who is signed in then: a selection gives nobody a right.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from pydantic import ValidationError

from hub.contacts import reads as contacts
from hub.contacts.models import Contact
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import Viewer, viewer_of
from hub.db.errors import Problem
from hub.web.request import HubRequest
from hub.web.views.contacts.finding import brought

KEY = "plan_selections"
KEPT = 10
"""Selections that one session remembers; the oldest are forgotten."""


def hand_over(request: HubRequest, query: ContactQuery, plan_id: int | None = None) -> str:
    """Keep a selection and say where to go on: to one plan's page, or to the choice of a plan."""
    key = keep(request, query)
    if plan_id is not None:
        return f"{reverse('plans:enroll', args=[request.account.pk, plan_id])}?chosen={key}"
    return f"{reverse('plans:choose', args=[request.account.pk])}?chosen={key}"


def keep(request: HubRequest, query: ContactQuery) -> str:
    """Remember a query in this session; the answer is its key."""
    key = secrets.token_urlsafe(9)
    kept: dict[str, Any] = dict(request.session.get(KEY, {}))
    kept[key] = {"account": request.account.pk, "query": query.to_json()}
    request.session[KEY] = dict(list(kept.items())[-KEPT:])
    return key


def recall(request: HubRequest, key: str) -> ContactQuery:
    """The query behind a key. Raises ``Problem`` when it was forgotten or belongs to another account."""
    kept = request.session.get(KEY, {}).get(key)
    try:
        if kept and kept["account"] == request.account.pk:
            return ContactQuery.model_validate(kept["query"])
    except (KeyError, TypeError, ValidationError):
        pass
    raise Problem(
        "This selection of contacts is no longer at hand.",
        next="Choose the contacts again; nobody was put on a plan.",
        code="selection_gone",
    )


def eyes(request: HubRequest) -> Viewer:
    """Whose contacts this person may put on plans and take off: that can be fewer than they see."""
    return viewer_of(request.principal, request.place, now=request.now, permission="plans.use")


def contacts_of(request: HubRequest, query: ContactQuery) -> QuerySet[Contact]:
    """The contacts of a query that this person may put on a plan now, for counting and enrolling."""
    return contacts.selection(request.account, eyes(request), query, brought(request, query))
