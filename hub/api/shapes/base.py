"""What all shapes share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LARGEST_ID = 2**63 - 1

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Incoming(BaseModel):
    """What is sent: of the right type already, and without names that are not there (security.md R3)."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Outgoing(BaseModel):
    """What is answered."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Named(Outgoing):
    """Something with a name."""

    id: int
    name: str


class Page(Outgoing):
    """One page of a list."""

    next: str | None = Field(description="Send it as `cursor` for the next page; null on the last one.")
