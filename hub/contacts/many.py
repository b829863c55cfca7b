"""One change to many contacts, in slices: the row's columns, a note each, one audit row for the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import tagging
from hub.contacts.models import Contact, ContactTag
from hub.contacts.reads import Which, selection
from hub.contacts.visibility import Viewer
from hub.db import clock
from hub.db.scoping import id_of
from hub.history.changes import NewNote, add_many

SLICE = 1_000  # contacts whose ids are held at once
NAMED_IN_AUDIT = 100  # ids that the audit row lists; beyond, it counts


@dataclass(frozen=True, slots=True)
class Done:
    """How many contacts were meant, and how many were not so already."""

    asked: int
    changed: int


@dataclass(frozen=True, slots=True)
class Told:
    """How a change is told: the audit's verb, the note's kind, and what both say."""

    verb: str
    kind: str
    data: Mapping[str, Any]


def set_column(
    account: Account | int,
    viewer: Viewer,
    which: Which,
    column: str,
    value: Any,
    told: Told,
    *,
    by: Actor,
    only_where: Mapping[str, Any] | None = None,
) -> Done:
    """Set a column of contacts to a value. Those that have it already are left alone, and so are their histories."""
    same = Q(**{f"{column}__isnull": True}) if value is None else Q(**{column: value})
    total = _Tally(account, told, by)
    for ids in slices(account, viewer, which):
        rows = Contact.objects.filter(pk__in=ids, **(only_where or {})).exclude(same)
        changing = list(rows.values_list("pk", flat=True))
        update = {column: value, "version": F("version") + 1, "updated_at": clock.now()}
        Contact.objects.filter(pk__in=changing).update(**update)
        total.add(ids, changing)
    return total.close()


def tag(
    account: Account | int, viewer: Viewer, which: Which, names: list[str], tag_ids: list[int], *, by: Actor
) -> Done:
    """Put tags on contacts."""
    total = _Tally(account, Told("tagged", "contact.tagged", {"tags": names}), by)
    for ids in slices(account, viewer, which):
        links = ContactTag.objects.filter(contact_id__in=ids, tag_id__in=tag_ids)
        there = set(links.values_list("contact_id", "tag_id"))
        wanted = [(contact_id, tag_id) for contact_id in ids for tag_id in tag_ids]
        news = [pair for pair in wanted if pair not in there]
        tagging.link(news)
        total.add(ids, list(dict.fromkeys(contact_id for contact_id, _ in news)))
    return total.close()


def untag(
    account: Account | int, viewer: Viewer, which: Which, names: list[str], tag_ids: list[int], *, by: Actor
) -> Done:
    """Take tags off contacts."""
    total = _Tally(account, Told("untagged", "contact.untagged", {"tags": names}), by)
    for ids in slices(account, viewer, which):
        links = ContactTag.objects.filter(contact_id__in=ids, tag_id__in=tag_ids)
        having = list(links.values_list("contact_id", flat=True).distinct())
        tagging.unlink(having, tag_ids)
        total.add(ids, having)
    return total.close()


def slices(account: Account | int, viewer: Viewer, which: Which) -> Iterator[list[int]]:
    """Ids of the contacts meant, a slice at a time, by rising id.

    A change may take contacts out of the query it came from; going by id skips none.
    """
    rows = selection(account, viewer, which).order_by("pk").values_list("pk", flat=True)
    last = 0
    while ids := list(rows.filter(pk__gt=last)[:SLICE]):
        yield ids
        last = ids[-1]


class _Tally:
    """Notes as the slices pass, one audit row at the end."""

    def __init__(self, account: Account | int, told: Told, by: Actor) -> None:
        self.account_id, self.told, self.by = id_of(account), told, by
        self.asked = 0
        self.changed = 0
        self.named: list[int] = []

    def add(self, asked: list[int], changed: list[int]) -> None:
        self.asked += len(asked)
        self.changed += len(changed)
        self.named += changed[: NAMED_IN_AUDIT - len(self.named)]
        data = dict(self.told.data)
        add_many(NewNote(self.account_id, one, self.told.kind, data, actor_label=self.by.label) for one in changed)

    def close(self) -> Done:
        if self.changed:
            data = {**self.told.data, "contacts": self.changed, "ids": self.named}
            only = self.named[0] if self.changed == 1 else ""
            record(self.told.verb, "contact", only, by=self.by, account_id=self.account_id, data=data)
        return Done(self.asked, self.changed)
