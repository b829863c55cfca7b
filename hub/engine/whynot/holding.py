"""What holds a run, and what lets it go on: the questions of :mod:`hub.engine.release`, asked of one run.

Some causes are seen to have gone. What a guard holds goes on little by little: a limit counts anew with the account's day and
lets as many go as it has room for; a connection that rests is tried by one step at a time. Everything else is let go by a person.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons.connections import ConnectionState
from hub.dispatch import gate
from hub.dispatch.gate import Do, Gate, GateFacts, Hold
from hub.engine import doorway, release
from hub.engine.guards import breakers, probing, spending
from hub.engine.guards.models import Breaker
from hub.engine.whynot import guarding
from hub.engine.whynot.facts import Going
from hub.plans.models import StepRun


def lets_go(run: StepRun, account: Account, going: Going | None, now: datetime) -> bool:
    """Whether the ticker lets it go at its next look: the question that :mod:`hub.engine.release` asks."""
    if going is not None:
        return going.at is not None and going.at <= now and going.surely
    if run.hold_reason == Hold.UNCLAIMED and not release.is_known(run):
        return False
    active = doorway.of_run(run).active
    return release.lets_go(run.hold_reason, closed=not account.switch.is_open, active=active)


def besides(run: StepRun, facts: GateFacts, at: datetime) -> tuple[str, ...]:
    """What else the gate would hold it for, should what holds it go."""
    return tuple(_("Besides: {sentence}").format(sentence=one.sentence) for one in _others(run, facts, at))


def stuck(run: StepRun, facts: GateFacts, at: datetime) -> str:
    """The cause that somebody must take away before a guard can let the run go."""
    if run.hold_reason not in release.BY_GUARDS:
        return ""
    return next((str(one.code) for one in _others(run, facts, at) if one.code in release.BY_ITSELF), "")


def _others(run: StepRun, facts: GateFacts, at: datetime) -> list[Gate]:
    if run.state != StepRun.State.HELD:
        return []
    said = (rule(facts, at) for rule in gate.RULES)
    return [one for one in said if one and one.do is Do.HOLD and one.code != run.hold_reason]


# --- what a guard holds ----------------------------------------------------------------------------------------------


def going(run: StepRun, account: Account, now: datetime) -> Going | None:
    """How a held run goes on by itself; None where no guard holds it, or where something else keeps it back too."""
    if run.state != StepRun.State.HELD or run.hold_reason not in release.BY_GUARDS:
        return None
    state = doorway.of_run(run)
    if not account.switch.is_open or not state.active:
        return None  # the ticker asks this before it asks the guards
    ahead = release.ahead_of(run, run.hold_reason)
    room = release.room((run.account_id, run.addon, run.hold_reason), state.connection_id, now)
    if room is None or ahead < room:
        return Going(_("It was held, and the cause has gone: it goes on at the ticker's next look."), now)
    return _by_day(run, now) if run.hold_reason == Hold.BUDGET else _by_probe(run, state)


def _by_day(run: StepRun, now: datetime) -> Going:
    at, full = guarding.day_of(run, now), spending.refusal(run, now)
    return Going(full.sentence if full else _("As many as there is room for go before it today."), at)


def _by_probe(run: StepRun, state: ConnectionState) -> Going:
    """The rest goes on until a probe is answered; for a while after it, a few go at a time."""
    row = probing.resting_at(run.account_id, state.connection_id)
    if row is not None:
        return Going(breakers.words(breakers.standing_of(row)), row.next_at, surely=False)
    row = Breaker.objects.filter(account_id=run.account_id, connection_id=state.connection_id or 0).first()
    over = row.changed_at + probing.GENTLY if row and row.changed_at else None
    return Going(_("The vendor answers again. What has waited goes on a few at a time, in order."), over)
