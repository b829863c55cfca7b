"""One portion of a replay, inside a transaction of its caller.

What became of its steps and how far it is stand or fall together.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from hub.audit.actor import Actor
from hub.contacts.bulk import whose
from hub.contacts.models import Contact
from hub.contacts.visibility import visible
from hub.db import clock
from hub.db.errors import Conflict, NotFound, Problem
from hub.engine.replaying import changes, selecting
from hub.engine.replaying.again import again
from hub.engine.replaying.changes import LEASE
from hub.engine.replaying.models import Replay
from hub.engine.replaying.selecting import Window

PORTION = 100
"""Steps in one transaction: SQLite has one writer, and others wait for it."""

MOST_TRIES = 5  # of one portion; then it is the portion and not the weather

PERMISSION = "runs.resolve"

State = Replay.State


def begin(replay_id: int, portion: int) -> bool:
    """Count a try of a portion, in a transaction of its own: it must survive the try. False: there is nothing to do."""
    rows = Replay.objects.filter(pk=replay_id, portion=portion, state=State.RUNNING)
    if not rows.update(tries=F("tries") + 1, lease_until=clock.now() + LEASE):
        return False
    row = rows.select_for_update().first()
    if row is not None and row.tries > MOST_TRIES:
        changes.close(row, State.FAILED, problem=f"The next steps could not be tried again, {MOST_TRIES} times over.")
        return False
    return row is not None


def run(replay_id: int, portion: int) -> int | None:
    """Do a portion and say which one is next; None when there is none, or when this one is no longer wanted."""
    row = Replay.objects.select_for_update().filter(pk=replay_id, portion=portion, state=State.RUNNING).first()
    if row is None:
        return None
    try:
        scope = _scope(row)
    except Problem as problem:
        changes.close(row, State.FAILED, problem=problem.sentence)
        return None
    steps = selecting.steps(row.account_id, Window.from_json(row.about), scope)
    steps = steps.filter(pk__gt=row.after) if row.after else steps
    ids = list(steps.order_by("pk").values_list("pk", flat=True)[:PORTION])
    for run_id in ids:
        _one(row, run_id)
    return _move_on(row, ids)


def stuck() -> list[tuple[int, int]]:
    """(replay, portion) of those whose lease has run out: message or worker is lost, and the bell rings again."""
    rows = Replay.objects.filter(state=State.RUNNING, lease_until__lt=clock.now())
    return list(rows.values_list("pk", "portion"))


def _scope(row: Replay) -> Q:
    """The contacts that the person who started it may see, as it is now and not as it was then."""
    viewer = whose.viewer_for(row, PERMISSION)
    if viewer.sees == "all":
        return Q()
    return Q(contact_id__in=visible(Contact.objects.filter(account_id=row.account_id), viewer).values("pk"))


def _one(row: Replay, run_id: UUID) -> None:
    try:
        with transaction.atomic():
            again(row.account_id, run_id, by=Actor(**row.by))
        row.again += 1
    except (Conflict, NotFound) as refusal:
        row.left[str(refusal)] = row.left.get(str(refusal), 0) + 1


def _move_on(row: Replay, ids: list[UUID]) -> int | None:
    if len(ids) < PORTION:
        changes.close(row, State.DONE)
        return None
    row.portion, row.tries, row.after, row.lease_until = row.portion + 1, 0, ids[-1], clock.now() + LEASE
    row.save()
    return row.portion
