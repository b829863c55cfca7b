"""Questions about silences: of one plan or connection, and all that last in an account."""

from __future__ import annotations

from typing import Any

from hub.db import scoping
from hub.db.scoping import id_of
from hub.silence.models import Silence, Watched

LATELY = 10


def of_plan(account: Any, plan_id: int) -> Watched | None:
    """What is watched of a plan; None while it has never acted."""
    return _of(account, Watched.Kind.PLAN, str(plan_id))


def of_addon(account: Any, addon: str) -> Watched | None:
    """What is watched of an add-on's connection here."""
    return _of(account, Watched.Kind.ADDON, addon)


def _of(account: Any, kind: str, key: str) -> Watched | None:
    return Watched.objects.filter(account_id=id_of(account), kind=kind, key=key).first()


def get(account: Any, watched_id: Any) -> Watched:
    """One of the account's, or ``NotFound``."""
    return scoping.get(Watched.objects.all(), account, watched_id)


def lasting(watched: Watched | None) -> Silence | None:
    """The silence that lasts, unless somebody muted it."""
    if watched is None or watched.muted:
        return None
    return Silence.objects.filter(watched=watched, ended_at=None).first()


def all_lasting(account: Any) -> list[Silence]:
    """All that last in an account and are not muted, the oldest first."""
    rows = Silence.objects.filter(watched__account_id=id_of(account), ended_at=None, watched__muted_at=None)
    return list(rows.select_related("watched").order_by("since", "pk"))


def so_far(watched: Watched) -> list[Silence]:
    """The latest silences, newest first."""
    return list(watched.silences.order_by("-pk")[:LATELY])


def numbers(watched: Watched) -> list[tuple[Any, int]]:
    """Day and number of done steps, oldest first, as far as they are kept."""
    return list(watched.tallies.order_by("day").values_list("day", "done"))
