"""What was sent, one row a mail: by it an answer or a bounce finds the contact and the step it belongs to.

Rows are written in the transaction that settles the step. One whose answer was lost has its row, too, and keeps it while nobody
knows better: the look into *Sent*, or the person who decides, makes it *sent* or takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.outcomes import Sent, Verdict
from hub.dispatch.classify import Wire
from hub.dispatch.ledger import Settlement
from hub.dispatch.states import State
from hub.mail.carrying import Carrying
from hub.mail.models import SentMail

_ONCE = ["account", "message_id"]


def keep(settlements: Iterable[tuple[Settlement, Carrying]], now: datetime) -> None:
    """Write the rows of a group of settled mails. No statement where none of them left, or may have."""
    told = [(settlement, way) for settlement, way in settlements if way.posted is not None]
    rows = [_row(s, way, now) for s, way in told if _left(s)]
    if rows:
        SentMail.objects.bulk_create(rows, ignore_conflicts=True)
    _correct([row for row, s in zip(rows, (s for s, _ in told if _left(s)), strict=True) if _was_unclear(s)])
    gone = [s.job.run_id for s, _ in told if _never_left(s)]
    if gone:
        SentMail.objects.filter(run_id__in=gone, state=SentMail.State.UNCLEAR).delete()


def decided(run_id: UUID, *, happened: bool) -> None:
    """A person found out what became of an unclear one."""
    rows = SentMail.objects.filter(run_id=run_id, state=SentMail.State.UNCLEAR)
    if happened:
        rows.update(state=SentMail.State.SENT)
    else:
        rows.delete()


def _left(settlement: Settlement) -> bool:
    return _is_done(settlement) or _is_unclear(settlement)


def _is_done(settlement: Settlement) -> bool:
    end = settlement.conclusion
    return settlement.move.to is State.DONE and end is not None and end.outcome.verdict is Verdict.DONE


def _is_unclear(settlement: Settlement) -> bool:
    end = settlement.conclusion
    return settlement.intended is not None and end is not None and end.wire is Wire.UNCLEAR


def _never_left(settlement: Settlement) -> bool:
    """The look into *Sent* says so, of every try that was open."""
    looked_up = settlement.job.standing.state is State.UNKNOWN and settlement.intended is None
    return looked_up and settlement.move.to is not State.DONE and not settlement.move.open_attempts


def _was_unclear(settlement: Settlement) -> bool:
    standing = settlement.job.standing
    return _is_done(settlement) and bool(standing.attempts or standing.open_attempts or settlement.intended is None)


def _row(settlement: Settlement, way: Carrying, now: datetime) -> SentMail:
    run: Any = settlement.job.extra.run
    assert way.posted is not None
    known = way.posted
    return SentMail(
        account_id=run.account_id, mailbox_id=way.mailbox_id, contact_id=run.contact_id, run_id=run.id,
        enrollment_id=run.enrollment_id, message_id=known.message_id[:250], other_id=_other_id(settlement, known.message_id),
        thread=_thread(settlement),
        to=known.to[:254], subject=known.subject[:300], sent_at=now,
        state=SentMail.State.SENT if _is_done(settlement) else SentMail.State.UNCLEAR,
    )  # fmt: skip


def _other_id(settlement: Settlement, ours: str) -> str:
    """What the provider calls it, where it has a name of its own."""
    reference = settlement.conclusion.reference if settlement.conclusion else ""
    return reference[:250] if reference != ours else ""


def _thread(settlement: Settlement) -> str:
    """The provider's conversation, where it told it when it took the mail or when it was looked up."""
    outcome = settlement.conclusion.outcome if settlement.conclusion else None
    return outcome.thread if isinstance(outcome, Sent) else ""


def _correct(rows: Sequence[SentMail]) -> None:
    """Those that were perhaps sent, and now surely are. What a reader has learnt of one meanwhile stays."""
    for row in rows:
        known = SentMail.objects.filter(account_id=row.account_id, message_id=row.message_id)
        known.filter(state=SentMail.State.UNCLEAR).update(
            state=SentMail.State.SENT, other_id=row.other_id, **({"thread": row.thread} if row.thread else {})
        )
