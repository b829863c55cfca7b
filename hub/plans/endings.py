"""How a step of a plan ended for a contact, as far as a later step may ask. Pure.

==============  =======================================================================================
way             the step before
==============  =======================================================================================
``done``        was done
``already``     was done, for the vendor had it already and nothing was sent (part of *done*)
``failed``      failed, for whatever reason
``rejected``    failed, for the vendor refused it for this contact (part of *failed*)
``lacking``     failed, for the contact lacked what it needs (part of *failed*)
``skipped``     was passed over: not meant for the contact, too late, or skipped by a person
``given_up``    came to a person who said that it did not happen or skipped it (part of *failed*, or of *skipped*)
==============  =======================================================================================

Of a step that was tried again, the last try that came to an end counts. A step that is open (held, being sent, looked up, before
a person) has not ended; the steps behind it come after it, so none of them asks too early.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Way = Literal["done", "already", "failed", "rejected", "lacking", "skipped", "given_up"]
WAYS: tuple[Way, ...] = get_args(Way)

Ending = frozenset[Way]
"""Everything that is true of one end."""

DONE: Ending = frozenset({"done"})
ALREADY: Ending = frozenset({"done", "already"})
FAILED: Ending = frozenset({"failed"})
REJECTED: Ending = frozenset({"failed", "rejected"})
LACKING: Ending = frozenset({"failed", "lacking"})
SKIPPED: Ending = frozenset({"skipped"})
GIVEN_UP: Ending = frozenset({"failed", "given_up"})
SKIPPED_BY_A_PERSON: Ending = frozenset({"skipped", "given_up"})

EXAMPLES: Mapping[Way, Ending] = {
    "done": DONE, "already": ALREADY, "failed": FAILED, "rejected": REJECTED, "lacking": LACKING, "skipped": SKIPPED,
    "given_up": GIVEN_UP,
}  # fmt: skip
"""An end of each kind, to be supposed."""

ALREADY_THERE = "already"
"""What is kept with a run's result where the vendor had it already."""

_SETTLED = ("retried", "left")
"""What stands in the place of a failed run's cause once somebody looked at it."""

_TOLD: dict[Way, Promise] = {
    "done": gettext_lazy("was done"),
    "already": gettext_lazy("found that it had been done before"),
    "failed": gettext_lazy("failed"),
    "rejected": gettext_lazy("was refused by the vendor"),
    "lacking": gettext_lazy("failed because the contact lacked something"),
    "skipped": gettext_lazy("was passed over"),
    "given_up": gettext_lazy("was given up by a person"),
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """The steps in front of one, for a contact.

    Attributes:
        ended: key of a step → how it ended; what has not ended, or is not known to, is not in it.
        names: key → name, of the steps that are known at all.
    """

    ended: Mapping[str, Ending]
    names: Mapping[str, str]


NOTHING = Earlier({}, {})


def of(state: str, code: str, result: Any, attempts: int) -> Ending:
    """How a closed run ended.

    Args:
        code: the run's ``hold_reason``: the gate's or the machine's cause, empty where a person said how it ended.
        result: what is kept of the outcome, or None.
    """
    kept: Mapping[str, Any] = result if isinstance(result, Mapping) else {}
    if state == "done":
        return ALREADY if kept.get(ALREADY_THERE) else DONE
    if state == "failed":
        return _failed(code, str(kept.get("verdict", "")), attempts)
    return SKIPPED if code else SKIPPED_BY_A_PERSON


def _failed(code: str, verdict: str, attempts: int) -> Ending:
    if verdict == "rejected":
        return REJECTED
    if code == "missing" or (code in _SETTLED and not attempts):
        return LACKING  # nothing was ever tried, so the gate refused it
    return GIVEN_UP if not code or code in _SETTLED else FAILED


def told(way: Way) -> str:
    """The way in words that follow the step's name: ``was refused by the vendor``."""
    return str(_TOLD[way])


def words(ending: Ending) -> str:
    """An end in the most telling words there are for it: *refused by the vendor* rather than *failed*."""
    telling: tuple[Way, ...] = ("already", "rejected", "lacking", "given_up")
    return told(next((way for way in (*telling, *WAYS) if way in ending), "done"))
