"""What a step may change in the account: values that an action returns and the host carries out.

A plugin never writes. It returns, with its outcome, the changes it asks for, and the host makes them in the same
transaction that closes the step, so that a tag is set exactly once whatever crashes. An action declares the kinds it may
ask for (``changes=[AddTags]``); anything else is refused as the plugin's mistake.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WriteNote(_Change):
    """A line in the contact's history, in the plan's own words."""

    kind: Literal["write_note"] = "write_note"
    text: str = Field(max_length=10_000)


class Notify(_Change):
    """A notification in the hub.

    Attributes:
        to: ``assigned`` for the contact's assigned user (the account's owners where there is none), or a user's id.
    """

    kind: Literal["notify"] = "notify"
    to: str = "assigned"
    text: str = Field(max_length=2_000)


class AssignUser(_Change):
    """Assign the contact to a user; ``None`` takes the assignment away."""

    kind: Literal["assign_user"] = "assign_user"
    user: str | None


class SetSalesCycle(_Change):
    """Move the contact to a stage of the sales cycle, by its id."""

    kind: Literal["set_sales_cycle"] = "set_sales_cycle"
    sales_cycle: str


class AddTags(_Change):
    """Put tags on the contact; unknown names are made."""

    kind: Literal["add_tags"] = "add_tags"
    tags: tuple[str, ...]


class RemoveTags(_Change):
    """Take tags off the contact; a tag that is not there is no mistake."""

    kind: Literal["remove_tags"] = "remove_tags"
    tags: tuple[str, ...]


class StartPlan(_Change):
    """Put the contact on another plan; ``leave_current`` ends this one."""

    kind: Literal["start_plan"] = "start_plan"
    plan: str
    leave_current: bool = False


class LinkContact(_Change):
    """Remember under which id this add-on's vendor knows the contact.

    An action that declares it is told the id as ``contact.linked_id`` from then on, and an import that brings the same id finds
    the contact instead of making another.
    """

    kind: Literal["link_contact"] = "link_contact"
    id: str = Field(min_length=1, max_length=120)


Change = Annotated[
    WriteNote | Notify | AssignUser | SetSalesCycle | AddTags | RemoveTags | StartPlan | LinkContact,
    Field(discriminator="kind"),
]
"""Any one change."""
