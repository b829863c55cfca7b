"""What a list of contacts shows: a value that the address bar, a saved filter and *select all matching* have in common."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sort = Literal["newest", "oldest", "name", "-name", "updated"]
Archived = Literal["no", "yes", "any"]

ORDERS: dict[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "oldest": ("id",),
    "name": ("name_key", "id"),
    "-name": ("-name_key", "-id"),
    "updated": ("-updated_at", "-id"),
}
"""The only orders there are; each has an index."""

ELSEWHERE = ("on_plan", "of_import")
"""Filters that name a thing of another room, whose contacts whoever asks must bring."""

Ids = tuple[int, ...]


class ContactQuery(BaseModel):
    """Text, filters and order. Filters of one kind widen each other, filters of different kinds narrow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(default="", max_length=200)
    lead_sources: Ids = Field(default=(), max_length=200)
    sales_cycles: Ids = Field(default=(), max_length=200)
    assigned: Ids = Field(default=(), max_length=200)
    unassigned: bool = False
    """Contacts of nobody; together with ``assigned`` those, too."""
    tags: Ids = Field(default=(), max_length=200)
    all_tags: bool = False
    """All of ``tags`` instead of any."""
    archived: Archived = "no"
    has_address: bool | None = None
    on_plan: int | None = None
    """On this plan now. Plans are a floor above: whoever asks brings their contacts, see ``reads.selection``."""
    of_import: int | None = None
    """Made or met by this import. Imports are above, too."""
    among: tuple[int, ...] | None = Field(default=None, max_length=10_000)
    """Only these ids, for instance a selection on a page."""
    sort: Sort = "newest"

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The filters in force whose contacts only other rooms know."""
        return tuple(name for name in ELSEWHERE if getattr(self, name) is not None)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the order is set, so that an empty list can say why."""
        return self.model_copy(update={"sort": "newest"}) != ContactQuery()

    def to_json(self) -> dict[str, Any]:
        """As it is saved; defaults left out."""
        return self.model_dump(mode="json", exclude_defaults=True)
