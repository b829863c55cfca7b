"""The lists that contacts are described with, and who works in the account."""

from __future__ import annotations

from pydantic import Field

from hub.api.shapes.base import Named, Outgoing, Page


class LeadSourceOut(Named):
    hidden: bool = Field(description="Not offered on pages; what comes in may still name it.")


class LeadSources(Outgoing):
    lead_sources: list[LeadSourceOut]


class SalesCycles(Outgoing):
    """The stages, in order."""

    sales_cycles: list[Named]


class TagsOut(Outgoing):
    tags: list[Named]


class CustomFields(Outgoing):
    custom_fields: list[str]


class UserOut(Named):
    email: str
    phone: str


class Users(Page):
    users: list[UserOut]
