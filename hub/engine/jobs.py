"""Claimed runs as the runner wants them: a :class:`~hub.dispatch.ledger.Job` each, with everything its plugin may see, frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.core.effects import Effect
from hub.core.registry import Claim
from hub.db import installation
from hub.dispatch.ledger import Job, no_settings
from hub.dispatch.machine import Standing
from hub.dispatch.requests import FrozenRequest
from hub.dispatch.states import State
from hub.engine import effects, facts, gate_facts, reference
from hub.engine.claim import Claimed
from hub.engine.facts import RunFacts
from hub.engine.guards import breaker
from hub.engine.models import Attempt
from hub.engine.step_facts import StepFacts
from hub.engine.unsealing import Opener
from hub.mail import carrying
from hub.mail.carrying import Carrying


@dataclass(frozen=True, slots=True)
class Backing:
    """What the ledger wants back when a job is settled (``Job.extra``)."""

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
    known = facts.of(runs)
    ref = installation.ref() if known else ""
    return [_job(one, ref) for one in known]


def _job(known: RunFacts, installation_ref: str) -> Job:
    run, step, attempt, state = known.run, known.step, known.attempt, known.state
    frozen = FrozenRequest.from_json(attempt.request.read()) if attempt and attempt.request else None
    claim, way = _carried(known, frozen)
    attempt_id, connected = attempt.pk if attempt else None, known.connected
    return Job(
        run_id=run.id,
        fence=run.fence,
        ref=_reference(installation_ref, run, attempt),
        action_type=run.action_type,
        gate=gate_facts.of(known),
        standing=_standing(run, attempt),
        contact=known.contact,
        account=known.told,
        options=step.options,
        open_settings=connected.open_settings or _settings_of(known),
        frozen=frozen,
        effect=_effect(attempt, state.connection_id),
        connection_id=state.connection_id,
        sign_in=connected.sign_in,
        plan=step.plan,
        step_name=step.name,
        extra=Backing(run, step, attempt_id, state.version, connected.trouble, way),
        open_secrets=step.open_secrets,
        claim=claim,
        quota=way.mailbox_id if way else None,
    )


def _carried(known: RunFacts, frozen: FrozenRequest | None) -> tuple[Claim | None, Carrying | None]:
    """Who carries the mail out, where the step is one."""
    if known.route is None:
        return None, None
    text = str(known.step.options.get("text") or "")
    found = carrying.of(known.route, known.account, frozen, known.files, text=text)
    return found or (carrying.without_a_way(), None)


def _settings_of(known: RunFacts) -> Opener:
    """Of a mail that no connection carries: the platform's sender's, where that is its way."""
    given: Mapping[str, Any] | None = carrying.settings_of(known.route) if known.route else None
    return no_settings if given is None else lambda: dict(given)


def _standing(run: Claimed, attempt: Attempt | None) -> Standing:
    return Standing(
        State(run.state), run.attempts, run.open_attempts, run.crashes, run.checks, attempt.not_found if attempt else 0,
        run.first_intent_at, run.unknown_at,
    )  # fmt: skip


def _reference(installation_ref: str, run: Claimed, attempt: Attempt | None) -> str:
    """While an attempt is open the vendor knows the run by that attempt's reference. The installation may be called otherwise by
    now: a restored backup goes on under a name of its own."""
    return attempt.key if attempt else reference.of(installation_ref, run.id, run.epoch)


def _effect(attempt: Attempt | None, connection_id: int | None) -> Effect | None:
    """The attempt's effect as declared, without *strong* where it is not proved that its sender is gone.

    Where the account goes by another connection by now, it is another account of the vendor's that would be asked: it knows
    neither our key nor what the first one did, so nothing is sent again by itself.
    """
    if attempt is None:
        return None
    effect = effects.from_json({**attempt.effect, "strong": attempt.effect["strong"] and attempt.sender_gone})
    if effect.kind == "repeatable" or attempt.connection_id in (None, connection_id):
        return effect
    return replace(effect, kind="once", strong=False)
