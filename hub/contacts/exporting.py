"""Contacts as CSV, row by row, in a form that no spreadsheet takes for a formula (security.md R34)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import lists, many, reads
from hub.contacts.incoming import LABELS, TEXT_FIELDS
from hub.contacts.models import Contact
from hub.contacts.reads import Which
from hub.contacts.visibility import Viewer
from hub.db.scoping import id_of

# A formula begins with one of these, after blanks of any kind, at the start of a cell or of a line inside it. Excel also takes
# the full-width forms, and where people write 1,5 for one and a half it begins a new cell at each semicolon.
_DANGEROUS = re.compile(
    "^(?=[\t\r\n])|(?:^|(?<=[\r\n\t;]))(?=[\\s\u00a0\ufeff\u200b\x00]*[=+\\-@\uff1d\uff0b\uff0d\uff20])"
)
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d ().]*")

_CHOICES = ("lead_source", "sales_cycle", "assigned_user")
_CONSENT = ("email_ok", "sms_ok", "call_ok")


def guarded(value: str) -> str:
    """A cell that stays text in every spreadsheet. Telephone numbers and amounts are left as they are: digits do no harm."""
    if not value or _PLAIN_NUMBER.fullmatch(value):
        return value
    return _DANGEROUS.sub("'", value)


def csv_line(cells: Iterable[str]) -> str:
    """One row of CSV, every cell guarded."""
    line = io.StringIO()
    csv.writer(line).writerow([guarded(cell) for cell in cells])
    return line.getvalue()


def export(account: Account | int, viewer: Viewer, which: Which, *, by: Actor) -> Iterator[str]:
    """Lines of CSV for contacts that the viewer may see, the header first. Memory stays flat however many there are.

    The audit row is written when this is called, before the first line leaves.
    """
    asked = reads.count(account, viewer, which)
    record("exported", "contact", "", by=by, account_id=id_of(account), data={"contacts": asked.number})
    return _lines(account, viewer, which, lists.custom_labels(account))


def _lines(account: Account | int, viewer: Viewer, which: Which, labels: Sequence[str]) -> Iterator[str]:
    plain = [*TEXT_FIELDS, "deal_size", "external_id"]
    header = [LABELS[name] for name in (*plain, *_CHOICES, *_CONSENT)]
    yield "\ufeff" + csv_line([*header, "Tags", *labels])
    for ids in many.slices(account, viewer, which):
        rows = Contact.objects.filter(pk__in=ids).select_related(*_CHOICES).order_by("pk")
        tags = reads.tags_of(ids)
        for row in rows:
            names = ", ".join(tag.name for tag in tags.get(row.pk, ()))
            yield csv_line([*_cells(row, plain), names, *(str(row.custom.get(label, "")) for label in labels)])


def _cells(row: Contact, plain: Sequence[str]) -> list[str]:
    user = row.assigned_user
    return [
        *(_text(getattr(row, name)) for name in plain),
        row.lead_source.name if row.lead_source else "",
        row.sales_cycle.name if row.sales_cycle else "",
        user.label if user else "",
        *("yes" if getattr(row, name) else "no" for name in _CONSENT),
    ]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
