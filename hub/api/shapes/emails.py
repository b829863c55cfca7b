"""E-mails asked for by programs, as they see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.api.shapes.base import Incoming, Outgoing
from hub.plans.models import StepRun
from hub.plans.senders import SEND

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class NewEmail(Incoming):
    """What is to be sent. Tokens such as {{client.firstName}} are filled."""

    subject: Annotated[Text, Field(max_length=300)]
    text: Annotated[Text, Field(max_length=100_000)]
    send_at: Annotated[AwareDatetime | None, Field(strict=False, description="Not now, but then; within a year.")] = (
        None
    )
    mailer: Annotated[
        str, Field(max_length=100, description="Which of the account's mailers; empty: its default mailbox.")
    ] = ""


class EmailOut(Outgoing):
    """An e-mail and how it stands."""

    id: UUID
    contact_id: int
    mailer: str = Field(description="The one that was asked for; empty: the account's default mailbox.")
    state: str = Field(description="As of a step run: scheduled, held, done, failed and so on.")
    hold_reason: str
    hold_detail: str
    due_at: datetime | None
    closed_at: datetime | None


def out(row: StepRun) -> EmailOut:
    """An e-mail as it is answered."""
    return EmailOut(
        id=row.pk, contact_id=row.contact_id, mailer=_mailer(row), state=row.state, hold_reason=row.hold_reason,
        hold_detail=row.hold_detail, due_at=row.due_at, closed_at=row.closed_at,
    )  # fmt: skip


def _mailer(row: StepRun) -> str:
    """E-mails of former days are steps of the mailer itself."""
    return str(row.plan_step.options.get("sender") or "") if row.action_type == SEND else row.action_type
