"""Writing to the audit log, and retention: the only two things that happen to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.core import redact
from hub.db import clock

LONGEST_ID = 100  # characters of the column; what is longer is no id of ours


def record(
    verb: str,
    object_kind: str,
    object_id: object,
    *,
    by: Actor,
    account_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditRow:
    """Write down that ``by`` did ``verb`` to an object, inside the transaction of the change itself.

    ``verb`` is a past participle (``paused``, ``role_changed``); ``data`` is what JSON can hold, and known secrets are
    taken out of it.
    """
    row = AuditRow(
        at=clock.now(),
        account_id=account_id,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label[:200],
        acting_as_id=by.acting_as,
        ip=by.ip,
        verb=verb,
        object_kind=object_kind,
        object_id=redact.cut(str(object_id), LONGEST_ID),
        data=redact.data(dict(data or {})),
    )
    row.save()
    return row


def forget_before(moment: datetime, *, by: Actor, account_id: int | None = None) -> int:
    """Retention: delete rows older than ``moment`` (of one account, if named), and write down that it was done."""
    rows = AuditRow.objects.filter(at__lt=moment)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    gone, _ = QuerySet.delete(rows)  # past the append-only manager, on purpose and only here
    if gone:
        record(
            "forgotten", "audit", "", by=by, account_id=account_id, data={"before": moment.isoformat(), "rows": gone}
        )
    return gone
