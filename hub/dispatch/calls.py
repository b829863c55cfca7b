"""Asking a vendor outside any step: the connection test, the live lists.

Only reads can be made this way. The answer is the function's value, or the outcome that says who must act.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from hub.core.addon import AddOnInfo
from hub.core.errors import Unreachable, VendorFault
from hub.core.guard import Failed, limited
from hub.core.outcomes import Broken, NeedsAdmin, Outcome, Wait
from hub.dispatch import binding, endings
from hub.dispatch.isolation import alone
from hub.dispatch.live import DryRun, Intend, LiveVendor
from hub.dispatch.outside import Outside
from hub.dispatch.plain import plain
from hub.dispatch.renewal import SignIn

ASK_SECONDS = 20.0
"""A person is waiting in front of a page."""


def ask(
    outside: Outside,
    info: AddOnInfo,
    settings: Mapping[str, Any],
    function: Callable[..., Awaitable[Any]],
    now: datetime,
    seconds: float = ASK_SECONDS,
    sign_in: SignIn | None = None,
    intend: Intend | None = None,
) -> Any | Outcome:
    """Call ``function(vendor)`` of a plugin and wait for it.

    Args:
        intend: lets one write out, after it was written down; without it there are only reads.
        settings: the connection's settings, decrypted, as stored.
        sign_in: the connection's, where somebody signed in. A token that has ended is renewed, and the question asked again.

    Returns:
        What the function returned, or an :class:`Outcome` that says why there is nothing. Never raises for the plugin.
    """
    waits = outside.run(sign_in.ready(outside)) if sign_in else None
    answer, refused = (
        _once(outside, info, settings, function, now, seconds, sign_in, intend) if waits is None else (None, False)
    )
    if sign_in and refused:
        waits = outside.run(sign_in.ready(outside, refused=True))
        if waits is None:
            answer, _ = _once(outside, info, settings, function, now, seconds, sign_in, intend)
    return sign_in.outcome(waits) if sign_in and waits else answer


def _once(
    outside: Outside,
    info: AddOnInfo,
    settings: Mapping[str, Any],
    function: Callable[..., Awaitable[Any]],
    now: datetime,
    seconds: float,
    sign_in: SignIn | None,
    intend: Intend | None,
) -> tuple[Any | Outcome, bool]:
    """The answer, and whether the vendor refused the access token."""
    settings = sign_in.into(settings) if sign_in else settings
    try:
        bound = limited(lambda: binding.settings(info.settings, settings), binding.BadSettings, Unreachable)
    except binding.BadSettings as trouble:
        return NeedsAdmin(f"The settings do not fit: {trouble}."), False
    except Unreachable as rests:
        return plain(rests.outcome), False
    except Failed as trouble:
        return Broken(f"The check of the settings by {info.title} {trouble}."), False
    vendor = LiveVendor(outside, info, bound, now, intend=intend)
    return outside.run(_asked(function, vendor, seconds)), vendor.token_refused


async def _asked(function: Callable[..., Awaitable[Any]], vendor: LiveVendor, seconds: float) -> Any | Outcome:
    ended = await alone(lambda: function(vendor), seconds)
    await vendor.close()
    if ended.overran:
        return Wait(f"The vendor did not answer within {seconds:g} seconds.")
    if isinstance(ended.error, VendorFault):
        said = ended.error.outcome
        return said if isinstance(said, DryRun) else plain(said)
    if ended.error is not None:
        return endings.broken(ended.error)
    return ended.value
