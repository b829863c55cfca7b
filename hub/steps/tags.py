"""Put tags on the contact, or take them off."""

from __future__ import annotations

from pydantic import Field, field_validator

from hub.core import AddTags, Contact, Done, Lines, RemoveTags, Settings, Vendor
from hub.steps.addon import addon

LONGEST = 60
"""Characters of a tag, as everywhere in the hub."""


class Tags(Settings):
    """Which tags."""

    tags: Lines = Field(title="Tags", description="One a line.", min_length=1, max_length=50)

    @field_validator("tags")
    @classmethod
    def _fit(cls, tags: Lines) -> Lines:
        if any(not 1 <= len(tag.strip()) <= LONGEST for tag in tags):
            raise ValueError(f"A tag has 1 to {LONGEST} characters.")
        return tags


@addon.action("add_tags", Tags, title="Add tags", changes=[AddTags], icon="tag")
async def add_tags(vendor: Vendor, step: Tags, contact: Contact) -> Done:
    """Put them on; a tag that does not exist yet is made."""
    return Done(f"Tagged: {', '.join(step.tags)}.", (AddTags(tags=tuple(step.tags)),))


@addon.action("remove_tags", Tags, title="Remove tags", changes=[RemoveTags], icon="tag-x")
async def remove_tags(vendor: Vendor, step: Tags, contact: Contact) -> Done:
    """Take them off; a tag the contact does not bear is no mistake."""
    return Done(f"Tags removed: {', '.join(step.tags)}.", (RemoveTags(tags=tuple(step.tags)),))
