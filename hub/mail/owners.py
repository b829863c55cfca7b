"""Whether whoever a mailbox belongs to is still there: nothing leaves in the name of who has left, and nobody reads their mail.

Left is who was archived, or has no role any more in the account, nor in one above it. They can no longer come to the page on
which they could disconnect it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, TextField

from hub.mail.models import Mailbox
from hub.users.models import Grant, User

_ROLES = Grant.objects.filter(user=OuterRef("user")).annotate(
    here=ExpressionWrapper(OuterRef("account__path"), output_field=TextField())
)

HERE: Any = Q(user=None) | (
    ~Q(user__state=User.State.ARCHIVED)
    & Exists(_ROLES.filter(Q(account=None) | Q(here__startswith=F("account__path"))))
)
"""Of mailboxes: the account's own, and those of people who are there."""


def told(rows: QuerySet[Mailbox]) -> QuerySet[Mailbox]:
    """The same mailboxes, each with ``here``: whether its owner is."""
    return rows.annotate(here=ExpressionWrapper(HERE, output_field=BooleanField()))
