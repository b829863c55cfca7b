"""Writing down what became of a portion, and what it says about the endpoint. In a transaction of the caller's."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from hub.core import redact
from hub.db import bulk, clock
from hub.hooks import ending, judging
from hub.hooks.delivering import Answer, Portion
from hub.hooks.judging import Outcome, Verdict
from hub.hooks.models import Delivery, Endpoint, Try

Told = tuple[Answer, Verdict]


def settle(portion: Portion, answers: Sequence[Answer], *, chance: Callable[[], float] = random.random) -> bool:
    """Write it down. Says whether the endpoint may get more at once.

    Somebody whose lease has run out is too late: the deliveries were sent again meanwhile, and that story counts.
    """
    endpoint = Endpoint.objects.select_for_update().filter(pk=portion.endpoint_id, turn=portion.turn).first()
    if endpoint is None:
        return False
    now = clock.now()
    told = [(a, judging.judge(a.exchange, a.parcel.tries + 1, now, chance())) for a in answers]
    _keep_tries(told, now)
    for answer, verdict in told:
        _move(answer, verdict, now)
    _remember(endpoint, [verdict for _, verdict in told], now)
    return _judge(endpoint, [verdict for _, verdict in told], now)


def _keep_tries(told: Sequence[Told], now: datetime) -> None:
    columns = ("delivery_id", "at", "status", "ms", "outcome", "said")
    rows = [
        (a.parcel.delivery_id, now, v.status, a.ms, str(v.outcome), redact.cut(v.said, judging.SHOWN)) for a, v in told
    ]
    bulk.insert(Try, columns, rows)


def _move(answer: Answer, verdict: Verdict, now: datetime) -> None:
    state = Delivery.State.DONE if verdict.taken else Delivery.State.FAILED
    if verdict.again_at:
        state = Delivery.State.WAITING
    Delivery.objects.filter(pk=answer.parcel.delivery_id).update(
        state=state, due_at=verdict.again_at, tries=answer.parcel.tries + 1, tried_at=now
    )


def _remember(endpoint: Endpoint, verdicts: Sequence[Verdict], now: datetime) -> None:
    """What these answers say about the endpoint: anything taken ends a row of failures."""
    endpoint.busy_until = None
    if any(verdict.taken for verdict in verdicts):
        endpoint.failing_since = None
    elif endpoint.failing_since is None:
        endpoint.failing_since = now
    rests = [verdict.rest_until for verdict in verdicts if verdict.rest_until]
    if rests:
        endpoint.resting_until = max(rests)
    endpoint.save(update_fields=["busy_until", "failing_since", "resting_until"])


def _judge(endpoint: Endpoint, verdicts: Sequence[Verdict], now: datetime) -> bool:
    if any(verdict.outcome is Outcome.GONE for verdict in verdicts):
        ending.gone(endpoint)
        return False
    if ending.end_if_broken(endpoint, now):
        return False
    return endpoint.state == Endpoint.State.ACTIVE and not any(verdict.rest_until for verdict in verdicts)
