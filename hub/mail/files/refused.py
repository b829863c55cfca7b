"""Files that a provider did not take: their mail goes out once more, with links in their place.

Only after a clean *no*: the mail surely did not leave. Providers refuse some PDFs, and what they take for dangerous, and say so
after they have seen the mail (``552``, ``554``, or an error of their API); nobody can know it before. A second *no* is the
step's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from hub.core.mail import Message
from hub.core.outcomes import Outcome, Rejected
from hub.dispatch.ledger import Settlement
from hub.mail.files.reads import Enclosed
from hub.mail.models import RefusedFiles

AGAIN_SECONDS = 1.0
"""Nothing is wrong with the provider, so nobody need wait; the engine's own back-off is on top of it."""

SHOWN = 200
"""Characters of the provider's words."""


class Way(Protocol):
    """What carries a mail."""

    refused: str
    """Why its files were refused in this try; empty where they were not."""


def may_be_why(outcome: Outcome, message: Message, files: Iterable[Enclosed]) -> bool:
    """Whether a mail may be taken without its files: it was refused, not for its recipient, and a file has a link."""
    refused = isinstance(outcome, Rejected) and outcome.field != "email"
    return refused and bool(message.attachments) and any(one.address for one in files)


def of(run_ids: Collection[UUID | int]) -> dict[UUID | int, str]:
    """By run: the provider's words, for those whose files were refused."""
    wanted = [one for one in run_ids if isinstance(one, UUID)]  # a preview numbers what it asks for
    rows = RefusedFiles.objects.filter(run_id__in=wanted) if wanted else RefusedFiles.objects.none()
    return dict(rows.values_list("run_id", "said"))


def keep(settlements: Iterable[tuple[Settlement, Way]], now: datetime) -> None:
    """Write it down, in the transaction that settles the try. No statement where no files were refused."""
    rows = [
        RefusedFiles(account_id=s.job.extra.run.account_id, run_id=s.job.run_id, said=way.refused[:SHOWN], at=now)
        for s, way in settlements
        if way.refused
    ]
    if rows:
        RefusedFiles.objects.bulk_create(rows, ignore_conflicts=True)
