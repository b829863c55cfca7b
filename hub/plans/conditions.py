"""What may be true of a contact: a tag, a stage of the sales cycle, a value in a field of the account's own, a draw. Pure.

A draw splits contacts at random and for ever: the same contact falls on the same side of the same draw, however often it comes.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from hub.core.facts import Contact


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
    """The contact's own field holds this text; without a text, anything at all."""

    kind: Literal["field"] = "field"
    name: str = Field(min_length=1, max_length=60)
    value: str = Field(default="", max_length=200)


class Share(_Condition):
    """The contact is among the first so many in a hundred of a draw, which goes by its name."""

    kind: Literal["share"] = "share"
    name: str = Field(min_length=1, max_length=60)
    percent: int = Field(ge=1, le=99)


Condition = Annotated[HasTag | InCycle | FieldIs, Field(discriminator="kind")]
AnyCondition = HasTag | InCycle | FieldIs | Share


class OnlyIf(BaseModel):
    """For whom a step is meant: only where the condition holds, or ``unless`` it does. Others pass the step over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Annotated[HasTag | InCycle | FieldIs | Share, Field(discriminator="kind")]
    unless: bool = False

    def __str__(self) -> str:
        told = _("Unless the contact {told}") if self.unless else _("Only if the contact {told}")
        return told.format(told=words(self.when))


def read(data: Any) -> OnlyIf | None:
    """For whom a step is meant, from what is stored; nothing is for everybody."""
    return OnlyIf.model_validate(data) if data else None


def is_meant(only: OnlyIf | None, contact: Contact) -> bool:
    """Whether a step is meant for the contact as it is now."""
    return only is None or holds(only.when, contact) is not only.unless


def holds(condition: AnyCondition, contact: Contact) -> bool:
    """Whether it is true of the contact as it is now."""
    if isinstance(condition, HasTag):
        return _fold(condition.name) in {_fold(tag) for tag in contact.tags}
    if isinstance(condition, InCycle):
        return _fold(condition.name) == _fold(contact.sales_cycle)
    if isinstance(condition, Share):
        return place_in(condition.name, contact.id) < condition.percent
    kept = next((text for label, text in contact.custom.items() if _fold(label) == _fold(condition.name)), "")
    return _fold(kept) == _fold(condition.value) if condition.value else bool(kept.strip())


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
    return int.from_bytes(sha256(f"{_fold(draw)}|{contact_id}".encode()).digest()[:8], "big") % 100


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
