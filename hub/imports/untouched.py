"""Which of the contacts that an import made nobody has touched since: those that undoing it puts away."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from hub.contacts.models import Contact
from hub.history.models import Note
from hub.imports.ending import taken_ids
from hub.imports.models import Import

AT_ONCE = 1_000


def of(row: Import, made: Sequence[int]) -> list[int]:
    """Those of ``made`` that are as the import left them, by rising id."""
    found = [id_ for id_, version in _living(row, made) if version == 1]
    met = set(taken_ids(row.pk, created=False))
    return sorted([*found, *_met_again(row, [id_ for id_ in made if id_ in met])])


def _met_again(row: Import, ids: Sequence[int]) -> list[int]:
    """Who stood in the list twice, on two pages, was changed by the import itself: each such change has left its note."""
    changed = [(id_, version) for id_, version in _living(row, ids) if version > 1]
    by_it: dict[int, int] = {}
    for at in range(0, len(changed), AT_ONCE):
        part = [id_ for id_, _ in changed[at : at + AT_ONCE]]
        notes = Note.objects.filter(contact_id__in=part, kind="contact.updated", data__source=row.name)
        by_it |= dict(notes.order_by().values_list("contact_id").annotate(n=Count("pk")))
    return [id_ for id_, version in changed if version == 1 + by_it.get(id_, 0)]


def _living(row: Import, ids: Sequence[int]) -> list[tuple[int, int]]:
    rows = Contact.objects.filter(account_id=row.account_id, archived_at=None)
    parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
    return [pair for part in parts for pair in rows.filter(pk__in=part).values_list("pk", "version")]
