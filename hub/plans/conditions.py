"""What may be true of a contact: a tag, a stage of the sales cycle, a value in a field, a draw, or how an earlier step of the
plan ended for it. Pure.

A draw splits contacts at random and for ever: the same contact falls on the same side of the same draw, however often it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from hub.core.facts import Contact
from hub.plans import contact_fields, endings
from hub.plans.contact_fields import fold
from hub.plans.endings import Earlier, Way


class _Condition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class HasTag(_Condition):
    """The contact has this tag, whatever its capitals."""

    kind: Literal["tag"] = "tag"
    name: str = Field(min_length=1, max_length=60)


class InCycle(_Condition):
    """The contact stands at this stage of the sales cycle."""

    kind: Literal["sales_cycle"] = "sales_cycle"
    name: str = Field(min_length=1, max_length=60)


class FieldIs(_Condition):
    """The contact's field of this name holds this text; without a text, anything at all."""

    kind: Literal["field"] = "field"
    name: str = Field(min_length=1, max_length=60)
    value: str = Field(default="", max_length=200)


class Share(_Condition):
    """The contact is among the first so many in a hundred of a draw, which goes by its name."""

    kind: Literal["share"] = "share"
    name: str = Field(min_length=1, max_length=60)
    percent: int = Field(ge=1, le=99)


class StepEnded(_Condition):
    """An earlier step of the plan ended so for the contact. ``step`` is its key, which versions carry on."""

    kind: Literal["step"] = "step"
    step: UUID
    ended: Way = "done"


Condition = Annotated[HasTag | InCycle | FieldIs, Field(discriminator="kind")]
AnyCondition = HasTag | InCycle | FieldIs | Share
"""Of the contact itself; how an earlier step ended is asked of the plan."""


class OnlyIf(BaseModel):
    """For whom a step is meant: only where the condition holds, or ``unless`` it does. Others pass the step over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Annotated[HasTag | InCycle | FieldIs | Share | StepEnded, Field(discriminator="kind")]
    unless: bool = False

    def __str__(self) -> str:
        return self.told({})

    @property
    def asks(self) -> str:
        """The key of the earlier step whose end it asks for; empty where it asks for none."""
        return str(self.when.step) if isinstance(self.when, StepEnded) else ""

    def told(self, names: Mapping[str, str]) -> str:
        """It as a sentence without its full stop. ``names`` are those of the plan's steps by key."""
        if isinstance(self.when, StepEnded):
            told = _("Unless {step} {told}") if self.unless else _("Only if {step} {told}")
            return told.format(step=called(names.get(self.asks, "")), told=endings.told(self.when.ended))
        told = _("Unless the contact {told}") if self.unless else _("Only if the contact {told}")
        return told.format(told=words(self.when))


def read(data: Any) -> OnlyIf | None:
    """For whom a step is meant, from what is stored; nothing is for everybody."""
    return OnlyIf.model_validate(data) if data else None


def called(name: str) -> str:
    """An earlier step in the middle of a sentence."""
    return f"“{name}”" if name else _("an earlier step")


def depends(only: OnlyIf | None, earlier: Earlier) -> bool:
    """Whether nobody can say yet, for the step that it asks for has not ended."""
    return only is not None and bool(only.asks) and only.asks not in earlier.ended


def both_ways(only: OnlyIf | None, earlier: Earlier) -> str:
    """What is told of a step while nobody can say whether it runs."""
    if only is None or not depends(only, earlier):
        return ""
    return _(
        "It depends on how {step} ends, which is not known yet. {told}: then it runs as it stands here. Otherwise it is passed "
        "over, and the plan goes on at once."
    ).format(step=called(earlier.names.get(only.asks, "")), told=only.told(earlier.names))


def ahead(only: OnlyIf, earlier: Earlier) -> str:
    """What is told of a step that is still to come, of what it asks for: that this is open yet, or that it is passed over."""
    if only.asks and not depends(only, earlier):
        why = _passed_over(only, earlier)
        return _("It will be passed over. {why}").format(why=why) if why else ""
    if not only.asks:
        return ""
    told = only.told(earlier.names)
    return _("Then it depends on how {step} ended: {told}.").format(
        step=called(earlier.names.get(only.asks, "")), told=told[:1].lower() + told[1:]
    )


def why_not(only: OnlyIf | None, contact: Contact, earlier: Earlier = endings.NOTHING) -> str:
    """Why a step is passed over for the contact as it is now, in sentences; empty where it is meant for them."""
    if only is None:
        return ""
    if isinstance(only.when, StepEnded):
        return _passed_over(only, earlier)
    return "" if holds(only.when, contact) is not only.unless else f"{only}."


def _passed_over(only: OnlyIf, earlier: Earlier) -> str:
    """The same for a step that asks how another ended."""
    assert isinstance(only.when, StepEnded)
    ending = earlier.ended.get(only.asks, frozenset())
    if (only.when.ended in ending) is not only.unless:
        return ""
    how = _(" It {ending}.").format(ending=endings.words(ending)) if ending else ""
    return f"{only.told(earlier.names)}.{how}"


def holds(condition: AnyCondition, contact: Contact) -> bool:
    """Whether it is true of the contact as it is now."""
    if isinstance(condition, HasTag):
        return fold(condition.name) in {fold(tag) for tag in contact.tags}
    if isinstance(condition, InCycle):
        return fold(condition.name) == fold(contact.sales_cycle)
    if isinstance(condition, Share):
        return place_in(condition.name, contact.id) < condition.percent
    kept = contact_fields.value_of(contact, condition.name)
    return fold(kept) == fold(condition.value) if condition.value else bool(kept.strip())


def words(condition: AnyCondition) -> str:
    """As a person would say it: ``has the tag “Joined”``."""
    if isinstance(condition, HasTag):
        return _("has the tag “{name}”").format(name=condition.name)
    if isinstance(condition, InCycle):
        return _("is at “{name}” in the sales cycle").format(name=condition.name)
    if isinstance(condition, Share):
        return _("is among the first {percent} % of the draw “{name}”").format(
            name=condition.name, percent=condition.percent
        )
    if condition.value:
        return _("has “{value}” in the field “{name}”").format(name=condition.name, value=condition.value)
    return _("has something in the field “{name}”").format(name=condition.name)


def place_in(draw: str, contact_id: str) -> int:
    """Where a contact stands in a draw, from 0 to 99: even over contacts, and the same each time."""
    return int.from_bytes(sha256(f"{fold(draw)}|{contact_id}".encode()).digest()[:8], "big") % 100
