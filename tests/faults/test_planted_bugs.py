"""Each rule of the protocol is left out once, and the verdict must see it: a judge who finds nothing has then looked.

Each schedule is aimed at the one moment for which its rule was made (:mod:`tests.faults.stage`). With the rule it ends well; with
the rule taken out of the engine, from here and not by a switch in it, the same schedule sends twice or says what is not so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from hub.accounts import changes as accounts
from hub.accounts.models import Account, Switch
from hub.dispatch import machine
from hub.dispatch.requests import Granted, Intent
from hub.engine import intend, jobs, reference, settle, sweep
from hub.engine.identity import Life
from tests.faults import verdict
from tests.faults.stage import Stage
from tests.faults.stores import SqlStore, sql_store

pytestmark = pytest.mark.django_db(transaction=True)

Patch = pytest.MonkeyPatch


def without(patch: Patch, module: Any, statement: str, *parts: str) -> None:
    """Take parts out of a module's SQL. They must be there."""
    text: str = getattr(module, statement)
    for part in parts:
        assert part in text, f"{module.__name__}.{statement} no longer says {part!r}"
        text = text.replace(part, "")
    patch.setattr(module, statement, text)


# --- write-ahead ---------------------------------------------------------------------------------------------------


def no_write_ahead(patch: Patch) -> None:
    """The request leaves first, and everything is written down when the answer is there."""

    def grant(intents: Sequence[Intent], worker: Any, now: datetime) -> list[Granted]:
        return [Granted(1, intent.request) for intent in intents]

    patch.setattr(intend, "intend", grant)
    patch.setattr(settle, "expected", lambda settlement: settlement.job.standing.state)


def a_worker_dies_when_its_request_is_out(stage: Stage) -> None:
    [run] = stage.claims("first")
    stage.intends("first", run)
    stage.sends("first", run, "acts and hangs up")
    stage.dies("first")


# --- fence ---------------------------------------------------------------------------------------------------------


def no_fence(patch: Patch) -> None:
    """Whoever finds the row in the state that he expects may write."""
    without(patch, settle, "_MOVE", "AND plans_steprun.fence = i.fence")


def a_sleeper_wakes_with_an_old_refusal_while_another_succeeds(stage: Stage) -> None:
    [run] = stage.claims("sleeper")
    stage.intends("sleeper", run)
    stage.sends("sleeper", run, "refuses")
    stage.passes(minutes=5)
    stage.store.sweep()
    stage.passes(minutes=5)
    assert run in stage.claims("second")
    stage.intends("second", run)
    stage.sends("second", run)
    stage.settles("sleeper", run)


# --- floor ---------------------------------------------------------------------------------------------------------


def no_floor(patch: Patch) -> None:
    """An unclear attempt goes again after the usual back-off."""
    patch.setattr(machine, "floor", lambda effect, deadline: timedelta(0))


def a_vendor_that_is_still_at_work_when_the_connection_is_gone(stage: Stage) -> None:
    stage.goes_all_the_way("first", "acts and hangs up", after=timedelta(seconds=100))
    stage.passes(seconds=10)
    stage.goes_all_the_way("first")


# --- the first "not found" -----------------------------------------------------------------------------------------


def trusting_the_first_not_found(patch: Patch) -> None:
    """What the vendor's list does not show has not happened."""
    careful = machine._not_found

    def trusting(run: machine.Standing, effect: Any, now: datetime, checks: int) -> machine.Move:
        long_ago = now - timedelta(days=1)
        return careful(replace(run, not_found=1, unknown_at=long_ago), effect, now, checks)

    patch.setattr(machine, "_not_found", trusting)


def a_vendor_that_acts_after_it_was_asked(stage: Stage) -> None:
    stage.goes_all_the_way("first", "acts and hangs up", after=timedelta(seconds=100))
    stage.passes(seconds=65)
    stage.looks("first")


# --- key -----------------------------------------------------------------------------------------------------------


def a_fresh_key_for_each_attempt(patch: Patch) -> None:
    """The reference says which attempt it is."""
    attempts = count()
    patch.setattr(
        jobs, "_reference", lambda hub, run, _attempt: f"{reference.of(hub, run.id, run.epoch)}-{next(attempts)}"
    )


def an_answer_is_lost_after_the_deed(stage: Stage) -> None:
    stage.goes_all_the_way("first", "acts and hangs up")


# --- lock of a worker ----------------------------------------------------------------------------------------------


def a_timer_instead_of_a_lock(patch: Patch) -> None:
    """A worker whose lease is over is dead."""
    patch.setattr(sweep, "life_of", lambda worker: Life(alive=False, proved_gone=False))
    patch.setattr(jobs, "_effect", lambda attempt, _connection_id: attempt and jobs.effects.from_json(attempt.effect))


def a_process_is_stopped_between_its_last_look_and_its_first_byte(stage: Stage) -> None:
    [run] = stage.claims("stopped")
    stage.intends("stopped", run)
    assert stage.leaves("stopped", run)
    for _ in range(16):
        stage.passes(seconds=40)
        stage.store.sweep()
        stage.looks("second")
        stage.goes_all_the_way("second")
    stage.arrives("stopped", run)


# --- a restart of the database -------------------------------------------------------------------------------------


def a_free_lock_counts_at_any_time(patch: Patch) -> None:
    """Also when all locks were freed at once, a moment ago."""
    patch.setattr(sweep, "_believed", dict)


def the_database_restarts_under_workers_of_other_hosts(stage: Stage) -> None:
    stage.claims("first")
    stage.store.restarts()  # type: ignore[attr-defined]  # the memory ledger has no server
    stage.passes(seconds=31)
    stage.store.sweep()
    stage.passes(seconds=4)
    stage.goes_all_the_way("second")


# --- pause ---------------------------------------------------------------------------------------------------------


def an_intent_after_the_pause(patch: Patch) -> None:
    """That the account was active when the run was claimed is enough."""
    without(patch, intend, "_MOVE", "AND w.status = 'active'")


def an_account_is_paused_between_claim_and_intent(stage: Stage) -> None:
    [run] = stage.claims("first")
    stage.store.pause()
    if stage.intends("first", run):
        stage.sends("first", run)
        stage.settles("first", run)


# --- lock of an account --------------------------------------------------------------------------------------------


def an_intent_after_the_lock(patch: Patch) -> None:
    """That no account above was locked when the run was claimed is enough."""
    without(patch, intend, "_MOVE", "AND NOT w.locked")


def a_lock_that_shuts_its_own_account_only(patch: Patch) -> None:
    """What lies beneath has switches of its own."""

    def here_only(account: Account) -> None:
        Switch.objects.filter(account=account).update(locked=account.locked_at is not None)

    patch.setattr(accounts, "_pass_down", here_only)


def the_account_above_is_locked_between_claim_and_intent(stage: Stage) -> None:
    [run] = stage.claims("first")
    stage.store.lock()
    if stage.intends("first", run):
        stage.sends("first", run)
        stage.settles("first", run)


# --- open attempts -------------------------------------------------------------------------------------------------


def a_refusal_that_forgets_the_open_attempt(patch: Patch) -> None:
    """The last answer counts."""
    careful = machine.after_call

    def forgetful(run: machine.Standing, *more: Any) -> machine.Move:
        return careful(replace(run, open_attempts=0), *more)

    patch.setattr("tests.faults.stage.after_call", forgetful)


def a_refusal_after_an_unclear_attempt_that_happened(stage: Stage) -> None:
    stage.goes_all_the_way("first", "acts and hangs up")
    stage.passes(seconds=200)
    stage.goes_all_the_way("first", "refuses")


@dataclass(frozen=True)
class Rule:
    """A rule, how it is left out, the schedule that needs it, and what then is found."""

    left_out: Callable[[Patch], None]
    schedule: Callable[[Stage], None]
    klass: str
    found: str


RULES = [
    Rule(no_write_ahead, a_worker_dies_when_its_request_is_out, "blind", "twice"),
    Rule(no_fence, a_sleeper_wakes_with_an_old_refusal_while_another_succeeds, "keyed", "false"),
    Rule(no_floor, a_vendor_that_is_still_at_work_when_the_connection_is_gone, "keyed", "twice"),
    Rule(trusting_the_first_not_found, a_vendor_that_acts_after_it_was_asked, "lookup", "twice"),
    Rule(a_fresh_key_for_each_attempt, an_answer_is_lost_after_the_deed, "keyed", "twice"),
    Rule(a_timer_instead_of_a_lock, a_process_is_stopped_between_its_last_look_and_its_first_byte, "lookup", "twice"),
    Rule(a_free_lock_counts_at_any_time, the_database_restarts_under_workers_of_other_hosts, "keyed", "stolen"),
    Rule(an_intent_after_the_pause, an_account_is_paused_between_claim_and_intent, "blind", "after the pause"),
    Rule(an_intent_after_the_lock, the_account_above_is_locked_between_claim_and_intent, "blind", "after the lock"),
    Rule(
        a_lock_that_shuts_its_own_account_only,
        the_account_above_is_locked_between_claim_and_intent,
        "blind",
        "after the lock",
    ),
    Rule(a_refusal_that_forgets_the_open_attempt, a_refusal_after_an_unclear_attempt_that_happened, "keyed", "false"),
]


def judged(store: SqlStore, rule: Rule) -> list[str]:
    """What the verdict says of this rule's schedule."""
    store.begin_anew(rule.klass)
    stage = Stage(store, rule.klass)
    store.enroll()
    rule.schedule(stage)
    stage.rests()
    return verdict.faults(verdict.read(store.kept.lines))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.left_out.__name__)
def test_with_the_rule_the_schedule_ends_well_and_without_it_the_verdict_sees_it(
    rule: Rule, monkeypatch: Patch
) -> None:
    with sql_store([rule.klass]) as store:
        assert judged(store, rule) == []

        rule.left_out(monkeypatch)

        found = judged(store, rule)
    assert any(fault.startswith(rule.found) for fault in found), found
