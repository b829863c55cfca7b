"""An entry of a list: its name checked and folded, and called something else."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import normalising
from hub.contacts.models import LeadSource, SalesCycle, Tag
from hub.db import scoping
from hub.db.errors import Conflict, Invalid
from hub.db.scoping import id_of

Named = TypeVar("Named", LeadSource, SalesCycle, Tag)


def named(model: Any, account: Account | int, name: str, longest: int, but: int | None = None) -> dict[str, str]:
    """A checked name and its key, as columns. ``but`` is the entry that may have this name already.

    Raises ``Invalid``, or ``Conflict`` when it is taken.
    """
    text = normalising.line(name)
    if not text or len(text) > longest:
        raise Invalid({"name": f"A name has 1 to {longest} characters."})
    key = normalising.fold(text)[:longest]
    if model.objects.filter(account_id=id_of(account), key=key).exclude(pk=but).exists():
        raise Conflict(f"There is “{text}” already.", next="Choose another name.", fields={"name": "This is taken."})
    return {"name": text, "key": key}


def keep(row: Any, **how: Any) -> None:
    """Save an entry whose name was checked. Raises ``Conflict`` where somebody took that name a moment ago."""
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        raise Conflict(
            f"There is “{row}” already.", next="Choose another name.", fields={"name": "This is taken."}
        ) from None


def rename(
    model: type[Named], account: Account | int, row_id: Any, name: str, longest: int, kind: str, by: Actor
) -> Named:
    """Call an entry something else, and tell the audit; ``kind`` is what the audit calls it. Raises as ``named`` does."""
    row = scoping.get(model.objects.all(), account, row_id)
    before = row.name
    row.name, row.key = named(model, account, name, longest, but=row.pk).values()
    keep(row, update_fields=["name", "key"])
    record("renamed", kind, row.pk, by=by, account_id=id_of(account), data={"changed": {"name": [before, row.name]}})
    return row
