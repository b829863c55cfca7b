"""The audit log, newest first, page by page."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.db.paging import DEFAULT_SIZE, Page, page


def of_account(account_id: int, cursor: str | None = None, size: int = DEFAULT_SIZE) -> Page[AuditRow]:
    """What was done in an account."""
    return page(AuditRow.objects.filter(account_id=account_id), cursor, size)


def search(
    account_id: int,
    actor_id: str = "",
    object_kind: str = "",
    since: datetime | None = None,
    cursor: str | None = None,
    size: int = DEFAULT_SIZE,
) -> Page[AuditRow]:
    """What was done in an account: by one person (or in their name), to one kind of thing, since a moment. Empty means all."""
    rows = AuditRow.objects.filter(account_id=account_id)
    if actor_id:
        rows = rows.filter(Q(actor_id=actor_id) | Q(acting_as_id=actor_id))
    if object_kind:
        rows = rows.filter(object_kind=object_kind)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return page(rows, cursor, size)


def of_object(
    account_id: int | None, kind: str, object_id: object, cursor: str | None = None, size: int = DEFAULT_SIZE
) -> Page[AuditRow]:
    """What was done to one thing of an account (None: of the platform)."""
    rows = AuditRow.objects.filter(account_id=account_id, object_kind=kind, object_id=str(object_id))
    return page(rows, cursor, size)


def last(account_id: int | None, verb: str, kind: str, object_id: object) -> AuditRow | None:
    """The last time that this was done to one thing of an account."""
    rows = AuditRow.objects.filter(account_id=account_id, verb=verb, object_kind=kind, object_id=str(object_id))
    return rows.order_by("-id").first()


def count(account_id: int, verb: str, by: Actor, since: datetime) -> int:
    """How often somebody has done this in an account since a moment."""
    rows = AuditRow.objects.filter(actor_kind=by.kind, actor_id=by.id, at__gte=since)
    return rows.filter(account_id=account_id, verb=verb).count()


def of_actor(kind: str, actor_id: object, cursor: str | None = None, size: int = DEFAULT_SIZE) -> Page[AuditRow]:
    """What one actor did, anywhere."""
    return page(AuditRow.objects.filter(actor_kind=kind, actor_id=str(actor_id)), cursor, size)
