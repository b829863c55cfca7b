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

# A formula begins with one of these, after blanks of any kind and what nobody sees, at the start of a cell or of a line in it.
# Excel also takes the full-width and small forms, and where people write 1,5 for one and a half it begins a new cell at each
# semicolon.
_UNSEEN = "\\s\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_BEGINS = "=+\\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(f"[{_UNSEEN}]*[{_BEGINS}]")
_PIECE = re.compile("[^\r\n\t;\v\f\x85\u2028\u2029]+")
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d ().]*")

_CHOICES = ("lead_source", "sales_cycle", "assigned_user")
_CONSENT = ("email_ok", "sms_ok", "call_ok")


def guarded(value: str) -> str:
    """A cell that stays text in every spreadsheet. Telephone numbers and amounts are left as they are: digits do no harm."""
    if not value or _PLAIN_NUMBER.fullmatch(value):
        return value
    # Piece by piece, for a look back from each of twenty thousand empty lines would take seconds.
    pieces = _PIECE.sub(lambda piece: f"'{piece[0]}" if _FORMULA.match(piece[0]) else piece[0], value)
    return f"'{pieces}" if value[0] in "\t\r\n" else pieces


def csv_line(cells: Iterable[str]) -> str:
    """One row of CSV, every cell guarded."""
    line = io.StringIO()
    csv.writer(line).writerow([guarded(cell) for cell in cells])
    return line.getvalue()


def export(account: Account | int, viewer: Viewer, which: Which, *, by: Actor) -> Iterator[str]:
    """Lines of CSV for contacts that the viewer may see, the header first. Memory stays flat however many there are.

    The audit row is written when this is called, before the first line leaves.
    """
    number = reads.selection(account, viewer, which).values("pk").count()
    record("exported", "contact", "", by=by, account_id=id_of(account), data={"contacts": number})
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
