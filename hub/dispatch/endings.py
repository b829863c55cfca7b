"""From how a plugin's function ended to the outcome that stands for it: its value, its error, its silence."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from hub.core.errors import VendorFault
from hub.core.outcomes import Already, Broken, CannotTell, Done, NotSent, Outcome, Sent, Wait
from hub.core.registry import Claim
from hub.dispatch.apart.process import ProcessEnded
from hub.dispatch.classify import Wire
from hub.dispatch.isolation import Ended
from hub.dispatch.plain import clean, plain, told_where

log = logging.getLogger("hub.dispatch")

LONGEST_REASON = 300
"""Characters of why a process ended: what broke the protocol is in it, and that is a stranger's choice."""


def returned(claim: Claim, ended: Ended, seconds: float) -> Any:
    """The action's value, or the outcome that stands for what it did instead."""
    if ended.overran:
        return Broken(f"The plugin took longer than {seconds:g} seconds.")
    if isinstance(ended.error, VendorFault):
        return ended.error.outcome
    if ended.error is None:
        return ended.value
    log.warning("plugin %s failed with %s: %s", claim.plugin.info.name, _kind(ended.error), told_where(ended.error))
    return broken(ended.error)


def finding(ended: Ended) -> Outcome:
    """What a look-up found; anything but a finding counts as *cannot tell*, or as *not now* where the vendor says so."""
    if ended.overran:
        return CannotTell("The plugin's look-up took too long.")
    if isinstance(ended.error, VendorFault):
        said = plain(ended.error.outcome)
        return said if isinstance(said, Wait) else CannotTell(said.sentence())
    if ended.error is not None:
        return CannotTell(failed_with(ended.error, "The plugin's look-up"))
    found = plain(ended.value)
    return found if isinstance(found, Sent | Already | NotSent | CannotTell) else CannotTell()


def broken(trouble: BaseException) -> Broken:
    """The outcome of a plugin that raised something of its own."""
    return Broken(failed_with(trouble), detail=told_where(trouble))


def failed_with(trouble: BaseException, what: str = "The plugin") -> str:
    """A sentence for people. Of what a plugin raised, its kind; of its process's end, how it came, which nobody could look up."""
    if isinstance(trouble, ProcessEnded):
        return f"The plugin's process ended before it had answered: {clean(str(trouble), LONGEST_REASON)}."
    return f"{what} failed with {_kind(trouble)}."


def only_declared_changes(claim: Claim, outcome: Outcome, wire: Wire) -> Outcome:
    """An action may ask only for the kinds of change it declared. What was sent stays sent: then only the changes go."""
    wanted: tuple[Any, ...] = getattr(outcome, "changes", ())
    strange = [type(change).__name__ for change in wanted if not isinstance(change, claim.action.changes)]
    if not strange or not isinstance(outcome, Sent | Already | Done):
        return outcome
    reason = f"The plugin asked for {', '.join(strange)}, which its action does not declare."
    if wire is Wire.NONE and isinstance(outcome, Done):
        return Broken(reason)
    log.warning("plugin %s: %s", claim.plugin.info.name, reason)
    return replace(outcome, changes=(), note=f"{outcome.note} ({reason})".strip())


def _kind(trouble: BaseException) -> str:
    return type(trouble).__name__[:60]
