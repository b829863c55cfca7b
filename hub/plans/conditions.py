"""What may become true of a contact: a tag, a stage of the sales cycle, a value in a field of the account's own. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

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


Condition = Annotated[HasTag | InCycle | FieldIs, Field(discriminator="kind")]
AnyCondition = HasTag | InCycle | FieldIs


def holds(condition: AnyCondition, contact: Contact) -> bool:
    """Whether it is true of the contact as it is now."""
    if isinstance(condition, HasTag):
        return _fold(condition.name) in {_fold(tag) for tag in contact.tags}
    if isinstance(condition, InCycle):
        return _fold(condition.name) == _fold(contact.sales_cycle)
    kept = next((text for label, text in contact.custom.items() if _fold(label) == _fold(condition.name)), "")
    return _fold(kept) == _fold(condition.value) if condition.value else bool(kept.strip())


def words(condition: AnyCondition) -> str:
    """As a person would say it: ``has the tag “Joined”``."""
    if isinstance(condition, HasTag):
        return _("has the tag “{name}”").format(name=condition.name)
    if isinstance(condition, InCycle):
        return _("is at “{name}” in the sales cycle").format(name=condition.name)
    if condition.value:
        return _("has “{value}” in the field “{name}”").format(name=condition.name, value=condition.value)
    return _("has something in the field “{name}”").format(name=condition.name)


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
