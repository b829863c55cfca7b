"""From the outbox to deliveries: a portion of events in one transaction of the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.accounts.models import Account
from hub.db import bulk, clock, dialect
from hub.events import changes as events
from hub.events import kinds
from hub.events.models import Event
from hub.hooks import shapes
from hub.hooks.models import Delivery, Endpoint, Message

PORTION = 500
"""Events handed on in one transaction."""

_MESSAGE = ("uid", "account_id", "kind", "at", "body", "sample")
_DELIVERY = ("message_id", "endpoint_id", "state", "due_at", "tries", "made_at")


def spread(most: int = PORTION) -> tuple[int, set[int]]:
    """Hand on the oldest events. Says how many, and which endpoints have something to be sent.

    An event that was told twice under one id finds its message there already, and its deliveries.
    """
    taken = events.take(most)
    if not taken:
        return 0, set()
    pairs = _who_hears(taken)
    heard = [event for event, listeners in pairs if listeners]
    messages = zip(heard, shapes.bodies(heard), strict=True)
    bulk.insert(Message, _MESSAGE, (_message(event, body) for event, body in messages), ignore_conflicts=True)
    now = clock.now()
    rows = [
        (dialect.value(event.uid), one.pk, "waiting", now, 0, now) for event, listeners in pairs for one in listeners
    ]
    bulk.insert(Delivery, _DELIVERY, rows, ignore_conflicts=True)
    return len(taken), {one.pk for _, listeners in pairs for one in listeners if one.state == Endpoint.State.ACTIVE}


def _message(event: Event, body: str) -> tuple[object, ...]:
    return event.uid, event.account_id, event.kind, event.at, body, False


def _who_hears(told: Iterable[Event]) -> list[tuple[Event, list[Endpoint]]]:
    """Each event with those who listen. A disabled endpoint's deliveries are made, too: they wait for it."""
    told = list(told)
    rows = Account.objects.filter(pk__in={event.account_id for event in told}).only("id", "path")
    above = {row.pk: row.ancestor_ids for row in rows}
    wanted = {id_ for account, line in above.items() for id_ in (account, *line)}
    here: dict[int, list[Endpoint]] = {}
    for one in Endpoint.objects.filter(account__in=wanted).only("account_id", "kinds", "subtree", "state"):
        here.setdefault(one.account_id, []).append(one)
    return [(event, _listeners(event, above, here)) for event in told]


def _listeners(
    event: Event, above: Mapping[int, Sequence[int]], here: Mapping[int, Sequence[Endpoint]]
) -> list[Endpoint]:
    if event.account_id not in above:
        return []  # the account is gone
    own = here.get(event.account_id, ())
    inherited = [one for id_ in above[event.account_id] for one in here.get(id_, ()) if one.subtree]
    return [one for one in (*own, *inherited) if kinds.holds(one.kinds, event.kind)]
