"""The runner: where the synchronous host and the asynchronous plugins meet.

A batch of claimed jobs comes in. For each: the gate, the plugin under a deadline, the intent before its irreversible request,
the answer sorted, the outcome settled. Jobs of a batch run side by side; intents and outcomes of all of them are written in
groups. Nothing a plugin does ends the batch: it can raise, return nonsense, or take too long, and costs its own step only.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.core import redact
from hub.core.effects import once
from hub.core.endpoints import DEADLINE, LONGEST_DEADLINE, Endpoint
from hub.core.errors import VendorFault
from hub.core.facts import Contact
from hub.core.outcomes import Already, Broken, CannotTell, NeedsAdmin, NotSent, Outcome, Sent
from hub.core.registry import Claim, Registry
from hub.core.settings import Settings
from hub.dispatch import binding, crash
from hub.dispatch.classify import Conclusion, conclude
from hub.dispatch.gate import Do, Gate, Hold, gate
from hub.dispatch.grouping import Grouped
from hub.dispatch.ledger import Job, Ledger, Settlement
from hub.dispatch.live import LiveVendor
from hub.dispatch.machine import after_call, after_check, after_gate
from hub.dispatch.outside import Outside
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent

log = logging.getLogger("hub.dispatch")

IN_FLIGHT = 64
"""Calls of one process at a time."""

ACTION_SECONDS = LONGEST_DEADLINE.total_seconds() + 30
"""Wall time for one action: its longest call and what it does around it."""

SETTLE_TRIES = 12
"""How often an outcome is offered to a store that fails, with growing waits: about two minutes in all."""


class Runner:
    """Make one a process; batches from several threads may run at once.

    Args:
        chance: a source of numbers in [0, 1) for back-off; tests give a fixed one.
    """

    def __init__(
        self,
        ledger: Ledger,
        registry: Registry,
        outside: Outside,
        *,
        in_flight: int = IN_FLIGHT,
        action_seconds: float = ACTION_SECONDS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._ledger, self._registry, self._outside = ledger, registry, outside
        self._action_seconds, self._chance = action_seconds, chance
        self._limit = asyncio.Semaphore(in_flight)
        self._writer = ThreadPoolExecutor(1, "hub-ledger")
        self._intend: Grouped[Intent, Granted | Denied] = Grouped(ledger.intend, self._writer)
        self._settle: Grouped[Settlement, None] = Grouped(self._settle_all, self._writer)

    def run(self, jobs: Sequence[Job]) -> None:
        """Carry out a batch and come back when every job of it is settled."""
        if jobs:
            self._outside.run(self._batch(jobs))

    def check(self, jobs: Sequence[Job]) -> None:
        """Ask the vendor about jobs whose attempt is unclear, and settle what it says."""
        if jobs:
            self._outside.run(self._checks(jobs))

    def close(self) -> None:
        """Wait for what is being written."""
        self._writer.shutdown(wait=True)

    def _settle_all(self, settlements: Sequence[Settlement]) -> list[None]:
        crash.point("before_settle")
        self._ledger.settle(settlements)
        crash.point("after_settle")
        return [None] * len(settlements)

    async def _batch(self, jobs: Sequence[Job]) -> None:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(self._job(job))

    async def _job(self, job: Job) -> None:
        """One job from gate to settlement. Raises nothing: the batch's other jobs are strangers to it."""
        try:
            async with self._limit:
                settlement = await self._carry_out(job)
            if settlement is not None:
                await self._record(settlement)
        except Exception:
            # The row keeps saying what is true (claimed or calling), and the sweeper takes it from there.
            log.exception("step run %s could not be settled", job.run_id)

    async def _checks(self, jobs: Sequence[Job]) -> None:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(self._check(job))

    async def _check(self, job: Job) -> None:
        try:
            async with self._limit:
                finding = await self._find(job)
            effect = job.effect or once()
            move = after_check(job.standing, finding, effect, self._ledger.now())
            await self._record(Settlement(job, move, Conclusion(finding)))
        except Exception:
            log.exception("step run %s could not be checked", job.run_id)

    async def _find(self, job: Job) -> Outcome:
        """What the plugin's reconcile says; anything but a finding counts as *cannot tell*."""
        claim = self._registry.claim(job.action_type)
        reconcile = claim.action.reconcile if claim else None
        if claim is None or reconcile is None:
            return CannotTell("No installed plugin can look this up.")
        try:
            settings = binding.settings(claim.plugin.info.settings, job.open_settings())
            values = binding.values(job.contact, job.account, claim.plugin.tokens)
            step, _ = binding.step(claim.action.settings, job.options, values)
            vendor = LiveVendor(self._outside, claim.plugin.info, settings, self._ledger.now(), ref=job.ref)
            async with asyncio.timeout(self._action_seconds):
                found = await reconcile(vendor, step, job.contact)
        except (VendorFault, binding.BadSettings) as trouble:
            return CannotTell(str(trouble))
        except Exception as trouble:
            return CannotTell(f"The plugin's look-up failed with {type(trouble).__name__}.")
        return found if isinstance(found, Sent | Already | NotSent | CannotTell) else CannotTell()

    async def _carry_out(self, job: Job) -> Settlement | None:
        now = self._ledger.now()
        answer = gate(job.gate, now)
        if answer.do is not Do.GO:
            return Settlement(job, after_gate(job.standing, answer, now))
        claim = self._registry.claim(job.action_type)
        if claim is None:
            unclaimed = Gate(Do.HOLD, Hold.UNCLAIMED, "No installed plugin claims this kind of step.")
            return Settlement(job, after_gate(job.standing, unclaimed, now))
        return await self._call(job, claim)

    async def _call(self, job: Job, claim: Claim) -> Settlement | None:
        try:
            settings = binding.settings(claim.plugin.info.settings, job.open_settings())
        except binding.BadSettings as trouble:
            return self._settlement(job, Conclusion(NeedsAdmin(f"The connection's settings do not fit: {trouble}.")))
        try:
            values = binding.values(job.contact, job.account, claim.plugin.tokens)
            step, empty = binding.step(claim.action.settings, job.options, values)
        except binding.BadSettings as trouble:
            ask = Gate(Do.ASK, "step_settings", f"The step's settings do not fit: {trouble}. Mend the plan, then retry.")
            return Settlement(job, after_gate(job.standing, ask, self._ledger.now()))
        vendor = self._vendor(job, claim, settings)
        crash.point("before_call")
        returned = await self._guarded(claim, vendor, step, job.contact)
        vendor.close()
        return self._end(job, claim, vendor, returned, empty)

    def _vendor(self, job: Job, claim: Claim, settings: Settings) -> LiveVendor:
        reconciles = claim.action.reconcile is not None
        info = claim.plugin.info

        async def intend(endpoint: Endpoint[Any], request: FrozenRequest) -> Granted | Denied:
            return await self._intend(self._intent(job, claim, endpoint, request, reconciles))

        return LiveVendor(
            self._outside, info, settings, self._ledger.now(), ref=job.ref, intend=intend, reconciles=reconciles
        )

    def _intent(
        self, job: Job, claim: Claim, endpoint: Endpoint[Any], request: FrozenRequest, reconciles: bool
    ) -> Intent:
        effect, rate = endpoint.effect, claim.plugin.info.rate
        assert effect is not None
        return Intent(
            job.run_id, job.fence, job.frozen or request, effect, effect.effect_class(reconciles=reconciles), job.ref,
            endpoint.deadline, job.connection_id, rate.interval if rate else None,
            rate.tolerance if rate else timedelta(0), claim.plugin.source.version,
        )  # fmt: skip

    async def _guarded(self, claim: Claim, vendor: LiveVendor, step: Settings, contact: Contact) -> Any:
        """The plugin's value, or the outcome that stands for what it did instead."""
        try:
            async with asyncio.timeout(self._action_seconds):
                return await claim.action.run(vendor, step, contact)
        except VendorFault as fault:
            return fault.outcome
        except TimeoutError:
            return Broken(f"The plugin took longer than {self._action_seconds:g} seconds.")
        except Exception as trouble:
            log.warning("plugin %s failed: %s", claim.plugin.info.name, redact.text(repr(trouble)))
            return Broken(f"The plugin failed with {type(trouble).__name__}.", detail=redact.text(str(trouble)))

    def _end(
        self, job: Job, claim: Claim, vendor: LiveVendor, returned: Any, empty: tuple[str, ...]
    ) -> Settlement | None:
        if vendor.denied is not None:
            return self._denied(job, vendor.denied)
        wire, outcome = conclude(returned, vendor.wire)
        outcome = _only_declared_changes(claim, outcome)
        effect = vendor.endpoint.effect if vendor.endpoint else None
        deadline = vendor.endpoint.deadline if vendor.endpoint else DEADLINE
        status = vendor.wire.status if vendor.wire else None
        end = Conclusion(
            outcome, wire, effect, vendor.effect_class, deadline, status, getattr(outcome, "reference", "")
        )
        return self._settlement(job, end, vendor.attempt, empty)

    def _settlement(
        self, job: Job, end: Conclusion, attempt: int | None = None, empty: tuple[str, ...] = ()
    ) -> Settlement:
        move = after_call(job.standing, end, self._ledger.now(), self._chance())
        return Settlement(job, move, end, attempt, empty)

    def _denied(self, job: Job, denied: Denied) -> Settlement | None:
        """The ledger did not let the request out: give the run back, or say nothing when it is no longer ours."""
        if denied.fenced:
            log.info("step run %s is no longer ours", job.run_id)
            return None
        now = self._ledger.now()
        do = Do.HOLD if denied.seconds is None else Do.WAIT
        until = None if denied.seconds is None else now + timedelta(seconds=denied.seconds)
        return Settlement(job, after_gate(job.standing, Gate(do, denied.code, denied.sentence, until), now))

    async def _record(self, settlement: Settlement) -> None:
        """Offer the outcome until the store takes it: while we live, what we know must not be lost."""
        for attempt in range(SETTLE_TRIES):
            try:
                await self._settle(settlement)
                return
            except Exception:
                if attempt == SETTLE_TRIES - 1:
                    raise
                log.warning("the store did not take an outcome; trying again", exc_info=attempt == 0)
                await asyncio.sleep(min(0.05 * 2**attempt, 30))


def _only_declared_changes(claim: Claim, outcome: Outcome) -> Outcome:
    """An action may ask only for the kinds of change it declared."""
    wanted: tuple[Any, ...] = getattr(outcome, "changes", ())
    strange = [type(change).__name__ for change in wanted if not isinstance(change, claim.action.changes)]
    if not strange:
        return outcome
    reason = f"The plugin asked for {', '.join(strange)}, which its action does not declare."
    if isinstance(outcome, Sent | Already):  # what was sent stays sent; only the changes are refused
        log.warning("plugin %s: %s", claim.plugin.info.name, reason)
        return replace(outcome, changes=(), note=f"{outcome.note} ({reason})".strip())
    return Broken(reason)
