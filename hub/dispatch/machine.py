"""The state machine: what a step run does next. Pure: no clock, no chance, no database.

A store asks one of these questions and writes the :class:`Move` it is given, guarded by the run's id, fence and state:

* :func:`after_gate` when the gate did not let the step pass,
* :func:`after_call` when the plugin was called,
* :func:`after_crash` when the worker that held the step is gone,
* :func:`after_check` when the vendor was asked what became of an unclear attempt, or :func:`not_asked` when it may not be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.core.effects import KEY_WINDOW_MARGIN, Effect, EffectClass
from hub.core.endpoints import DEADLINE
from hub.core.outcomes import CannotTell, Done, NotSent, Outcome, Verdict, Wait
from hub.dispatch.backoff import MOST_AGE, MOST_ATTEMPTS, delay
from hub.dispatch.classify import Conclusion, Wire
from hub.dispatch.gate import Do, Gate, Hold
from hub.dispatch.states import CLOSED, State

MOST_CRASHES = 3
"""A step whose worker died this often is taken for poison and shown to a person."""

APART = timedelta(seconds=3)
"""Over how long the steps that a dead worker had in line come due again; five times as long after each further death. If one of
them killed it, it kills the next one in the company of few, and hundreds of others are not taken for poison with it."""

MOST_WAITS = 32
"""Tries after which even a vendor that always names a time is shown to a person: some three days of them."""

LONGEST_CHECKING = timedelta(hours=24)
"""After this the vendor is no longer asked and a person decides."""

SHUT = timedelta(minutes=1)
"""How soon it is looked again whether an account or an add-on that is shut is open, where a look-up waits for it."""

SHORTEST_SETTLE = timedelta(seconds=5)
"""No look-up follows another sooner."""

LOOK_UP = timedelta(minutes=10)
"""For so long a look-up is one worker's. It may wait behind two full sets of places before it asks, and whoever took it over
meanwhile would make its answer worth nothing, again and again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the machine is told of a run.

    Attributes:
        attempts: tries before this one.
        open_attempts: earlier tries whose outcome is not known.
        crashes: workers that died holding it.
        checks: look-ups since it became unknown, and ``not_found`` how many of them found nothing.
        since: when the first try began; None before it.
        unknown_at: when it became unknown.
    """

    state: State
    attempts: int = 0
    open_attempts: int = 0
    crashes: int = 0
    checks: int = 0
    not_found: int = 0
    since: datetime | None = None
    unknown_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """What to write.

    Attributes:
        to: the new state.
        code: the hold's or the review's cause, by which the inbox groups.
        sentence: the reason for people.
        due_at: when it is to run, for *scheduled*.
        next_check_at: when to ask the vendor, for *unknown*.
        attempts, open_attempts, crashes, checks, not_found: the new counters.
        outcome: what the plugin or the vendor said, for the note.
    """

    to: State
    code: str = ""
    sentence: str = ""
    due_at: datetime | None = None
    next_check_at: datetime | None = None
    attempts: int = 0
    open_attempts: int = 0
    crashes: int = 0
    checks: int = 0
    not_found: int = 0
    outcome: Outcome | None = None


def after_gate(run: Standing, gate: Gate, now: datetime) -> Move:
    """The gate said something other than *go*."""
    states = {Do.HOLD: State.HELD, Do.WAIT: State.SCHEDULED, Do.REFUSE: State.FAILED, Do.ASK: State.REVIEW,
              Do.CANCEL: State.CANCELLED, Do.SKIP: State.SKIPPED}  # fmt: skip
    to = states[gate.do]
    if run.open_attempts and to in CLOSED:
        return _keep(
            run, State.REVIEW, "open_attempt", f"{gate.sentence} An earlier try may have arrived all the same."
        )
    return _keep(run, to, gate.code, gate.sentence, due_at=gate.until)


def before_call(run: Standing, effect: Effect | None, now: datetime) -> Move | None:
    """An attempt is open: may the request go out once more? None says yes.

    Asked at the last moment and not only when the second sending was scheduled, for a step may have been held for days between,
    and the vendor's memory of our key has an end.

    Args:
        effect: what the open attempt's endpoint declared.
    """
    if not run.open_attempts:
        return None
    if effect is None or effect.kind == "once":
        return _keep(run, State.REVIEW, "unclear", "An earlier try may have arrived, and a second could arrive twice.")
    if effect.kind == "keyed" and _forgotten(run, effect, EffectClass.KEYED, now):
        return _find_out(run, effect, now, "An earlier try may have arrived, and the vendor may have forgotten it.")
    return None


def after_call(run: Standing, end: Conclusion, now: datetime, chance: float) -> Move:
    """The plugin was called and this is what came of it."""
    outcome, tried = end.outcome, run.attempts + 1
    if end.wire is Wire.UNCLEAR:
        return _unclear(run, end, now, chance)
    if isinstance(outcome, Done) and end.wire is Wire.NONE and run.open_attempts:
        reason = "The plugin sent nothing this time, but an earlier try may have arrived."
        return _keep(run, State.REVIEW, "open_attempt", reason, attempts=tried, outcome=outcome)
    if outcome.verdict is Verdict.DONE:
        return Move(State.DONE, attempts=tried, crashes=run.crashes, outcome=outcome, sentence=outcome.sentence())
    if outcome.verdict is Verdict.ADMIN:
        return _keep(run, State.HELD, Hold.CONNECTION, outcome.sentence(), attempts=tried, outcome=outcome)
    if outcome.verdict is Verdict.WAIT:
        return _again(run, end, now, chance)
    if outcome.verdict is Verdict.REJECTED and not run.open_attempts:
        return _keep(run, State.FAILED, "rejected", outcome.sentence(), attempts=tried, outcome=outcome)
    code = "open_attempt" if outcome.verdict is Verdict.REJECTED else "plugin"
    return _keep(run, State.REVIEW, code, outcome.sentence(), attempts=tried, outcome=outcome)


def after_crash(
    run: Standing,
    effect: Effect | None,
    klass: EffectClass | None,
    now: datetime,
    deadline: timedelta = DEADLINE,
    chance: float = 0.0,
) -> Move:
    """The worker that held the step is gone, and nobody else will report on it.

    Args:
        chance: a number in [0, 1), by which those that were held together come back apart.
    """
    crashed = Standing(run.state, run.attempts, run.open_attempts, run.crashes + 1, since=run.since)
    if run.state is State.CLAIMED:
        if crashed.crashes >= MOST_CRASHES:
            return _keep(crashed, State.REVIEW, "poison", f"The worker died {crashed.crashes} times at this step.")
        return _keep(crashed, State.SCHEDULED, due_at=now + APART * 5**run.crashes * chance)
    if effect is None or klass is None:
        return _keep(crashed, State.REVIEW, "unclear", _LOST, open_attempts=run.open_attempts + 1)
    return _by_class(crashed, effect, klass, now, floor(effect, deadline), _LOST)


def after_check(run: Standing, finding: Outcome, effect: Effect, now: datetime) -> Move:
    """The vendor was asked what became of the attempt.

    *Not found* counts only when it was said twice, ``settle`` apart, by a vendor whose word is *strong*, and the second time
    when nothing can be on its way any more: ``max_processing`` and ``settle`` after we lost sight of it. The caller makes sure
    that the sender is gone before it asks. Otherwise a person decides.
    """
    checks = run.checks + 1
    if finding.verdict is Verdict.DONE:
        return _keep(run, State.DONE, sentence=finding.sentence(), checks=checks, open_attempts=0, outcome=finding)
    if isinstance(finding, NotSent):
        return _not_found(run, effect, now, checks)
    since = run.unknown_at or now
    if now - since >= LONGEST_CHECKING:
        return _keep(run, State.REVIEW, "unclear", finding.sentence(), checks=checks, outcome=finding)
    wait = min(max(effect.settle, SHORTEST_SETTLE) * 2 ** min(checks, 20), LONGEST_CHECKING)
    reason = finding.sentence() if isinstance(finding, CannotTell | Wait) else CannotTell().sentence()
    asked = finding.until(now) if isinstance(finding, Wait) else None
    again = max(now + wait, asked) if asked else now + wait
    return _keep(run, State.UNKNOWN, "unclear", reason, next_check_at=again, checks=checks, not_found=run.not_found)


def not_asked(run: Standing, why: str, now: datetime) -> Move:
    """The vendor may not be asked now: the account or its add-on is shut. Nothing was learnt, so nothing is counted, and it is
    looked again soon; but a person is asked as soon as if the vendor could not tell."""
    over = now - (run.unknown_at or now) >= LONGEST_CHECKING
    to, again = (State.REVIEW, None) if over else (State.UNKNOWN, now + SHUT)
    return _keep(run, to, "unclear", why, next_check_at=again, checks=run.checks, not_found=run.not_found)


_LOST = "The worker died or hung while the request was out, so it is not known whether it happened."


def _not_found(run: Standing, effect: Effect, now: datetime, checks: int) -> Move:
    seen = run.not_found + 1
    trusted = (run.unknown_at or now) + effect.max_processing + effect.settle
    strong = effect.strong and run.unknown_at is not None
    if seen < 2 or (strong and now < trusted):
        ask_at = max(now + max(effect.settle, SHORTEST_SETTLE), trusted)
        return _keep(run, State.UNKNOWN, "unclear", "The vendor has no record of it yet; it is asked once more.",
                     next_check_at=ask_at, checks=checks, not_found=seen)  # fmt: skip
    if strong and _spent(run, now):
        return _keep(run, State.REVIEW, "gave_up", "The vendor has no record of it, after many tries.", checks=checks,
                     open_attempts=0, not_found=seen)  # fmt: skip
    if strong:
        return _keep(run, State.SCHEDULED, "", "The vendor has no record of it, so it is sent again.", due_at=now,
                     checks=checks, open_attempts=0)  # fmt: skip
    return _keep(run, State.REVIEW, "unclear", "The vendor has no record of it, but its word is not proof.", checks=checks,
                 not_found=seen)  # fmt: skip


def _unclear(run: Standing, end: Conclusion, now: datetime, chance: float) -> Move:
    if end.effect is None or end.effect_class is None:
        return _keep(run, State.REVIEW, "plugin", end.outcome.sentence(), attempts=run.attempts + 1)
    tried = Standing(run.state, run.attempts + 1, run.open_attempts, run.crashes, since=run.since or now)
    wait = max(delay(tried.attempts, chance), floor(end.effect, end.deadline))
    return _by_class(tried, end.effect, end.effect_class, now, wait, end.outcome.sentence())


def _by_class(run: Standing, effect: Effect, klass: EffectClass, now: datetime, wait: timedelta, why: str) -> Move:
    """What an unclear attempt leads to depends on its class and on nothing else."""
    still_open = run.open_attempts + 1
    if klass is EffectClass.LOOKUP:
        return _keep(run, State.UNKNOWN, "unclear", why, next_check_at=now + effect.settle, open_attempts=still_open)
    resend_at = now + wait
    if klass is EffectClass.BLIND or _spent(run, now) or _forgotten(run, effect, klass, resend_at):
        return _find_out(run, effect, now, why, still_open)
    return _keep(run, State.SCHEDULED, "", why, due_at=resend_at, open_attempts=still_open)


def _find_out(run: Standing, effect: Effect, now: datetime, why: str, open_attempts: int | None = None) -> Move:
    """It may not be sent again. The vendor is asked, where the action knows how; otherwise a person decides."""
    if effect.reconciles:
        return _keep(run, State.UNKNOWN, "unclear", why, next_check_at=now + effect.settle, open_attempts=open_attempts)
    return _keep(run, State.REVIEW, "unclear", why, open_attempts=open_attempts)


def floor(effect: Effect, deadline: timedelta) -> timedelta:
    """The least time between two sendings: the first may still be on its way, or being worked on."""
    return deadline + effect.max_processing


def _forgotten(run: Standing, effect: Effect, klass: EffectClass, resend_at: datetime) -> bool:
    """The vendor will no longer know our key when the request comes again."""
    if klass is not EffectClass.KEYED:
        return False
    return run.since is None or resend_at - run.since >= effect.window - KEY_WINDOW_MARGIN


def _again(run: Standing, end: Conclusion, now: datetime, chance: float) -> Move:
    tried = run.attempts + 1
    if run.since is not None and now - run.since > MOST_AGE:
        return _keep(run, State.REVIEW, "gave_up", end.outcome.sentence(), attempts=tried, outcome=end.outcome)
    asked = end.outcome.until(now) if isinstance(end.outcome, Wait) else None
    if tried >= (MOST_ATTEMPTS if asked is None else MOST_WAITS):
        return _keep(run, State.REVIEW, "gave_up", end.outcome.sentence(), attempts=tried, outcome=end.outcome)
    earliest = now + delay(tried, chance)
    due = max(earliest, asked) if asked else earliest
    return _keep(run, State.SCHEDULED, "", end.outcome.sentence(), due_at=due, attempts=tried, outcome=end.outcome)


def _spent(run: Standing, now: datetime) -> bool:
    return run.attempts >= MOST_ATTEMPTS or (run.since is not None and now - run.since > MOST_AGE)


def _keep(
    run: Standing,
    to: State,
    code: str = "",
    sentence: str = "",
    *,
    due_at: datetime | None = None,
    next_check_at: datetime | None = None,
    attempts: int | None = None,
    open_attempts: int | None = None,
    checks: int = 0,
    not_found: int = 0,
    outcome: Outcome | None = None,
) -> Move:
    """A move that keeps the counters it does not name."""
    return Move(
        to, str(code), sentence, due_at, next_check_at,
        run.attempts if attempts is None else attempts,
        run.open_attempts if open_attempts is None else open_attempts,
        run.crashes, checks, not_found, outcome,
    )  # fmt: skip
