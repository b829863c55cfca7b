"""The audit log, newest first, page by page."""

from __future__ import annotations

from hub.audit.models import AuditRow
from hub.db.paging import DEFAULT_SIZE, Page, page


def of_account(account_id: int, cursor: str | None = None, size: int = DEFAULT_SIZE) -> Page[AuditRow]:
    """What was done in an account."""
    return page(AuditRow.objects.filter(account_id=account_id), cursor, size)


def of_object(
    account_id: int | None, kind: str, object_id: object, cursor: str | None = None, size: int = DEFAULT_SIZE
) -> Page[AuditRow]:
    """What was done to one thing of an account (None: of the platform)."""
    rows = AuditRow.objects.filter(account_id=account_id, object_kind=kind, object_id=str(object_id))
    return page(rows, cursor, size)


def of_actor(kind: str, actor_id: object, cursor: str | None = None, size: int = DEFAULT_SIZE) -> Page[AuditRow]:
    """What one actor did, anywhere."""
    return page(AuditRow.objects.filter(actor_kind=kind, actor_id=str(actor_id)), cursor, size)
