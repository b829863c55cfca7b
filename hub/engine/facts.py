"""What is known of a batch of claimed runs, read once, in a handful of queries for fifty.

Secrets are not decrypted yet: each run carries functions that do it at the moment of the call (:mod:`~hub.engine.unsealing`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from hub.accounts.models import Account
from hub.addons import connections, installed
from hub.addons.connections import ConnectionState
from hub.addons.oauth import keeping
from hub.contacts import facts as contact_facts
from hub.core import facts as core
from hub.core.changes import LinkContact
from hub.db import dialect
from hub.dispatch.renewal import SignIn
from hub.engine import mail_facts, step_facts, unsealing
from hub.engine.claim import Claimed
from hub.engine.guards import breaker, breakers
from hub.engine.models import Attempt
from hub.engine.step_facts import StepFacts
from hub.engine.unsealing import Opener
from hub.mail import minding
from hub.mail.loading import Files
from hub.mail.resolving import Route
from hub.plans import earlier, endings
from hub.plans.endings import Earlier
from hub.plans.facts import account_facts


@dataclass(frozen=True, slots=True)
class Connected:
    """The connection that a run goes by.

    Attributes:
        open_settings: decrypts its settings; None where there is no connection.
        sign_in: where somebody signed in.
        trouble: what its breaker says, unless it is calm.
    """

    open_settings: Opener | None = None
    sign_in: SignIn | None = None
    trouble: breaker.Standing | None = None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything about one run.

    Attributes:
        account, told: the row, and what a plugin sees of it.
        contact: what a plugin sees of the contact; of one that is gone, the id.
        archived: the contact is put away, or gone.
        on_plan: the enrollment goes on.
        before: how the plan's earlier steps ended, where the step asks.
        attempt: the first that is still open.
        state: the doorway's answer for whoever carries the run.
        route, files, word: of an e-mail (:mod:`~hub.engine.mail_facts`).
    """

    run: Claimed
    step: StepFacts
    account: Account
    told: core.Account
    contact: core.Contact
    archived: bool
    on_plan: bool
    before: Earlier
    attempt: Attempt | None
    state: ConnectionState
    connected: Connected
    route: Route | None
    files: Files
    word: minding.Word


def of(runs: Sequence[Claimed]) -> list[RunFacts]:
    """The facts of claimed runs, in their order."""
    if not runs:
        return []
    steps = step_facts.of({run.plan_step_id for run in runs})
    on_plan = _running({run.enrollment_id for run in runs})
    accounts = Account.objects.select_related("switch").in_bulk({run.account_id for run in runs})
    told = {id_: account_facts(account) for id_, account in accounts.items()}
    people = contact_facts.found({run.contact_id for run in runs})
    links = contact_facts.linked((run.contact_id, run.addon) for run in runs if _may_link(run))
    attempts = _open_attempts([run.id for run in runs if run.open_attempts])
    mails = mail_facts.of(runs, steps, accounts, people, attempts)
    states = _states(runs, mails.routes)
    connected = _connected(states.values())
    before = earlier.of({run.enrollment_id for run in runs if earlier.asks(steps[run.plan_step_id].only_if)})
    return [
        RunFacts(
            run, step, accounts[run.account_id], told[run.account_id],
            _contact(run, person, step.plan, links.get((run.contact_id, run.addon), "")), person is None or person.archived,
            run.enrollment_id in on_plan, before.get(run.enrollment_id, endings.NOTHING), attempts.get(run.id),
            state, connected.get((run.account_id, state.connection_id), _ALONE), *mails.of_run(run.id),
        )
        for run in runs
        for step, person, state in [(steps[run.plan_step_id], people.get(run.contact_id), states[run.id])]
    ]  # fmt: skip


def _states(runs: Sequence[Claimed], routes: Mapping[UUID | int, Route]) -> dict[UUID, ConnectionState]:
    """The doorway's answer for each run: of its add-on's connection, or of the mailbox that carries it."""
    found = connections.states_for({(run.account_id, run.addon) for run in runs if run.id not in routes})
    return {run.id: routes[run.id].state if run.id in routes else found[run.account_id, run.addon] for run in runs}


_ALONE = Connected()


def _connected(states: Collection[ConnectionState]) -> dict[tuple[int, int | None], Connected]:
    """By the account that asks and the connection, which may be another account's."""
    keys = {(state.account_id, state.connection_id) for state in states if state.connection_id}
    rows = connections.by_id(id_ for _account, id_ in keys)
    openers = {id_: unsealing.of_connection(row) for id_, row in rows.items()}
    sign_ins, troubles = keeping.sign_ins(rows.values()), breakers.of(keys)
    return {key: Connected(openers.get(key[1]), sign_ins.get(key[1]), troubles.get(key)) for key in keys}


def _contact(run: Claimed, person: contact_facts.Found | None, plan: str, linked_id: str) -> core.Contact:
    known = person.facts if person else core.Contact(id=str(run.contact_id))
    return known.model_copy(update={"action_plan": plan, "linked_id": linked_id})


def _may_link(run: Claimed) -> bool:
    """Only who may link a contact is told of a link, and only for them it is looked up."""
    claim = installed.registry().claim(run.action_type)
    return claim is not None and LinkContact in claim.action.changes


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
