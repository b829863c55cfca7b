"""The ``vendor`` an action really gets: every call through the declared endpoints, every write through the ledger.

It keeps its own record of what went over the wire (:attr:`LiveVendor.wire`), so that what a plugin catches, hides or invents
cannot change what is known.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from hub.core.addon import AddOnInfo
from hub.core.auth import Signed
from hub.core.effects import Effect, EffectClass, as_used
from hub.core.endpoints import Endpoint
from hub.core.errors import Refused, Stopped, Unclear, Unreachable, VendorFault
from hub.core.mail_post import by_post
from hub.core.outcomes import Broken, NeedsAdmin, Outcome, Unknown, Wait
from hub.core.vendor import Vendor
from hub.dispatch import crash
from hub.dispatch.apart.answers import understood
from hub.dispatch.classify import Reading, Wire, read
from hub.dispatch.exchange import Exchange, Lost
from hub.dispatch.heard import KEPT_CALLS, Heard, tell
from hub.dispatch.outside import Outside
from hub.dispatch.post import meanings, orders
from hub.dispatch.requests import Denied, FrozenRequest, Granted, build

AnswerT = TypeVar("AnswerT")

Intend = Callable[[Endpoint[Any], FrozenRequest], Awaitable[Granted | Denied]]
"""Writes down that a request leaves. The read-only vendor of checks and look-ups has none."""


UNSIGNED = Signed({}, {})
"""No credential."""


@dataclass(frozen=True, slots=True)
class DryRun(Outcome):
    """A dry run came to the first write: the request that would have left, without its credential."""

    request: FrozenRequest
    reason: str = "This is where the request would have left."
    verdict = Wait.verdict


class LiveVendor(Vendor):
    """One connection's way out, for one call of the plugin.

    Args:
        intend: None makes it read-only: a write is stopped.
        reconciles: the action can look up what became of an attempt.
    """

    def __init__(
        self,
        outside: Outside,
        info: AddOnInfo,
        settings: Any,
        now: datetime,
        *,
        ref: str = "",
        intend: Intend | None = None,
        reconciles: bool = False,
    ) -> None:
        self.settings, self.ref, self.now = settings, ref, now
        self.wire: Reading | None = None
        self.denied: Denied | None = None
        self.endpoint: Endpoint[Any] | None = None
        self.attempt: int | None = None
        self._outside, self._info, self._intend, self._reconciles = outside, info, intend, reconciles
        self._true_ref = ref  # ``ref`` is the plugin's to read, and Python lets it write there too
        self._writing: asyncio.Task[Reading] | None = None
        self._closed = False
        self._spoken_to = ""
        self.token_refused = False
        self.traffic: list[Heard] = []
        self.bound = settings  # as ``_true_ref``: what it really was, whatever the plugin puts in ``settings``

    async def __call__(self, endpoint: Endpoint[AnswerT], body: Any = None, /, **parameters: Any) -> AnswerT:
        self._check_open()
        endpoint, request = self._made(endpoint, body, parameters)
        reading = await (self._write if endpoint.writes else self._read)(endpoint, request)
        if reading.wire is Wire.ACTED and reading.outcome is None:
            answer: AnswerT = reading.answer
            return answer
        raise _fault(reading)

    def _made(
        self, endpoint: Endpoint[Any], body: Any, parameters: Mapping[str, Any]
    ) -> tuple[Endpoint[Any], FrozenRequest]:
        if by_post(endpoint):
            return orders.prepared(self._info, self.bound, endpoint, body, self.now)
        return endpoint, build(self._outside.base_url(self._info), endpoint, body, parameters)

    async def close(self) -> None:
        """The action has ended: nothing it left running may call any more, and a write that is out is waited for.

        Returns when :attr:`wire` and :attr:`attempt` are final. A write whose intent is still being written down when the
        action ends does not leave; one that has left keeps its own deadline.
        """
        self._closed = True
        if self._writing is not None and not self._writing.done():
            await asyncio.wait({self._writing})

    @property
    def effect_class(self) -> EffectClass | None:
        """The class of the write that was made."""
        return self.effect.effect_class(reconciles=self._reconciles) if self.effect else None

    @property
    def effect(self) -> Effect | None:
        """What a second sending of the write that was made would do, and whether it can be looked up instead."""
        declared = self.endpoint.effect if self.endpoint else None
        return as_used(declared, reconciles=self._reconciles) if declared else None

    def _check_open(self) -> None:
        if self._closed:
            raise Stopped(Broken("The plugin used its vendor after the step had ended."))
        if self.wire is not None and self.wire.wire in (Wire.ACTED, Wire.UNCLEAR):
            raise Stopped(Broken("The plugin made another call after its irreversible one, which must come last."))

    async def _read(self, endpoint: Endpoint[Any], request: FrozenRequest) -> Reading:
        seconds = endpoint.deadline.total_seconds() + orders.seconds_of_waiting(endpoint, request)
        return await self._send(endpoint, request, self._signature(endpoint), time.monotonic() + seconds)

    async def _write(self, endpoint: Endpoint[Any], request: FrozenRequest) -> Reading:
        """Hand the write to a task of its own: a plugin that is stopped, or cancels itself, cannot tear it in two."""
        if self.endpoint is not None:
            raise Stopped(Broken("The plugin tried a second irreversible call in one step."))
        self.endpoint = endpoint
        self._writing = asyncio.create_task(self._written(endpoint, request))
        self._writing.add_done_callback(_looked_at)
        return await asyncio.shield(self._writing)

    async def _written(self, endpoint: Endpoint[Any], request: FrozenRequest) -> Reading:
        """Intent, request, answer. What can fail on our side fails before the intent."""
        not_after = time.monotonic() + endpoint.deadline.total_seconds()
        signature, key, _ = self._signature(endpoint), self._key(endpoint), self._outside.wire
        request.signed(signature, key)
        granted = await self._permission(endpoint, request)
        self.attempt, keyed = granted.attempt, granted.request.signed(UNSIGNED, key)
        if self._closed:
            self.wire = Reading(Wire.NOT_SENT)  # the plugin did not wait for it, so its own word stands
            return self.wire
        self.wire = Reading(Wire.UNCLEAR, Unknown("The request was on its way when it was stopped."))
        crash.point("before_send")
        reading = await self._send(endpoint, keyed, signature, not_after)
        crash.point("after_send")
        self.wire = reading
        return reading

    async def _permission(self, endpoint: Endpoint[Any], request: FrozenRequest) -> Granted:
        if self._intend is None:
            raise Stopped(DryRun(request))
        crash.point("before_intent")
        answer = await self._intend(endpoint, request)
        crash.point("after_intent")
        if isinstance(answer, Denied):
            self.denied = answer
            raise Stopped(Wait(answer.sentence or "The step may not go on now.", answer.seconds))
        return answer

    def _key(self, endpoint: Endpoint[Any]) -> dict[str, str]:
        effect = endpoint.effect
        return {effect.header: self._true_ref} if effect and effect.header else {}

    def _signature(self, endpoint: Endpoint[Any]) -> Signed:
        """An open endpoint's address is an admin's, not the vendor's: the connection's credential must not go there."""
        if by_post(endpoint):
            return orders.signature(self._info, self.bound)
        return UNSIGNED if endpoint.open else self._info.auth.sign(self.settings)

    async def _send(
        self, endpoint: Endpoint[Any], request: FrozenRequest, signature: Signed, not_after: float
    ) -> Reading:
        # An address an admin typed in is no vendor of ours: sentences about it name its host, which may always be shown.
        self._spoken_to = _host(request.url) if endpoint.open or by_post(endpoint) else ""
        ready = self._outside.sent_elsewhere(self._info, endpoint, request.signed(signature, {}))
        result = await self._outside.exchange(endpoint, request, ready, not_after)
        reading = self._sorted(await understood(endpoint, result), result)
        # An access token may have ended. Nothing was done for it, and with the next one the step can be done.
        refused = meanings.REFUSED_TOKEN if by_post(endpoint) else 401
        self.token_refused |= (
            reading.status == refused and isinstance(reading.outcome, NeedsAdmin) and not endpoint.open
        )
        self._heard(endpoint, request, result, reading)
        return reading

    def _heard(self, endpoint: Endpoint[Any], request: FrozenRequest, result: Exchange, reading: Reading) -> None:
        """Keep it for whoever must explain this try, and tell those who listen."""
        base, readable = self._outside.base_url(self._info), reading.wire is Wire.ACTED
        heard = Heard(self._info, endpoint, base, self._true_ref, request, result, readable)
        if len(self.traffic) < KEPT_CALLS:
            self.traffic.append(heard.trimmed())
        tell(self._outside.listeners, heard)

    def _sorted(self, endpoint: Endpoint[Any], result: Exchange) -> Reading:
        who = self._spoken_to or self._info.title
        try:
            if by_post(endpoint):
                return meanings.read(endpoint, result, who, orders.secret_of(self._info))
            return read(endpoint, self._info.errors, result, self.now, who)
        except (
            Exception
        ) as trouble:  # the declared tables are the plugin's; an answer we cannot sort is one we cannot read
            lost = Lost(f"the answer could not be sorted ({type(trouble).__name__})")
            return read(endpoint, {}, lost, self.now, who)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _looked_at(task: asyncio.Task[Reading]) -> None:
    """The plugin may be gone when its write ends; then nobody else would look at the error."""
    if not task.cancelled():
        task.exception()


def _fault(reading: Reading) -> VendorFault:
    outcome = reading.outcome or Unknown()
    if reading.wire is Wire.NOT_SENT:
        return Unreachable(outcome, reading.status)
    if reading.wire is Wire.UNCLEAR:
        return Unclear(outcome, reading.status)
    return Refused(outcome, reading.status, reading.answer)
