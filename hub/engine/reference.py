"""The one reference that a vendor ever sees of a run."""

from __future__ import annotations

from uuid import UUID


def of(installation_ref: str, run_id: UUID, epoch: int) -> str:
    """The same for every attempt; only a person's *send again*, which begins another epoch, makes another."""
    return f"hub-{installation_ref}-{run_id.hex}-{epoch}"
