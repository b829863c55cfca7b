"""How each selected contact stands towards a plan, as one SELECT: the counting and the enrolling are made from the same text.

``new`` and ``again`` will start; ``restart`` will start too, and the run before is stopped; the others stay as they are. Beside
the standing there is a flag for each thing the plan's steps need and the contact lacks, by the rules of
:func:`hub.core.facts.missing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from django.db.models import QuerySet

from hub.contacts.models import Contact
from hub.db import dialect
from hub.plans.actions import Need
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


def standing(plan: Plan, contacts: Contacts, needs: Sequence[Need], now: datetime) -> Sql:
    """A SELECT of ``id, times, standing, lacks_<need>…``, one row for each selected contact of the plan's account."""
    source, chosen = _source(contacts), _chosen(contacts)
    lacks = [_lacks(need) for need in needs]
    flags = "".join(f", {one.text} AS lacks_{need.name}" for one, need in zip(lacks, needs, strict=True))
    of_flags = [each for one in lacks for each in one.parameters]
    text = f"""
        SELECT c.id, COALESCE(past.times, 0) AS times, {_standing(plan)} AS standing{flags}
          FROM {source.text} c
          LEFT JOIN {_past()}
         WHERE c.account_id = %s AND {chosen.text}"""
    guard = [dialect.value(now - RESTART_GUARD)] if plan.reenrollment == Plan.Reenrollment.ALWAYS else []
    return Sql(text, (*guard, *of_flags, *source.parameters, plan.pk, plan.account_id, *chosen.parameters))


def _past() -> str:
    """Each contact's times on the plan. On PostgreSQL looked up for one contact at a time, in the index that keeps them unique:
    grouped, a server that has not looked at the table since it grew would group it anew for every contact."""
    picked = """MAX(e.occurrence) AS times, MAX(CASE WHEN e.state = 'running' THEN e.started_at END) AS running_since
                       FROM plans_enrollment e WHERE e.plan_id = %s"""
    if dialect.is_postgres():
        return f"LATERAL (SELECT {picked} AND e.contact_id = c.id) past ON TRUE"
    return f"(SELECT e.contact_id, {picked} GROUP BY e.contact_id) past ON past.contact_id = c.id"


def lacking(needs: Sequence[Need]) -> str:
    """The condition under which a row of :func:`standing` lacks anything."""
    return " OR ".join(f"lacks_{need.name} = 1" for need in needs) or "1 = 0"


def _lacks(need: Need) -> Sql:
    """1 for a contact that lacks it, where it is one of those of whom it is needed."""
    known = "EXISTS (SELECT 1 FROM contacts_externalid x WHERE x.contact_id = c.id AND x.source = %s)"
    whose = " OR ".join(known if linked else f"NOT {known}" for _, linked in need.whose)
    condition = f"{_BLANK[need.name]} AND ({whose})" if whose else _BLANK[need.name]
    return Sql(f"CASE WHEN {condition} THEN 1 ELSE 0 END", tuple(addon for addon, _ in need.whose))


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


_COLUMNS = (
    "id", "account_id", "archived_at", "first_name", "last_name", "email", "phone_cell", "phone_home", "phone_work",
    "company", "line1", "city", "state", "zip",
)  # fmt: skip
"""What the standing and the needs look at."""


def _source(contacts: Contacts) -> Sql:
    """Where ``c`` comes from: the selection itself where it can stand there, else the table, narrowed by :func:`_chosen`.

    Joining the table to a selection from itself is quadratic on a PostgreSQL that has not looked at the table since an import
    filled it: it takes both for one row. 10,000 contacts took 22 seconds instead of 10 milliseconds.
    """
    if not _stands_alone(contacts):
        return Sql("contacts_contact")
    text, parameters = contacts.order_by().values(*_COLUMNS).query.sql_with_params()
    return Sql(f"({text})", tuple(parameters))


def _stands_alone(contacts: Contacts) -> TypeGuard[QuerySet[Contact]]:
    """Whether it is a selection without joins, which might name a contact twice."""
    if not isinstance(contacts, QuerySet) or contacts.query.is_sliced:
        return False
    return sum(used > 0 for used in contacts.query.alias_refcount.values()) <= 1  # what was joined and trimmed counts 0


def _chosen(contacts: Contacts) -> Sql:
    if _stands_alone(contacts):
        return Sql("1 = 1")
    if isinstance(contacts, QuerySet):
        text, parameters = contacts.order_by().values("pk").query.sql_with_params()
        return Sql(f"c.id IN ({text})", tuple(parameters))
    return Sql(dialect.any_of("c.id", "int"), (dialect.array(contacts),))
