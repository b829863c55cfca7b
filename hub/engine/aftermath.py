"""What follows from a settled run, inside its transaction: notes, notifications, changes, health, the next step.

Each function takes the whole group and uses a few statements, for a worker settles dozens of runs at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.addons import health
from hub.addons.models import Connection
from hub.audit.actor import Actor
from hub.core import redact
from hub.core.outcomes import Already, Wait
from hub.dispatch.classify import Conclusion
from hub.dispatch.gate import ENDS_PLAN, Hold
from hub.dispatch.ledger import Settlement
from hub.dispatch.states import CLOSED, State
from hub.engine import applying, following, rates, telling
from hub.engine.guards import breakers, spending
from hub.events import listening
from hub.mail import caps
from hub.mail import sent as mail
from hub.mail.files import refused
from hub.plans import endings, stopping

ENGINE = Actor("system", label="The hub")


def follow(settlements: Sequence[Settlement], now: datetime, late: frozenset[UUID]) -> None:
    """Everything that follows from these moves. Who listens came with the claim."""
    heard = {s.job.extra.run.account_id: s.job.extra.run.hears for s in settlements}
    with listening.known({account_id: mask for account_id, mask in heard.items() if mask is not None}):
        _follow(settlements, now, late)


def _follow(settlements: Sequence[Settlement], now: datetime, late: frozenset[UUID]) -> None:
    applying.apply([s for s in settlements if s.move.to is State.DONE], now)
    spending.give_back(settlements)
    _mails([s for s in settlements if s.job.extra.way is not None], now)
    breakers.feed(settlements, now)
    _refused_connections(settlements, now)
    _slowed_connections(settlements, now)
    telling.tell(settlements, now, late)
    following.next_steps([(s.job.run_id, str(s.move.to)) for s in settlements if s.move.to in CLOSED], now)
    _ended_early([s for s in settlements if s.move.code == ENDS_PLAN and s.move.to in CLOSED], now)


def _mails(settlements: Sequence[Settlement], now: datetime) -> None:
    if settlements:
        carried = [(s, s.job.extra.way) for s in settlements]
        mail.keep(carried, now)
        refused.keep(carried, now)
        caps.give_back(settlements)


def _ended_early(settlements: Sequence[Settlement], now: datetime) -> None:
    """A goal was reached, or a reason to stop came true: the plan ends for these contacts, and each is told why."""
    groups: dict[tuple[int, str], list[int]] = {}
    for settlement in settlements:
        run = settlement.job.extra.run
        groups.setdefault((run.account_id, settlement.move.sentence), []).append(run.enrollment_id)
    for (account_id, reason), enrollments in groups.items():
        stopping.stop(account_id, enrollments, reason=reason, by=ENGINE, now=now)


def result_of(settlement: Settlement) -> str | None:
    """What is kept of the outcome with the run, as JSON text."""
    end = settlement.conclusion
    if end is None:
        return None
    kept: dict[str, Any] = {
        "verdict": str(end.outcome.verdict),
        "text": redact.cut(end.outcome.sentence(), 2000),
        "status": end.status,
        "reference": end.reference[:200],
        "detail": redact.cut(getattr(end.outcome, "detail", ""), 2000),
        "empty_tokens": list(settlement.empty_tokens),
        endings.ALREADY_THERE: _had_it_already(settlement, end),
    }
    return json.dumps({name: value for name, value in kept.items() if value})


def _had_it_already(settlement: Settlement, end: Conclusion) -> bool:
    """Whether the vendor had it before this step: not where an earlier try of the same step may have brought it there."""
    ours = settlement.job.standing.open_attempts or settlement.job.standing.state is State.UNKNOWN
    return isinstance(end.outcome, Already) and not ours


def _refused_connections(settlements: Iterable[Settlement], now: datetime) -> None:
    """The vendor refused the key: the connection's health says so, and its other steps hold at the gate."""
    refused = {
        s.job.connection_id: s
        for s in settlements
        if s.move.to is State.HELD and s.move.code == Hold.CONNECTION and s.conclusion and s.job.connection_id
    }
    for connection_id, settlement in refused.items():
        if _is_the_sign_in(settlement):
            continue  # whoever renews it has said so already, and said who acts
        version, why = settlement.job.extra.connection_version, settlement.move.sentence
        health.set_health(connection_id, Connection.Health.NEEDS_ADMIN, why, by=ENGINE, version=version)


def _is_the_sign_in(settlement: Settlement) -> bool:
    sign_in, end = settlement.job.sign_in, settlement.conclusion
    return sign_in is not None and end is not None and getattr(end.outcome, "field", "") == sign_in.auth.field


def _slowed_connections(settlements: Iterable[Settlement], now: datetime) -> None:
    for settlement in settlements:
        outcome = settlement.conclusion.outcome if settlement.conclusion else None
        if isinstance(outcome, Wait) and outcome.whole_connection and settlement.job.connection_id:
            rates.block(settlement.job.connection_id, now + timedelta(seconds=outcome.seconds or 30))
