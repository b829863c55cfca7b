"""The dry run: the action up to its first write, which is caught as the bytes that would have left.

The same code builds, signs and completes the request as in production; only the last step, the sending, is not there. Reads are
answered by the simulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from hub.cli.run.bench import Bench
from hub.cli.trouble import Stop
from hub.core.actions import Action
from hub.core.auth import Signed
from hub.core.endpoints import Endpoint
from hub.core.errors import Stopped, VendorFault
from hub.core.facts import Contact
from hub.core.guard import Failed, limited
from hub.core.mail_post import by_post
from hub.core.outcomes import Outcome
from hub.dispatch import binding
from hub.dispatch.exchange import complete
from hub.dispatch.isolation import alone
from hub.dispatch.live import DryRun, LiveVendor
from hub.dispatch.plain import plain, told_where
from hub.dispatch.requests import FrozenRequest
from hub.testing.kit import ACME

SECONDS = 30.0
REFERENCE = "hub-shell-0123456789abcdef0123456789abcdef-0"
"""Stands where a step's own reference stands: as long, and always the same."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a dry run came to.

    Attributes:
        request: what would have left, complete; None when the action came to an end without a write.
        signature: the part of it that is the credential.
        outcome: what the action returned instead.
        calls: the reads before it, as the simulator saw them.
    """

    request: httpx.Request | None
    signature: Signed
    outcome: Outcome | None = None
    calls: tuple[tuple[str, str], ...] = ()


def leaving(
    bench: Bench, action: Action, contact: Contact, options: Mapping[str, Any], settings: Mapping[str, Any]
) -> Leaving:
    """Go as far as the first write.

    Raises:
        Stop: the settings do not fit, or the plugin failed.
    """
    try:
        bound, step = limited(lambda: _bound(bench, action, contact, options, settings), binding.BadSettings)
    except binding.BadSettings as trouble:
        raise Stop(f"The settings do not fit: {trouble}.", 2) from None
    except Failed as trouble:
        raise Stop(f"The forms or tokens of {bench.plugin.info.title} {trouble.for_author}. Its author acts.") from None
    return bench.outside.run(_caught(bench, action, bound, step, contact))


def _bound(
    bench: Bench, action: Action, contact: Contact, options: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[Any, Any]:
    """The account's settings and the step's, as the plugin's function receives them. Its validators are a stranger's code."""
    bound = binding.settings(bench.plugin.info.settings, settings)
    supply = binding.supply_of(contact, ACME, bench.registry.token_sets)
    return bound, binding.step(action.settings, options, supply)[0]


async def _caught(bench: Bench, action: Action, settings: Any, step: Any, contact: Contact) -> Leaving:
    found: list[tuple[Endpoint[Any], FrozenRequest]] = []

    async def intend(endpoint: Endpoint[Any], request: FrozenRequest) -> Any:
        found.append((endpoint, request))
        raise Stopped(DryRun(request))

    info, now = bench.plugin.info, bench.clock.now()
    vendor = LiveVendor(bench.outside, info, settings, now, ref=REFERENCE, intend=intend)
    ended = await alone(lambda: action.run(vendor, step, contact), SECONDS)
    await vendor.close()
    calls = tuple(bench.vendor.calls)
    if not found:
        return Leaving(None, Signed({}, {}), _outcome(ended.error, ended.value), calls)
    endpoint, request = found[0]
    signature = Signed({}, {}) if endpoint.open or by_post(endpoint) else info.auth.sign(settings)
    effect = endpoint.effect
    key = {effect.header: REFERENCE} if effect and effect.header else {}
    return Leaving(complete(request.signed(signature, key)), signature, None, calls)


def _outcome(error: BaseException | None, value: Any) -> Outcome:
    if isinstance(error, VendorFault):
        return error.outcome
    if error is not None:
        raise Stop(
            f"The plugin failed with {type(error).__name__}: {told_where(error) or 'no words'}. Its author acts."
        )
    return plain(value)
