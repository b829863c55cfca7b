"""Looking: an account's files, and those that mails name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from hub.db import scoping
from hub.db.errors import NotFound
from hub.db.scoping import id_of
from hub.mail.models import MailFile


class Enclosed(NamedTuple):
    """A file with its bytes, for one mail. Without an address it can only be attached."""

    name: str
    kind: str
    size: int
    content: bytes
    address: str = ""


def listing(account: Any) -> QuerySet[MailFile]:
    """Files that can be chosen, newest first, without their bytes."""
    rows = MailFile.objects.filter(account_id=id_of(account), withdrawn_at=None)
    return rows.defer("content").order_by("-at", "-pk")


def get(account: Any, pk: Any) -> MailFile:
    """One that can be chosen. Raises ``NotFound``."""
    return scoping.get(MailFile.objects.defer("content"), account, pk, withdrawn_at=None)


def by_link(uid: UUID) -> MailFile:
    """What a link leads to. Raises ``NotFound`` for a file that was taken away."""
    row = MailFile.objects.select_related("account").filter(uid=uid, withdrawn_at=None).first()
    if row is None:
        raise NotFound
    return row


def of(named: Iterable[tuple[int, str]]) -> dict[tuple[int, str], MailFile]:
    """Files by (account, uid) as steps name them; what is nobody's or another account's is missing. One query."""
    wanted = {(account_id, uid) for account_id, text in named if (uid := _uid(text)) is not None}
    if not wanted:
        return {}
    rows = MailFile.objects.filter(uid__in={uid for _, uid in wanted}, account_id__in={one for one, _ in wanted})
    return {(row.account_id, str(row.uid)): row for row in rows if (row.account_id, row.uid) in wanted}


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
