"""The parameters that every list has, and the ids in addresses."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query

from hub.api.shapes.base import LARGEST_ID

PathId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
OneId = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
Cursor = Annotated[str | None, Query(max_length=2_000, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]
