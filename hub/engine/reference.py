"""The one reference that a vendor ever sees of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from hub.audit.models import AuditRow
from hub.db import installation
from hub.engine import doubt


class Run(Protocol):
    """A run, also one that was moved to the archive."""

    @property
    def pk(self) -> UUID: ...

    @property
    def epoch(self) -> int: ...

    @property
    def hold_reason(self) -> str: ...


def of(installation_ref: str, run_id: UUID, epoch: int) -> str:
    """The same for every attempt; only a person's *send again*, which begins another epoch, makes another."""
    return f"hub-{installation_ref}-{run_id.hex}-{epoch}"


def at_the_vendor(run: Run, keys: Iterable[str]) -> str:
    """By which the vendor knows a run, if it knows it: for a person who looks there.

    Args:
        keys: what its attempts bore, oldest first. Those before a restore bore the name that the installation had then.
    """
    borne = [key for key in keys if key.endswith(f"-{run.epoch}")]
    return borne[-1] if borne else of(_installation(run), run.pk, run.epoch)


def _installation(run: Run) -> str:
    """Of a run that only a hub whose rows are lost can have sent, that hub's name."""
    ours = installation.ref()
    if run.hold_reason != doubt.CODE:
        return ours
    restored = AuditRow.objects.filter(object_kind="installation", object_id=ours, verb="restored").order_by("-pk")
    told = restored.values_list("data", flat=True).first()
    return str(told.get("was") or ours) if told else ours
