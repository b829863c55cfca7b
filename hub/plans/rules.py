"""What a plan says for all of its steps: on whose clock, and in which hours.

It is part of a version, so contacts that are on the plan keep the rules they started with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from hub.plans import hours
from hub.plans.hours import Hours


class PlanRules(BaseModel):
    """The rules of one version.

    Attributes:
        hours: days and hours in which its steps start; None is at any hour.
        clock: whose clock days, times of day and hours are meant on. The contact's counts where their zone is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Hours | None = None
    clock: Literal["account", "contact"] = "account"


NONE = PlanRules()
"""At any hour, on the account's clock."""


def read(data: Mapping[str, Any] | None) -> PlanRules:
    """Rules from what is stored, parsed once a process for each text of them."""
    return _parsed(json.dumps(data, sort_keys=True)) if data else NONE


def dump(rules: PlanRules) -> dict[str, Any]:
    """Plain data to store; what says nothing is left out."""
    return rules.model_dump(mode="json", exclude_defaults=True)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> PlanRules:
    return PlanRules.model_validate_json(text)


def words(rules: PlanRules) -> list[tuple[str, str]]:
    """The rules for people: what, and how."""
    clock = _("The contact's, where it is known") if rules.clock == "contact" else _("The account's")
    allowed = hours.words(rules.hours) if rules.hours else _("At any hour")
    return [(_("Hours"), allowed), (_("Whose clock"), clock)]
