"""How each selected contact stands towards a plan, as one SELECT: the counting and the enrolling are made from the same text.

``new`` and ``again`` will start; ``restart`` will start too, and the run before is stopped; the others stay as they are. Beside
the standing there is a flag for each thing the plan's steps need and the contact lacks, by the rules of
:func:`hub.core.facts.missing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from hub.contacts.models import Contact
from hub.db import dialect
from hub.plans.models import Plan

RESTART_GUARD = timedelta(minutes=5)
"""On a plan that may be started again at any time, whoever was started this short a while ago is left alone: two people
clicked at once, and nobody means to send the first step twice within minutes."""

STARTING = ("new", "again", "restart")

_BLANK = {
    "first_name": "trim(c.first_name) = ''",
    "last_name": "trim(c.last_name) = ''",
    "email": "trim(c.email) = ''",
    "phone": "trim(CASE WHEN c.phone_cell <> '' THEN c.phone_cell WHEN c.phone_home <> '' THEN c.phone_home"
    " ELSE c.phone_work END) = ''",
    "phone_cell": "trim(c.phone_cell) = ''",
    "company": "trim(c.company) = ''",
    "address": "(trim(c.line1) = '' OR trim(c.city) = '' OR trim(c.state) = '' OR trim(c.zip) = '')",
}
"""Need → the condition under which a contact lacks it."""

Contacts = QuerySet[Contact] | Iterable[int]
"""Whom: a queryset of contacts that the asking person may see (``hub.contacts.reads`` makes it), or ids out of such a list."""


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with its parameters."""

    text: str
    parameters: tuple[Any, ...] = field(default=())


def standing(plan: Plan, contacts: Contacts, needs: Sequence[str], now: datetime) -> Sql:
    """A SELECT of ``id, times, standing, lacks_<need>…``, one row for each selected contact of the plan's account."""
    chosen = _chosen(contacts)
    flags = "".join(f", CASE WHEN {_BLANK[need]} THEN 1 ELSE 0 END AS lacks_{need}" for need in needs)
    text = f"""
        SELECT c.id, COALESCE(past.times, 0) AS times, {_standing(plan)} AS standing{flags}
          FROM contacts_contact c
          LEFT JOIN (SELECT e.contact_id, MAX(e.occurrence) AS times,
                            MAX(CASE WHEN e.state = 'running' THEN e.started_at END) AS running_since
                       FROM plans_enrollment e WHERE e.plan_id = %s GROUP BY e.contact_id) past
            ON past.contact_id = c.id
         WHERE c.account_id = %s AND {chosen.text}"""
    guard = [dialect.value(now - RESTART_GUARD)] if plan.reenrollment == Plan.Reenrollment.ALWAYS else []
    return Sql(text, (*guard, plan.pk, plan.account_id, *chosen.parameters))


def lacking(needs: Sequence[str]) -> str:
    """The condition under which a row of :func:`standing` lacks anything."""
    return " OR ".join(f"lacks_{need} = 1" for need in needs) or "1 = 0"


def _standing(plan: Plan) -> str:
    running, before = _rules(plan)
    return f"""CASE WHEN c.archived_at IS NOT NULL THEN 'archived'
                    WHEN past.running_since IS NOT NULL THEN {running}
                    WHEN past.times IS NOT NULL THEN {before} ELSE 'new' END"""


def _rules(plan: Plan) -> tuple[str, str]:
    """The standing of a contact that is on the plan, and of one that was."""
    if plan.reenrollment == Plan.Reenrollment.NEVER:
        return "'running'", "'been'"
    if plan.reenrollment == Plan.Reenrollment.AFTER_FINISH:
        return "'running'", "'again'"
    return "CASE WHEN past.running_since <= %s THEN 'restart' ELSE 'running' END", "'again'"


def _chosen(contacts: Contacts) -> Sql:
    if isinstance(contacts, QuerySet):
        text, parameters = contacts.order_by().values("pk").query.sql_with_params()
        return Sql(f"c.id IN ({text})", tuple(parameters))
    return Sql(dialect.any_of("c.id", "int"), (dialect.array(contacts),))
