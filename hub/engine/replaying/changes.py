"""Starting a replay, and cancelling it. Nothing here touches a step: that is the portions' work.

Whoever calls ``start`` rings for the first portion (``hub.engine.replaying.actors.ring``).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock, scoping
from hub.db.errors import Conflict, Problem
from hub.db.scoping import id_of
from hub.engine.replaying import selecting
from hub.engine.replaying.models import Replay
from hub.engine.replaying.selecting import Window
from hub.notifications.changes import NewNotification, tell_many

LEASE = timedelta(seconds=30)
"""A portion that took longer belongs to a worker that is gone. If it is not, the row's lock keeps the second one out."""

KEPT = timedelta(days=90)
"""How long a replay can be looked at after its end; the audit keeps it longer."""

State = Replay.State


def start(
    account: Account | int, window: Window, *, token: str, by: Actor, reason: str = "", scope: Q | None = None
) -> Replay:
    """Begin to try these again. The same token again gives the replay that it started the first time.

    What fails from now on is not meant: a step is tried again once.

    Raises:
        Problem: there is nothing to try again.
    """
    now = clock.now()
    known = Replay.objects.filter(account_id=id_of(account), token=token).first()
    if known:
        return known
    meant = replace(window, until=min(window.until or now, now))
    found = selecting.steps(id_of(account), meant, scope).count()
    if not found:
        raise Problem(_("There is nothing to try again any more."), next=_("Choose another time, add-on or plan."))
    values = {
        "about": meant.to_json(), "reason": reason[:2000], "by": asdict(by), "owner_id": _owner(by), "asked": found,
        "created_at": now, "lease_until": now + LEASE,
    }  # fmt: skip
    row, _made = Replay.objects.get_or_create(account_id=id_of(account), token=token, defaults=values)
    return row


def get(account: Account | int, replay_id: Any) -> Replay:
    """A replay of this account, or ``NotFound``."""
    return scoping.get(Replay.objects.all(), account, replay_id)


def cancel(account: Account | int, replay_id: Any, *, by: Actor) -> Replay:
    """Stop after the portion at hand. What is scheduled again stays so. Raises ``Conflict`` when it has ended already."""
    found = get(account, replay_id)
    row = Replay.objects.select_for_update().get(pk=found.pk)
    if row.state != State.RUNNING:
        raise Conflict(_("This has ended already."), next=_("Look at its report."))
    close(row, State.CANCELLED, by=by)
    return row


def close(row: Replay, state: Replay.State, *, by: Actor | None = None, problem: str = "") -> None:
    """End it, by itself or ``by`` somebody who cancelled it: one audit row for the whole, and word to who started it."""
    row.state, row.problem, row.ended_at, row.lease_until = state, problem[:500], clock.now(), None
    row.save()
    data = {
        **row.about, "steps": row.again, "asked": row.asked, "left": row.left, "ended": row.state, "reason": row.reason,
        "cancelled_by": by.label if by else "",
    }  # fmt: skip
    record("replayed", "step_run", "", by=Actor(**row.by), account_id=row.account_id, data=data)
    if row.owner_id is not None and (by is None or by.id != row.by.get("id")):
        told = {
            "name": _("Try again"),
            "text": " ".join(filter(None, (problem, summary(row)))),
            "user": by.label if by else "",
        }
        url = f"/a/{row.account_id}/runs/replays/{row.pk}"
        tell_many([NewNotification(row.account_id, row.owner_id, f"bulk.{row.state}", told, url=url)])


def summary(row: Replay) -> str:
    """What became of the steps, in one sentence."""
    parts = [
        (row.again, "tried again"),
        (sum(row.left.values()), "left as they are"),
        (row.asked - row.seen, "not reached"),
    ]
    return ", ".join(f"{number:,} {words}" for number, words in parts if number > 0) + "."


def forget_old() -> int:
    """The job of a day: remove replays that ended long ago. Says how many."""
    gone, _rows = Replay.objects.filter(ended_at__lt=clock.now() - KEPT).delete()
    return gone


def _owner(by: Actor) -> int | None:
    """Whose rights count: the person shown, while somebody acts as another."""
    id_ = by.acting_as or by.id
    return int(id_) if by.kind == "person" and id_.isdigit() else None
