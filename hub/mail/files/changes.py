"""Every write of files."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Invalid
from hub.db.scoping import id_of
from hub.mail.files import looking, reads
from hub.mail.models import MailFile

MOST_FILES = 200
"""Of one account, at a time."""


def add(account: Account | int, name: str, content: bytes, *, by: Actor) -> MailFile:
    """Keep a file. The same once more under the same name is the one that is there.

    Raises:
        Invalid: it is empty, too large, or nothing that is taken.
    """
    name = looking.name_of(name)
    kind = _checked(name, content)
    digest, account_id = hashlib.sha256(content).hexdigest(), id_of(account)
    mine = reads.listing(account_id)
    there = mine.filter(digest=digest, name=name).first()
    if there is not None:
        return there
    if mine.count() >= MOST_FILES:
        raise Invalid({"file": _("There are {most} files. Take one away first.").format(most=MOST_FILES)})
    row = MailFile.objects.create(
        account_id=account_id, name=name, kind=kind, size=len(content), digest=digest, content=content,
        by=by.label[:200], at=clock.now(),
    )  # fmt: skip
    record("uploaded", "mail_file", row.pk, by=by, account_id=account_id, data={"name": name, "size": row.size})
    return row


def withdraw(account: Account | int, pk: Any, *, by: Actor) -> MailFile:
    """Choose it no more, and let its links lead nowhere; steps that name it attach it still. Raises ``NotFound``."""
    row = reads.get(account, pk)
    row.withdrawn_at = clock.now()
    row.save(update_fields=["withdrawn_at"])
    record("withdrawn", "mail_file", row.pk, by=by, account_id=row.account_id, data={"name": row.name})
    return row


def _checked(name: str, content: bytes) -> str:
    if not content:
        raise Invalid({"file": _("The file is empty.")})
    if len(content) > looking.MOST_BYTES:
        raise Invalid({"file": _("Use files of at most {most}.").format(most=looking.size_words(looking.MOST_BYTES))})
    kind = looking.kind_of(name, content)
    if not kind:
        endings = ", ".join(looking.TAKEN)
        raise Invalid(
            {"file": _("Use a file of one of these kinds, named as what it is: {kinds}.").format(kinds=endings)}
        )
    return kind
