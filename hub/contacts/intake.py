"""The one door for new contacts: by hand, from a file, from a vendor, by API.

A batch goes through in steps, each a few statements for all of it: clean everybody, look everybody up, decide who is new
(``placing``), write contacts, and then what hangs on them. Somebody who cannot be taken in is an answer, not an exception, and
takes nobody along. One batch of an account at a time: two imports that bring the same person must not both find her missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import cleaning, lists, matching, placing, storing
from hub.contacts.incoming import Incoming, Intake, Policy
from hub.db import clock, dialect
from hub.db.errors import Invalid

_DOOR = 0x68756263  # “hubc”, the upper half of the advisory lock's number


def intake(
    account: Account | int, incoming: Incoming, *, by: Actor, policy: Policy, known: lists.Lists | None = None
) -> Intake:
    """Take one person in. Raises ``Invalid`` with field errors where a batch would say ``broken``."""
    (result,) = intake_many(account, [incoming], by=by, policy=policy, known=known)
    if result.outcome == "broken":
        raise Invalid(result.problems)
    return result


def intake_many(
    account: Account | int,
    people: Sequence[Incoming],
    *,
    by: Actor,
    policy: Policy,
    known: lists.Lists | None = None,
    dry: bool = False,
) -> list[Intake]:
    """Take people in and answer for each, in their order, inside the caller's transaction.

    ``known`` are the account's lists, for callers with many batches. ``dry`` decides everything and writes nothing.
    A thousand or two at a time is a good size.
    """
    row = accounts.get(account) if isinstance(account, int) else account
    in_force = known or lists.of(row)
    if not dry:
        one_at_a_time(row.pk)
    ready = [cleaning.clean(person, in_force.region) for person in people]
    sound = [person for person in ready if not person.problems]
    hold = policy.existing == "update" and not dry
    index = matching.Index() if policy.existing == "new" else matching.load(row.pk, sound, policy.source, hold=hold)
    index.ids_may_repeat = policy.ids_may_repeat
    users, labels = storing.people_of(row.pk, sound), storing.labels_of(row.pk, sound)
    batch = placing.decide(ready, index, placing.Ground(in_force, policy, clock.now(), users, labels))
    if not dry:
        storing.store(batch, by=by)
        _audit(batch, by)
    return [place.answer for place in batch.places]


def one_at_a_time(account_id: int) -> None:
    """Wait until no other transaction takes contacts into this account. SQLite has one writer anyway.

    For who looks (``dry``) before they take somebody in: what they found is true until their transaction ends.
    """
    if dialect.is_postgres():
        number = (_DOOR << 32) | (account_id & 0xFFFFFFFF)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _audit(batch: placing.Batch, by: Actor) -> None:
    counts = batch.counts()
    if not (counts["created"] or counts["updated"]):
        return
    ids = [place.known.row.pk for place in batch.places if place.known and place.outcome in ("created", "updated")]
    record(
        "taken_in",
        "contact",
        ids[0] if len(ids) == 1 else "",
        by=by,
        account_id=batch.ground.lists.account_id,
        data={"source": batch.ground.policy.source, **counts},
    )
