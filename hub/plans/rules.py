"""What a plan says for all of its steps: in which hours, on whose clock, what ends it early, and what comes after it.

It is part of a version, so contacts that are on the plan keep the rules they started with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from hub.core.facts import Contact
from hub.plans import conditions, hours
from hub.plans.conditions import Condition
from hub.plans.hours import Hours

MOST_STOPS = 10

Happened = Literal["reply", "auto_reply", "bounce"]
"""What an e-mail of the plan may lead to: a person's answer, an automatic one, or it comes back for good."""


class StopRule(BaseModel):
    """When this becomes true of a contact, no further step starts: a goal that was reached, or a reason to stop."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Condition
    goal: bool = False

    def __str__(self) -> str:
        told = conditions.words(self.when)
        return (
            _("Goal reached: {told}").format(told=told) if self.goal else _("No longer meant: {told}").format(told=told)
        )


class PlanRules(BaseModel):
    """The rules of one version.

    Attributes:
        hours: days and hours in which its steps start; None is at any hour.
        clock: whose clock days, times of day and hours are meant on. The contact's counts where their zone is known.
        stops: what ends the plan for a contact before its last step; the first that is true is the reason.
        next_plan: id of the plan on which a contact is put that has come to the end of this one.
        on_reply, on_auto_reply, on_bounce: whether it ends for a contact who answers an e-mail of it, whose mail program
            answers by itself, or to whom it cannot be delivered (:mod:`hub.mail.reading`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Hours | None = None
    clock: Literal["account", "contact"] = "account"
    stops: tuple[StopRule, ...] = Field(default=(), max_length=MOST_STOPS)
    next_plan: int | None = Field(default=None, ge=1)
    on_reply: bool = True
    on_auto_reply: bool = False
    on_bounce: bool = True

    def ends_on(self, happened: Happened) -> bool:
        """Whether this ends the plan for the contact whom it happened with."""
        return {"reply": self.on_reply, "auto_reply": self.on_auto_reply, "bounce": self.on_bounce}[happened]


NONE = PlanRules()
"""At any hour, on the account's clock."""


def read(data: Mapping[str, Any] | None) -> PlanRules:
    """Rules from what is stored, parsed once a process for each text of them."""
    return _parsed(json.dumps(data)) if data else NONE


def dump(rules: PlanRules) -> dict[str, Any]:
    """Plain data to store; what says nothing is left out."""
    return {
        name: value
        for name, value in rules.model_dump(mode="json").items()
        if getattr(rules, name) != getattr(NONE, name)
    }


@lru_cache(maxsize=4096)
def _parsed(text: str) -> PlanRules:
    return PlanRules.model_validate_json(text)


def stopped_by(rules: PlanRules, contact: Contact) -> StopRule | None:
    """The first rule that ends the plan for this contact as it is now."""
    return next((rule for rule in rules.stops if conditions.holds(rule.when, contact)), None)


def words(rules: PlanRules, next_plan: str = "") -> list[tuple[str, str]]:
    """The rules for people: what, and how. ``next_plan`` is the name of the plan that comes after."""
    clock = _("The contact's, where it is known") if rules.clock == "contact" else _("The account's")
    allowed = hours.words(rules.hours) if rules.hours else _("At any hour")
    told = [(_("Hours"), allowed), (_("Whose clock"), clock)]
    if rules.stops:
        told.append((_("Ends early"), "; ".join(str(rule) for rule in rules.stops)))
    if _mail(rules) != _mail(NONE):
        told.append((_("Ends on e-mail"), "; ".join(_mail(rules)) or _("Never")))
    if rules.next_plan:
        told.append((_("Afterwards"), next_plan or _("plan {id}").format(id=rules.next_plan)))
    return told


def _mail(rules: PlanRules) -> list[str]:
    """What of an e-mail ends it, for people."""
    told = {
        _("when they answer"): rules.on_reply,
        _("on an automatic answer"): rules.on_auto_reply,
        _("when it cannot be delivered"): rules.on_bounce,
    }
    return [words for words, ends in told.items() if ends]
