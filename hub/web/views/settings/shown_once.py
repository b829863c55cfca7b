"""A link that sets a password: put aside for the next page, shown there once, and kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from hub.users import links
from hub.users.models import User
from hub.web.design.progress import span_in_words
from hub.web.request import HubRequest

KEY = "shown_once"


@dataclass(frozen=True)
class Link:
    """The whole address, what it is for, and how long it lives, in words."""

    address: str
    purpose: links.Purpose
    lives: str


def put(request: HubRequest, user: User, purpose: links.Purpose, token: str) -> None:
    """Show it on this user's page, the next time that this browser opens it."""
    request.session[KEY] = {"user": user.pk, "purpose": purpose, "token": token}


def take(request: HubRequest, user: User) -> Link | None:
    """The link put aside for this user, if there is one; it is gone then."""
    kept = request.session.get(KEY)
    if not kept or kept.get("user") != user.pk or request.method != "GET":
        return None
    del request.session[KEY]
    purpose: links.Purpose = kept["purpose"]
    address = _absolute(request, reverse(f"signing:{purpose}", args=[kept["token"]]))
    return Link(address, purpose, span_in_words(links.LIVES[purpose]))


def _absolute(request: HubRequest, path: str) -> str:
    base = settings.HUB_PUBLIC_URL
    return base + path if base else request.build_absolute_uri(path)
