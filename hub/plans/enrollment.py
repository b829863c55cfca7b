"""Putting contacts on a plan, and taking them off.

First :func:`count` says what would happen; then :func:`enroll` does it in a handful of statements, for one contact or a hundred
thousand: the enrollments, their first step runs, a note for each contact, one audit row. Doing it twice is harmless: the same
request token finds the first report, and without one the unique keys let nobody on twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core.facts import NEEDS
from hub.db import clock
from hub.db.errors import Conflict, NotFound
from hub.plans import actions, first_dues, moments, scheduling, starting, stopping
from hub.plans.actions import Need
from hub.plans.loading import LoadedVersion, load_versions
from hub.plans.models import EnrollmentBatch, Plan, PlanKind, PlanVersion
from hub.plans.spreading import Spread
from hub.plans.standing import STARTING, Contacts, Sql, lacking, standing
from hub.plans.starting import Start


@dataclass(frozen=True, slots=True)
class Counts:
    """What enrolling would do, by number of contacts.

    Attributes:
        selected: all that were selected, of this account.
        starting: will start: ``new``, ``again`` (finished or stopped before) and ``restart`` (the run before is stopped).
        running: are on the plan and stay as they are.
        been: were on it before, and this plan takes a contact only once.
        archived: are archived.
        unknown: ids that are not of this account, or not the asking person's to see.
        lacking: need → how many of the starting lack it. Their steps that need it will fail with that reason.
        incomplete: how many of the starting lack anything.
    """

    selected: int = 0
    new: int = 0
    again: int = 0
    restart: int = 0
    running: int = 0
    been: int = 0
    archived: int = 0
    unknown: int = 0
    lacking: dict[str, int] = field(default_factory=dict)
    incomplete: int = 0

    @property
    def starting(self) -> int:
        return self.new + self.again + self.restart

    @property
    def lacking_words(self) -> dict[str, int]:
        """``lacking`` as a person would call it: ``{"a complete postal address": 12}``."""
        return {NEEDS[need]: number for need, number in self.lacking.items() if number}


@dataclass(frozen=True, slots=True)
class Report:
    """What enrolling did.

    Attributes:
        enrolled: contacts that were put on the plan.
        skipped: reason (``running``, ``been``, ``archived``, ``incomplete``) → number of contacts left as they were.
        refused: ids that are not of this account, or not the asking person's to see.
        restarted: of the enrolled, those whose run before was stopped.
        repeated: this request had come before; nothing was done this time.
    """

    enrolled: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    restarted: int = 0
    batch_id: int | None = None
    first_due: str = ""
    last_due: str = ""
    spread: str = ""
    repeated: bool = False


def count(plan: Plan, contacts: Contacts, *, now: datetime | None = None) -> Counts:
    """What :func:`enroll` would do. Changes nothing.

    Raises:
        Conflict: the plan is archived or has no ready version.
    """
    chosen = contacts if isinstance(contacts, QuerySet) else _unique(contacts)
    return _count(plan, chosen, _needs(_ready(plan)), now or clock.now())


def enroll(
    plan: Plan,
    contacts: Contacts,
    *,
    by: Actor,
    now: datetime | None = None,
    token: str = "",
    only_complete: bool = False,
    spread: Spread | None = None,
) -> Report:
    """Put contacts on a plan. The first step is scheduled, the others follow as each is closed.

    Args:
        contacts: a queryset the actor may see, or ids; ids of other accounts are refused, not an error.
        token: of the request (a form's, or the API's idempotency key); with the same one nothing is done twice.
        only_complete: leave out contacts that lack what the steps need.
        spread: not all at once, but so many an hour or a day.

    Raises:
        Invalid: so slow a spread would take longer than a year.
        Conflict: the plan is archived, has no ready version, or the token was used for another plan.
    """
    chosen = contacts if isinstance(contacts, QuerySet) else _unique(contacts)
    now = now or clock.now()
    plan = Plan.objects.select_related("account").select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    version = _ready(plan)
    batch, repeated = _batch(plan, version, token or uuid.uuid4().hex, by, now)
    if repeated:
        return Report(**{**batch.report, "repeated": True})
    needs = _needs(version) if only_complete else ()
    counts = _count(plan, chosen, needs, now)
    who = _who(plan, chosen, needs, now, only_complete)
    restarted = _stop_before_restart(plan, who, by, now) if counts.restart else 0
    theirs = moments.clock_of(plan.account, version.rules)
    first_due = scheduling.due_of_first(version, now, theirs)
    start = Start(plan, version, batch, now, first_due, by.label)
    # The one statement sees what the stopping left: a contact that was *restart* a moment ago is *again* now.
    enrolled = starting.insert(start, _who(plan, chosen, needs, now, only_complete) if restarted else who)
    last_due = first_dues.differ(start, theirs, spread) if enrolled else first_due
    report = replace(
        _report(counts, enrolled, restarted, start, only_complete),
        last_due=last_due.isoformat(), spread=str(spread or ""),
    )  # fmt: skip
    EnrollmentBatch.objects.filter(pk=batch.pk).update(report=asdict(report))
    data = {"plan": plan.name, "version": version.number, "enrolled": enrolled, "skipped": report.skipped}
    record("enrolled", "plan", plan.pk, by=by, account_id=plan.account_id, data=data)
    return report


# --- counting -----------------------------------------------------------------------------------------------------


def _ready(plan: Plan) -> LoadedVersion:
    if plan.kind != PlanKind.PLAN:
        raise NotFound(_("There is no such plan."))
    if plan.archived_at is not None:
        raise Conflict(
            _("The plan “{name}” is archived, so nobody new is put on it.").format(name=plan.name),
            next=_("Restore the plan first, or choose another."),
            code="plan_archived",
        )
    found = PlanVersion.objects.filter(plan=plan, state=PlanVersion.State.READY).values_list("pk", flat=True).first()
    if found is None:
        raise Conflict(
            _("The plan “{name}” is still a draft.").format(name=plan.name),
            next=_("Open the plan and make it ready; then put contacts on it."),
            code="plan_not_ready",
        )
    return load_versions([found])[found]


def _needs(version: LoadedVersion) -> tuple[Need, ...]:
    return actions.needs(step.action_type for step in version.steps)


def _unique(ids: Any) -> list[int]:
    return sorted({int(id_) for id_ in ids})


def _count(plan: Plan, contacts: Contacts, needs: Sequence[Need], now: datetime) -> Counts:
    rows = standing(plan, contacts, needs, now)
    sums = "".join(f", SUM(lacks_{need.name})" for need in needs)
    anything = f"SUM(CASE WHEN {lacking(needs)} THEN 1 ELSE 0 END)"
    found = _fetch(
        f"SELECT standing, COUNT(*), {anything}{sums} FROM ({rows.text}) s GROUP BY standing", rows.parameters
    )
    numbers = {row[0]: row[1] for row in found}
    starting = [row[2:] for row in found if row[0] in STARTING]
    incomplete, *each = [sum(column) for column in zip(*starting, strict=True)] or [0] * (1 + len(needs))
    selected = sum(numbers.values())
    asked = selected if isinstance(contacts, QuerySet) else len(list(contacts))
    return Counts(
        selected=selected,
        unknown=asked - selected,
        lacking=dict(zip([need.name for need in needs], each, strict=True)),
        incomplete=incomplete,
        **numbers,
    )


def _report(counts: Counts, enrolled: int, restarted: int, start: Start, only_complete: bool) -> Report:
    skipped = {"running": counts.running, "been": counts.been, "archived": counts.archived}
    if only_complete:
        skipped["incomplete"] = counts.incomplete
    told = {reason: number for reason, number in skipped.items() if number}
    return Report(enrolled, told, counts.unknown, restarted, start.batch.pk, start.first_due.isoformat())


# --- enrolling ----------------------------------------------------------------------------------------------------


def _batch(plan: Plan, version: LoadedVersion, token: str, by: Actor, now: datetime) -> tuple[EnrollmentBatch, bool]:
    """A new batch, or the one that this token made before. Of two requests at once, the second waits for the first."""
    row = EnrollmentBatch(
        account_id=plan.account_id,
        plan=plan,
        version_id=version.id,
        token=token[:64],
        started_by=by.label[:200],
        at=now,
    )
    EnrollmentBatch.objects.bulk_create([row], ignore_conflicts=True)
    found = EnrollmentBatch.objects.get(account_id=plan.account_id, token=token[:64])
    if found.plan_id != plan.pk:
        raise Conflict(_("This request was used for another plan."), next=_("Send it anew."), code="token_used")
    return found, bool(found.report)


def _who(plan: Plan, contacts: Contacts, needs: Sequence[Need], now: datetime, only_complete: bool) -> Sql:
    """The contacts that will start: ``id`` and ``times``, how often they were on the plan."""
    rows = standing(plan, contacts, needs, now)
    complete = f" AND NOT ({lacking(needs)})" if only_complete else ""
    starts = ", ".join(f"'{word}'" for word in STARTING)
    text = f"""
        WITH s AS MATERIALIZED ({rows.text})
        SELECT s.id, s.times FROM s WHERE s.standing IN ({starts}){complete}"""
    return Sql(text, rows.parameters)


def _stop_before_restart(plan: Plan, who: Sql, by: Actor, now: datetime) -> int:
    found = _fetch(
        f"SELECT e.id FROM plans_enrollment e JOIN ({who.text}) w ON w.id = e.contact_id"
        " WHERE e.plan_id = %s AND e.state = 'running'",
        (*who.parameters, plan.pk),
    )
    reason = _("It was started again.")
    return stopping.stop(plan.account_id, [row[0] for row in found], reason=reason, by=by, now=now).stopped


def _fetch(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
