"""What a batch of claimed runs needs to know, in a handful of queries for fifty: :class:`~hub.dispatch.ledger.Job`.

Everything a plugin may see is loaded here, once, and frozen. Secrets are not decrypted yet: each job carries functions that
do it at the moment of the call, once for all of a batch that need the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from hub.accounts.models import Account
from hub.addons import connections, installed
from hub.addons.connections import ConnectionState
from hub.addons.models import Connection
from hub.addons.oauth import keeping
from hub.contacts import facts as contact_facts
from hub.core import facts as core
from hub.core.changes import LinkContact
from hub.core.registry import Claim
from hub.db import dialect, installation
from hub.db.fields import Sealed, SealedJSONField
from hub.dispatch.gate import GateFacts
from hub.dispatch.ledger import Job, no_settings
from hub.dispatch.machine import Standing
from hub.dispatch.renewal import SignIn
from hub.dispatch.requests import FrozenRequest
from hub.dispatch.states import State
from hub.engine import effects
from hub.engine.claim import Claimed
from hub.engine.guards import breaker, breakers
from hub.engine.models import Attempt
from hub.mail import carrying, minding, resolving
from hub.mail.carrying import Carrying
from hub.mail.loading import NO_FILES, Files, files_of
from hub.mail.resolving import Route
from hub.plans import earlier, endings, lateness, opening
from hub.plans.endings import Earlier
from hub.plans.facts import account_facts
from hub.plans.models import PlanStep


@dataclass(frozen=True, slots=True)
class StepFacts:
    """The plan's side of a run."""

    options: Mapping[str, Any]
    name: str
    plan: str
    plan_id: int
    notify: str
    late_hours: int | None
    when_late: str
    hours: Mapping[str, Any] | None
    rules: Mapping[str, Any]
    sleeps: Sequence[Any]
    timing: Mapping[str, Any]
    only_if: Mapping[str, Any] | None
    open_secrets: Callable[[], Mapping[str, Any]] = no_settings


@dataclass(frozen=True, slots=True)
class Backing:
    """What the ledger wants back when a job is settled."""

    run: Claimed
    step: StepFacts
    attempt_id: int | None = None
    connection_version: int = 0
    breaker: breaker.Standing | None = None
    """Where the connection has had trouble lately."""
    way: Carrying | None = None
    """How a mail is carried."""


def load(runs: Sequence[Claimed]) -> list[Job]:
    """Jobs for claimed runs, in their order."""
    if not runs:
        return []
    steps = _steps({run.plan_step_id for run in runs})
    running = _running({run.enrollment_id for run in runs})
    accounts = Account.objects.select_related("switch").in_bulk({run.account_id for run in runs})
    told = {id_: account_facts(account) for id_, account in accounts.items()}
    people = contact_facts.found({run.contact_id for run in runs})
    links = contact_facts.linked((run.contact_id, run.addon) for run in runs if _may_link(run))
    attempts = _open_attempts([run.id for run in runs if run.open_attempts])
    routes = _routes(runs, steps, people, attempts)
    states = _states(runs, routes)
    settings = connections.by_id({state.connection_id for state in states.values() if state.connection_id})
    openers = {id_: _opener(connection) for id_, connection in settings.items()}
    sign_ins = keeping.sign_ins(settings.values())
    files = _files(runs, steps)
    words = _minded(runs, steps, accounts, people, files)
    ref = installation.ref()
    before = earlier.of({run.enrollment_id for run in runs if earlier.asks(steps[run.plan_step_id].only_if)})
    rests = breakers.of({(s.account_id, s.connection_id) for s in states.values() if s.connection_id})
    return [
        _job(
            run, ref, steps[run.plan_step_id], accounts[run.account_id], told[run.account_id], people.get(run.contact_id),
            states[run.id], settings, openers, attempts.get(run.id), run.enrollment_id in running,
            sign_ins, rests, before.get(run.enrollment_id, endings.NOTHING), links.get((run.contact_id, run.addon), ""),
            routes.get(run.id), words.get(run.id, minding.NOTHING), files.get(run.id, NO_FILES),
        )
        for run in runs
    ]  # fmt: skip


def _states(runs: Sequence[Claimed], routes: Mapping[Any, Route]) -> dict[UUID, ConnectionState]:
    """The doorway's answer for each run: of its add-on's connection, or of the mailbox that carries it."""
    found = connections.states_for({(run.account_id, run.addon) for run in runs if run.id not in routes})
    return {run.id: routes[run.id].state if run.id in routes else found[run.account_id, run.addon] for run in runs}


def _routes(
    runs: Sequence[Claimed],
    steps: Mapping[int, StepFacts],
    people: Mapping[int, contact_facts.Found],
    attempts: Mapping[UUID, Attempt],
) -> dict[Any, Route]:
    """By which mailbox each mail goes; nobody is asked where there is none."""
    mails = [run for run in runs if run.action_type == resolving.SEND]
    return resolving.of(
        resolving.Ask(
            run.id, run.account_id, _assigned(people.get(run.contact_id)),
            str(steps[run.plan_step_id].options.get("sender") or ""), _left_by(attempts.get(run.id)),
        )
        for run in mails
    )  # fmt: skip


def _files(runs: Sequence[Claimed], steps: Mapping[int, StepFacts]) -> dict[Any, Files]:
    """What the mails bring along."""
    mails = [run for run in runs if run.action_type == resolving.SEND]
    return files_of((run.id, run.account_id, steps[run.plan_step_id].options) for run in mails)


def _minded(
    runs: Sequence[Claimed],
    steps: Mapping[int, StepFacts],
    accounts: Mapping[int, Account],
    people: Mapping[int, contact_facts.Found],
    files: Mapping[Any, Files],
) -> dict[Any, minding.Word]:
    """What the contacts have to say about their mails; one that may have left already is looked up, whatever they say."""
    return minding.of(
        minding.Ask(
            run.id, accounts[run.account_id], run.contact_id, people[run.contact_id].facts,
            steps[run.plan_step_id].options, files.get(run.id, NO_FILES),
        )
        for run in runs
        if run.action_type == resolving.SEND and not run.open_attempts and run.contact_id in people
    )  # fmt: skip


def _assigned(person: contact_facts.Found | None) -> int | None:
    user = person.facts.assigned_user if person else None
    return int(user.id) if user else None


def _left_by(attempt: Attempt | None) -> int | None:
    return None if attempt is None else attempt.connection_id or 0


def _may_link(run: Claimed) -> bool:
    """Only who may link a contact is told of a link, and only for them it is looked up."""
    claim = installed.registry().claim(run.action_type)
    return claim is not None and LinkContact in claim.action.changes


def _opener(connection: Connection) -> Callable[[], Mapping[str, Any]]:
    return _once(lambda: connections.open_settings(connection))


def _once(open_: Callable[[], Mapping[str, Any]]) -> Callable[[], Mapping[str, Any]]:
    """Opens what is sealed at the first call that needs it, and keeps it for the others of its batch."""
    opened: dict[str, Any] = {}

    def open_once() -> Mapping[str, Any]:
        if not opened:
            opened.update(open_())
        return dict(opened)

    return open_once


def reference(installation_ref: str, run_id: UUID, epoch: int) -> str:
    """The one reference the vendor ever sees of a run; only a person's *send again* makes another."""
    return f"hub-{installation_ref}-{run_id.hex}-{epoch}"


def _job(
    run: Claimed,
    installation_ref: str,
    step: StepFacts,
    account: Account,
    told: core.Account,
    person: contact_facts.Found | None,
    state: ConnectionState,
    settings: Mapping[int, Connection],
    openers: Mapping[int, Callable[[], Mapping[str, Any]]],
    attempt: Attempt | None,
    running: bool,
    sign_ins: Mapping[int, SignIn],
    rests: Mapping[breakers.Key, breaker.Standing],
    before: Earlier,
    linked_id: str,
    route: Route | None,
    word: minding.Word,
    files: Files,
) -> Job:
    known = person.facts if person else core.Contact(id=str(run.contact_id))
    contact = known.model_copy(update={"action_plan": step.plan, "linked_id": linked_id})
    connection = settings.get(state.connection_id) if state.connection_id else None
    standing = rests.get((run.account_id, state.connection_id)) if state.connection_id else None
    resting = breakers.words(standing) if standing and not breaker.lets(standing, run.id) else ""
    frozen = FrozenRequest.from_json(attempt.request.read()) if attempt and attempt.request else None
    claim, way = _carried(route, account, frozen, files, str(step.options.get("text") or ""))
    return Job(
        run_id=run.id,
        fence=run.fence,
        ref=reference(installation_ref, run.id, run.epoch),
        action_type=run.action_type,
        gate=_gate_facts(
            run, step, account, contact, state, running, person is None or person.archived, resting, before, word
        ),
        standing=_standing(run, attempt),
        contact=contact,
        account=told,
        options=step.options,
        open_settings=openers[connection.pk] if connection else _settings_of(route),
        frozen=frozen,
        effect=_effect(attempt),
        connection_id=state.connection_id,
        sign_in=sign_ins.get(connection.pk) if connection else None,
        plan=step.plan,
        step_name=step.name,
        extra=Backing(run, step, attempt.pk if attempt else None, state.version, standing, way),
        open_secrets=step.open_secrets,
        claim=claim,
        quota=way.mailbox_id if way else None,
    )


def _carried(
    route: Route | None, account: Account, frozen: FrozenRequest | None, files: Files, text: str
) -> tuple[Claim | None, Carrying | None]:
    """Who carries the mail out, where the step is one."""
    if route is None:
        return None, None
    found = carrying.of(route, account, frozen, files, text=text)
    return found or (carrying.without_a_way(), None)


def _settings_of(route: Route | None) -> Callable[[], Mapping[str, Any]]:
    given = carrying.settings_of(route) if route else None
    return no_settings if given is None else lambda: dict(given)


def _gate_facts(
    run: Claimed,
    step: StepFacts,
    account: Account,
    contact: core.Contact,
    state: ConnectionState,
    running: bool,
    archived: bool,
    resting: str,
    before: Earlier,
    word: minding.Word,
) -> GateFacts:
    claim = installed.registry().claim(run.action_type)
    hold = state.hold
    refused = hold == "connection"
    return GateFacts(
        account_status=account.switch.status,
        account_locked=account.is_locked,
        claimed=claim is not None,
        unclaimed_reason=state.sentence if hold == "unclaimed" else "",
        addon="active" if hold is None or refused else str(hold),
        addon_reason=state.sentence if hold else "",
        connection_ok=not refused,
        connection_reason=state.words or state.detail or state.sentence if refused else "",
        blocked_until=state.blocked_until,
        resting=resting,
        enrollment_running=running,
        contact_archived=archived,
        ends_plan=opening.stopped_by(step.rules, contact) if step.rules else "",
        cancel_requested=run.cancel_requested_at is not None,
        missing=(
            *core.missing(contact, claim.action.needs_of(contact, step.options)),
            *opening.lacks(step.timing, contact),
        )
        if claim
        else (),
        late_after=_late_after(run, step, claim),
        not_meant=opening.not_meant(step.only_if, contact, before) if step.only_if else "",
        late_usual=step.late_hours is None,
        late_skips=lateness.skips(step.late_hours, step.when_late),
        unwanted=word.unwanted,
        screened=word.screened,
        screened_until=word.look_at,
        had_enough=word.full,
        enough_until=word.not_before,
        **_opening(run.action_type, step, account, contact),
        open_attempts=run.open_attempts,
    )


def _late_after(run: Claimed, step: StepFacts, claim: Claim | None) -> datetime | None:
    """A step that was tried before its time was over is not late: only its first start counts."""
    if run.due_at is None or run.attempts:
        return None
    hours = lateness.said(step.late_hours, step.when_late)
    if hours is not None:
        return run.due_at + timedelta(hours=hours)
    matters = lateness.is_timed(step.timing) or lateness.may_cost(claim)
    return lateness.usual(run.due_at, run.created_at, step.when_late, matters=matters)


def _opening(action_type: str, step: StepFacts, account: Account, contact: core.Contact) -> dict[str, Any]:
    """When the step may start, where hours, holidays, quiet hours or sleep hold it back now."""
    if not (step.hours or step.rules or step.sleeps or account.calendar):
        return {}
    found = opening.of(action_type, step.hours, step.rules, step.sleeps, account, contact)
    return {"opens_at": found.at, "opens_why": found.why} if found else {}


def _standing(run: Claimed, attempt: Attempt | None) -> Standing:
    return Standing(
        State(run.state), run.attempts, run.open_attempts, run.crashes, run.checks, attempt.not_found if attempt else 0,
        run.first_intent_at, run.unknown_at,
    )  # fmt: skip


def _effect(attempt: Attempt | None) -> Any:
    """The attempt's effect as declared, without *strong* where it is not proved that its sender is gone."""
    if attempt is None:
        return None
    return effects.from_json({**attempt.effect, "strong": attempt.effect["strong"] and attempt.sender_gone})


_STEPS = """
SELECT s.id, s.options, s.name, p.name, p.id, s.notify, s.late_hours, s.when_late, s.hours, v.rules, p.sleeps, s.timing,
       s.only_if, s.secrets, p.account_id, s.version_id, s.key
  FROM plans_planstep s
  JOIN plans_planversion v ON v.id = s.version_id
  JOIN plans_plan p ON p.id = v.plan_id
 WHERE {steps}
"""


def _steps(ids: set[int]) -> dict[int, StepFacts]:
    """In plain SQL, as what is asked for every batch is."""
    with connection.cursor() as cursor:
        cursor.execute(_STEPS.format(steps=dialect.any_of("s.id", "int")), [dialect.array(ids)])
        return {row[0]: _step(*row[1:-4], open_secrets=_step_opener(*row[-4:])) for row in cursor.fetchall()}


def _step(
    options: str,
    name: str,
    plan: str,
    plan_id: int,
    notify: str,
    late: int | None,
    when_late: str,
    *json_columns: str | None,
    open_secrets: Callable[[], Mapping[str, Any]],
) -> StepFacts:
    read = (json.loads(text) if text is not None else None for text in json_columns)
    return StepFacts(
        json.loads(options), name, plan, plan_id, notify, late, when_late, *read, open_secrets=open_secrets
    )


_SECRETS: SealedJSONField = PlanStep._meta.get_field("secrets")  # type: ignore[assignment]


def _step_opener(sealed: str | None, account_id: int, version_id: int, key: Any) -> Callable[[], Mapping[str, Any]]:
    if sealed is None:
        return no_settings
    place = {"plan_account_id": account_id, "version_id": version_id, "key": dialect.read_uuid(key)}
    return _once(Sealed(sealed, _SECRETS.bound_to(place)).reveal)


def _running(ids: set[int]) -> set[int]:
    """The enrollments among these that go on."""
    asked = "SELECT e.id FROM plans_enrollment e WHERE e.state = 'running' AND " + dialect.any_of("e.id", "int")
    with connection.cursor() as cursor:
        cursor.execute(asked, [dialect.array(ids)])
        return {id_ for (id_,) in cursor.fetchall()}


def _open_attempts(run_ids: Sequence[UUID]) -> dict[UUID, Attempt]:
    """The first attempt that is still open, for its bytes are the ones to send again.

    Its sender counts as gone only when those of all that are open are: whichever is still on its way would be the second.
    """
    found: dict[UUID, Attempt] = {}
    rows = Attempt.objects.filter(run_id__in=run_ids, outcome__in=["", "unclear"]) if run_ids else ()
    for row in sorted(rows, key=lambda row: row.n):
        first = found.setdefault(row.run_id, row)
        first.sender_gone = first.sender_gone and row.sender_gone
    return found
