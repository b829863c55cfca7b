"""The kinds of events there are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_noop

N_ = gettext_noop


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    Attributes:
        name: dotted; what subscribers ask for and receive as ``type``.
        bit: its place in a set of kinds kept as one number. Never changes, for rows hold it.
        title: how people read it.
        when: the moment it is told of, in one sentence.
    """

    name: str
    bit: int
    title: str
    when: str


CONTACT_CREATED, CONTACT_UPDATED = "contact.created", "contact.updated"
STEP_REACHED, STEP_DONE = "step.reached", "step.done"
REPLY_RECEIVED, PLAN_FINISHED = "reply.received", "plan.finished"

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(CONTACT_CREATED, 1, N_("Contact added"), N_("A contact was added, by hand, by API or by an import.")),
        Kind(CONTACT_UPDATED, 2, N_("Contact changed"), N_("Something about a contact was changed.")),
        Kind(STEP_REACHED, 4, N_("Step reached"), N_("A step's time has come and the hub takes it up for the first time.")),
        Kind(STEP_DONE, 8, N_("Step done"), N_("A step was done.")),
        Kind(REPLY_RECEIVED, 16, N_("Reply received"), N_("A contact answered an e-mail.")),
        Kind(PLAN_FINISHED, 32, N_("Plan finished"), N_("A contact came to the end of a plan.")),
    )
}  # fmt: skip
"""By name, in the order in which they are shown."""


def mask_of(names: Iterable[str]) -> int:
    """A set of kinds as one number; ``KeyError`` for a kind there is not."""
    mask = 0
    for name in names:
        mask |= KINDS[name].bit
    return mask


def holds(mask: int, name: str) -> bool:
    """Whether the set has this kind."""
    return bool(mask & KINDS[name].bit)
