"""The runner: where the synchronous host and the asynchronous plugins meet.

A batch of claimed jobs comes in. For each: the gate, the plugin under a deadline, the intent before its irreversible request,
the answer sorted, the outcome settled. Jobs of a batch run side by side; intents and outcomes of all of them are written in
groups. Nothing a plugin does ends the batch: it can raise, return nonsense, or take too long, and costs its own step only.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hub.core.effects import as_used, once
from hub.core.endpoints import DEADLINE, LONGEST_DEADLINE, Endpoint
from hub.core.errors import Stopped, Unreachable
from hub.core.outcomes import Broken, CannotTell, NeedsAdmin, Outcome, Verdict, Wait
from hub.core.registry import Claim, Registry
from hub.core.settings import Settings
from hub.dispatch import about, binding, crash, endings
from hub.dispatch.classify import Conclusion, conclude
from hub.dispatch.gate import Do, Gate, Hold, gate, put_off, shut
from hub.dispatch.grouping import GATHER_SECONDS
from hub.dispatch.guests.tokens import Elsewhere
from hub.dispatch.heard import Try
from hub.dispatch.isolation import Ended, alone
from hub.dispatch.lanes import Lane, Places
from hub.dispatch.ledger import Job, Ledger, Settlement
from hub.dispatch.lines import Over
from hub.dispatch.live import LiveVendor
from hub.dispatch.machine import Move, after_call, after_check, after_gate, before_call, not_asked
from hub.dispatch.offering import Offering
from hub.dispatch.outside import Outside
from hub.dispatch.plain import plain
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent
from hub.dispatch.states import State

log = logging.getLogger("hub.dispatch")

ACTION_SECONDS = LONGEST_DEADLINE.total_seconds() + 30
"""Wall time for one action: its longest call and what it does around it."""


class Runner:
    """Make one a process; batches from several threads may run at once.

    Args:
        chance: a source of numbers in [0, 1) for back-off; tests give a fixed one.
        gather: how long a write to the ledger waits for company, in seconds.
        writer: where the ledger is written: one thread of our own, unless somebody gives another place.
        begun: told of each job that has its place and may go, in the event loop; it must be quick and raise nothing.
    """

    def __init__(
        self,
        ledger: Ledger,
        registry: Registry,
        outside: Outside,
        *,
        action_seconds: float = ACTION_SECONDS,
        chance: Callable[[], float] = random.random,
        gather: float = GATHER_SECONDS,
        writer: Executor | None = None,
        begun: Callable[[Job, datetime], None] = lambda job, now: None,
    ) -> None:
        self._ledger, self._registry, self._outside = ledger, registry, outside
        self._action_seconds, self._chance = action_seconds, chance
        self._begun = begun
        self._places = Places()
        self._under_way: set[tuple[UUID, int]] = set()
        self._left = False
        self._writer = writer or ThreadPoolExecutor(1, "hub-ledger")
        self._offering = Offering(ledger, self._writer, gather, self._in_company)

    def run(self, jobs: Sequence[Job]) -> None:
        """Carry out a batch and come back when every job of it is settled."""
        if jobs:
            self._outside.run(self._batch(jobs, _nobody))

    def check(self, jobs: Sequence[Job]) -> None:
        """Ask the vendor about jobs whose attempt is unclear, and settle what it says."""
        if jobs:
            self._outside.run(self._checks(jobs, _nobody))

    def begin(self, jobs: Sequence[Job], over: Over) -> None:
        """The same as :meth:`run` without waiting: a plugin that does not come back holds up nobody who has other work to give.

        Args:
            over: told of each run's id when it is settled or lost, in the event loop.
        """
        if jobs:
            self._outside.start(self._batch(jobs, over))

    def begin_checks(self, jobs: Sequence[Job], over: Over) -> None:
        """The same as :meth:`check` without waiting."""
        if jobs:
            self._outside.start(self._checks(jobs, over))

    def leave(self) -> None:
        """Call no plugin any more, and say only what became of what had left: the rest is somebody else's."""
        self._left = True

    def close(self) -> None:
        """Wait for what is being written."""
        self._writer.shutdown(wait=True)

    def _in_company(self) -> bool:
        return len(self._under_way) > 1

    async def _batch(self, jobs: Sequence[Job], over: Over) -> None:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(self._job(job, over), name=job.ref)  # by its name it is known who has the loop

    async def _job(self, job: Job, over: Over) -> None:
        """One job from gate to settlement. Raises nothing: the batch's other jobs are strangers to it."""
        about.begin(job)
        mine = (job.run_id, job.fence)
        if mine in self._under_way:
            log.error("step run %s was handed over twice under one fence", job.run_id)
            return
        self._under_way.add(mine)
        try:
            async with self._places.take(_lane(job)):
                settlement = None if self._left else await self._carry_out(job)
            if settlement is not None and not (self._left and settlement.intended is None):
                await self._offering.outcome(settlement)
        except Exception:
            # The row keeps saying what is true (claimed or calling), and the sweeper takes it from there.
            log.exception("step run %s could not be settled", job.run_id)
        finally:
            self._under_way.discard(mine)
            over(job.run_id)

    async def _checks(self, jobs: Sequence[Job], over: Over) -> None:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(self._check(job, over), name=job.ref)

    async def _check(self, job: Job, over: Over) -> None:
        about.begin(job)
        try:
            async with self._places.take(_lane(job)):
                if self._left:
                    return
                settlement = await self._looked_up(job)
            await self._offering.outcome(settlement)
            crash.point("after_reconcile")
        except Exception:
            log.exception("step run %s could not be checked", job.run_id)
        finally:
            over(job.run_id)

    async def _looked_up(self, job: Job) -> Settlement:
        why = shut(job.gate, self._ledger.now())
        if why:
            return Settlement(job, not_asked(job.standing, why, self._ledger.now()))
        finding, tried = _not_now(job, self._ledger.now()) or await self._find(job)
        move = after_check(job.standing, finding, job.effect or once(), self._ledger.now())
        found = Conclusion(finding, reference=getattr(finding, "reference", ""))
        return Settlement(job, move, found, tried=_for_the_trace(job, tried, move))

    async def _find(self, job: Job) -> tuple[Outcome, Try | None]:
        """What the plugin's reconcile says; anything but a finding counts as *cannot tell*."""
        claim = job.claim or self._registry.claim(job.action_type)
        reconcile = claim.action.reconcile if claim else None
        if claim is None or reconcile is None:
            return CannotTell("No installed plugin can look this up."), None
        waits = await job.sign_in.ready(self._outside) if job.sign_in else None
        if waits is not None:
            return CannotTell(waits.sentence), None
        bound = await self._bound_where_it_may_wait(job, claim)
        if isinstance(bound, Settlement):
            return CannotTell(bound.move.sentence), None
        vendor = LiveVendor(self._outside, claim.plugin.info, bound.settings, self._ledger.now(), ref=job.ref)
        look_up = partial(self._unless_left, reconcile, vendor, bound.step, job.contact)
        ended = await alone(look_up, self._action_seconds, name=job.ref)
        await vendor.close()
        await self._renewed(job, vendor)
        return endings.finding(ended), self._tried(claim, vendor)

    def _unless_left(self, function: Callable[..., Awaitable[Any]], *given: Any) -> Awaitable[Any]:
        """Call it, unless somebody else has been given the job while this loop was held."""
        if self._left:
            raise Stopped(Wait("The plugin's event loop was given up."))
        return function(*given)

    async def _carry_out(self, job: Job) -> Settlement | None:
        now = self._ledger.now()
        answer = gate(job.gate, now)
        if answer.do is not Do.GO:
            return Settlement(job, after_gate(job.standing, answer, now))
        self._begun(job, now)
        claim = job.claim or self._registry.claim(job.action_type)
        if claim is None:
            unclaimed = Gate(Do.HOLD, Hold.UNCLAIMED, "No installed plugin claims this kind of step.")
            return Settlement(job, after_gate(job.standing, unclaimed, now))
        return await self._call(job, claim)

    async def _call(self, job: Job, claim: Claim) -> Settlement | None:
        stop = before_call(job.standing, job.effect, self._ledger.now())
        if stop is not None:
            return Settlement(job, stop)
        waits = await job.sign_in.ready(self._outside) if job.sign_in else None
        if waits is not None:
            return Settlement(job, after_gate(job.standing, waits, self._ledger.now()))
        bound = await self._bound_where_it_may_wait(job, claim)
        if isinstance(bound, Settlement):
            return bound
        vendor = self._vendor(job, claim, bound.settings)
        crash.point("before_call")
        act = partial(self._unless_left, claim.action.run, vendor, bound.step, job.contact)
        ended = await alone(act, self._action_seconds, name=job.ref)
        await vendor.close()
        return self._end(job, claim, vendor, ended, bound.empty, await self._renewed(job, vendor))

    async def _renewed(self, job: Job, vendor: LiveVendor) -> Outcome | None:
        """The vendor refused the access token: see to a new one, for the next try. What that makes of this one."""
        if job.sign_in is None or not vendor.token_refused:
            return None
        waits = await job.sign_in.ready(self._outside, refused=True)
        return (
            job.sign_in.outcome(waits) if waits else Wait("The sign-in had ended and was renewed; the step goes again.")
        )

    def _tried(self, claim: Claim, vendor: LiveVendor) -> Try:
        base = self._outside.base_url(claim.plugin.info)
        return Try(claim, vendor.now, base, vendor.bound, tuple(vendor.traffic))

    async def _bound_where_it_may_wait(self, job: Job, claim: Claim) -> _Bound | Settlement:
        """The forms of a plugin in a process of its own are asked over there, and the loop waits for nobody's answer."""
        threads = binding.threads_of(claim.action.settings, self._registry.all_token_sets)
        if threads is not None:
            return await asyncio.get_running_loop().run_in_executor(threads, self._bound, job, claim)
        try:
            return self._bound(job, claim)
        except Elsewhere as elsewhere:
            return await self._bound_elsewhere(job, claim, elsewhere)

    async def _bound_elsewhere(self, job: Job, claim: Claim, elsewhere: Elsewhere) -> _Bound | Settlement:
        """It mentions tokens of a guest's, whose code must not hold this loop."""
        try:
            return await elsewhere.do(lambda: self._bound(job, claim))
        except Unreachable as rests:
            return self._settlement(job, Conclusion(plain(rests.outcome)))

    def _bound(self, job: Job, claim: Claim) -> _Bound | Settlement:
        """What the plugin's function receives. The forms and the tokens are the plugin's own code, so anything may happen."""
        now = self._ledger.now()
        try:
            opened = job.sign_in.into(job.open_settings()) if job.sign_in else job.open_settings()
            given = job.step_settings()
        except Exception as trouble:
            log.exception("the settings of step run %s could not be opened", job.run_id)
            hold = Gate(
                Do.HOLD,
                Hold.SETTINGS,
                f"What is stored sealed for this step could not be read ({type(trouble).__name__}).",
            )
            return Settlement(job, after_gate(job.standing, hold, now))
        try:
            settings = binding.settings(claim.plugin.info.settings, opened)
        except binding.BadSettings as trouble:
            return self._settlement(job, Conclusion(NeedsAdmin(f"The connection's settings do not fit: {trouble}.")))
        except Unreachable as rests:
            return self._settlement(job, Conclusion(plain(rests.outcome)))
        except BaseException as trouble:
            return self._settlement(job, Conclusion(endings.broken(trouble)))
        try:
            supply = binding.supply_of(job.contact, job.account, self._registry.token_sets)
            return _Bound(settings, *binding.step(claim.action.settings, given, supply))
        except Elsewhere:
            raise
        except binding.BadSettings as trouble:
            ask = Gate(
                Do.ASK, "step_settings", f"The step's settings do not fit: {trouble}. Mend the plan, then retry."
            )
            return Settlement(job, after_gate(job.standing, ask, now))
        except Unreachable as rests:
            return self._settlement(job, Conclusion(plain(rests.outcome)))
        except BaseException as trouble:
            return self._settlement(job, Conclusion(endings.broken(trouble)))

    def _vendor(self, job: Job, claim: Claim, settings: Settings) -> LiveVendor:
        reconciles = claim.action.reconcile is not None
        info = claim.plugin.info

        async def intend(endpoint: Endpoint[Any], request: FrozenRequest) -> Granted | Denied:
            if not _same_call(job, endpoint, request):
                raise Stopped(Broken("The plugin chose another call than the one that may have left before."))
            answer = await self._offering.intent(self._intent(job, claim, endpoint, request, reconciles))
            if isinstance(answer, Granted):
                about.attempt(answer.attempt)
            return answer

        return LiveVendor(
            self._outside, info, settings, self._ledger.now(), ref=job.ref, intend=intend, reconciles=reconciles
        )

    def _intent(
        self, job: Job, claim: Claim, endpoint: Endpoint[Any], request: FrozenRequest, reconciles: bool
    ) -> Intent:
        assert endpoint.effect is not None
        effect, rate = as_used(endpoint.effect, reconciles=reconciles), claim.plugin.info.rate
        return Intent(
            job.run_id, job.fence, job.frozen or request, effect, effect.effect_class(reconciles=effect.reconciles), job.ref,
            endpoint.deadline, job.connection_id, rate.interval if rate else None,
            rate.tolerance if rate else timedelta(0), claim.plugin.source.version,
            retry=bool(job.standing.attempts or job.standing.open_attempts), at_once=claim.plugin.info.at_once, quota=job.quota,
        )  # fmt: skip

    def _end(
        self,
        job: Job,
        claim: Claim,
        vendor: LiveVendor,
        ended: Ended,
        empty: tuple[str, ...],
        instead: Outcome | None,
    ) -> Settlement | None:
        if vendor.denied is not None:
            return self._denied(job, vendor.denied)
        said = endings.returned(claim, ended, self._action_seconds)
        wire, outcome = conclude(said, vendor.wire, raised=ended.error is not None or ended.overran)
        outcome = endings.only_declared_changes(claim, outcome, wire)
        if instead is not None and outcome.verdict not in (Verdict.DONE, Verdict.UNKNOWN):
            outcome = instead
        deadline = vendor.endpoint.deadline if vendor.endpoint else DEADLINE
        status = vendor.wire.status if vendor.wire else None
        end = Conclusion(
            outcome, wire, vendor.effect, vendor.effect_class, deadline, status, getattr(outcome, "reference", "")
        )
        return self._settlement(job, end, vendor.attempt, empty, self._tried(claim, vendor))

    def _settlement(
        self,
        job: Job,
        end: Conclusion,
        attempt: int | None = None,
        empty: tuple[str, ...] = (),
        tried: Try | None = None,
    ) -> Settlement:
        move = after_call(job.standing, end, self._ledger.now(), self._chance())
        return Settlement(job, move, end, attempt, empty, _for_the_trace(job, tried, move))

    def _denied(self, job: Job, denied: Denied) -> Settlement | None:
        """The ledger did not let the request out: give the run back, or say nothing when it is no longer ours."""
        if denied.fenced:
            log.info("step run %s is no longer ours", job.run_id)
            return None
        now = self._ledger.now()
        if denied.seconds is None:
            return Settlement(job, after_gate(job.standing, Gate(Do.HOLD, denied.code, denied.sentence), now))
        until = now + timedelta(seconds=denied.seconds)
        waits = Gate(Do.WAIT, denied.code, denied.sentence, until)
        return Settlement(job, after_gate(job.standing, put_off(job.gate, until, denied.sentence) or waits, now))


@dataclass(frozen=True, slots=True)
class _Bound:
    """A plugin's arguments, and the tokens that were empty."""

    settings: Settings
    step: Settings
    empty: tuple[str, ...]


def _nobody(run_id: UUID) -> None:
    """Who waits for the batch needs not be told of its runs."""


def _for_the_trace(job: Job, tried: Try | None, move: Move) -> Try | None:
    """What is kept of a try that came to grief is spelt out here, where the plugin's code may run."""
    if tried is None or move.to is State.DONE:
        return tried
    try:
        return tried.spelt_out()
    except Exception as trouble:
        log.warning("the settings of step run %s cannot be written down (%s)", job.run_id, type(trouble).__name__)
        return replace(tried, plain={})


def _lane(job: Job) -> Lane:
    return Lane(job.action_type.partition(".")[0], job.account.id)


def _not_now(job: Job, now: datetime) -> tuple[Outcome, Try | None] | None:
    """The vendor wants to be left alone; a look-up asks it, too."""
    until = job.gate.blocked_until
    if until is None or until <= now:
        return None
    return Wait("The vendor asked to be left alone for a while.", (until - now).total_seconds()), None


def _same_call(job: Job, endpoint: Endpoint[Any], request: FrozenRequest) -> bool:
    """While an attempt is open its bytes are sent again, so the promise made for them must be the one that counts."""
    if job.frozen is None or job.effect is None or not job.standing.open_attempts:
        return True
    now, then = endpoint.effect, job.effect
    same_promise = now is not None and (now.kind, now.header) == (then.kind, then.header)
    return same_promise and request.method == job.frozen.method
