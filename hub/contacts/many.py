"""One change to many contacts: the rows, a note in each history, one audit row for the whole.

What is to be done is a ``Change``, a value made and checked in ``acts``. ``carry_out`` does it to everything meant, in one
transaction of the caller's; ``make`` does it to some ids and tells no audit, for work that goes portion by portion (``bulk``).
Contacts are held while they are changed: of two changes of the same contacts the second finds what the first did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import F, Q, QuerySet

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import list_changes, tagging
from hub.contacts.models import Contact, ContactTag
from hub.contacts.reads import Which, selection
from hub.contacts.visibility import Viewer
from hub.db import clock
from hub.db.scoping import id_of
from hub.events import kinds
from hub.events.changes import NewEvent, tell_many
from hub.history.changes import NewNote, add_many

SLICE = 1_000  # contacts whose ids are held at once
NAMED_IN_AUDIT = 100  # ids that the audit row lists; beyond, it counts


FIELDS = {
    "contact.assigned": "Assigned to", "contact.unassigned": "Assigned to", "contact.sales_cycle": "Sales cycle",
    "contact.lead_source": "Lead source", "contact.tagged": "Tags", "contact.untagged": "Tags",
    "contact.archived": "Archived", "contact.restored": "Archived",
}  # fmt: skip
"""Kind of note → what changed, as those who listen outside are told."""


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


class Change(Protocol):
    """What is done to contacts, whichever they are."""

    @property
    def told(self) -> Told:
        """How it is told."""

    def apply(self, ids: list[int]) -> list[int]:
        """Change those of a slice that are not so already. Returns their ids."""


@dataclass(frozen=True, slots=True)
class SetColumn:
    """Set a column to a value. Contacts that have it already are left alone, and so are their histories."""

    column: str
    value: Any
    told: Told
    only_where: Mapping[str, Any] = field(default_factory=dict)

    def apply(self, ids: list[int]) -> list[int]:
        same = Q(**{f"{self.column}__isnull": True}) if self.value is None else Q(**{self.column: self.value})
        rows = Contact.objects.filter(pk__in=ids, **self.only_where).exclude(same)
        changing = list(rows.values_list("pk", flat=True))
        update = {self.column: self.value, "version": F("version") + 1, "updated_at": clock.now()}
        Contact.objects.filter(pk__in=changing).update(**update)
        if self.value is not None:
            list_changes.decided(ids, self.column)
        return changing


@dataclass(frozen=True, slots=True)
class PutTags:
    """Put tags on contacts."""

    tag_ids: Sequence[int]
    told: Told

    def apply(self, ids: list[int]) -> list[int]:
        links = ContactTag.objects.filter(contact_id__in=ids, tag_id__in=self.tag_ids)
        there = set(links.values_list("contact_id", "tag_id"))
        wanted = [(contact_id, tag_id) for contact_id in ids for tag_id in self.tag_ids]
        news = [pair for pair in wanted if pair not in there]
        tagging.link(news)
        return list(dict.fromkeys(contact_id for contact_id, _ in news))


@dataclass(frozen=True, slots=True)
class TakeTags:
    """Take tags off contacts."""

    tag_ids: Sequence[int]
    told: Told

    def apply(self, ids: list[int]) -> list[int]:
        links = ContactTag.objects.filter(contact_id__in=ids, tag_id__in=self.tag_ids)
        having = list(links.values_list("contact_id", flat=True).distinct())
        tagging.unlink(having, self.tag_ids)
        return having


def carry_out(account: Account | int, viewer: Viewer, which: Which, change: Change, *, by: Actor) -> Done:
    """Make a change of everything meant that the viewer may see, and write one audit row."""
    asked, changed, named = 0, 0, list[int]()
    for ids in slices(account, viewer, which):
        changing = make(account, hold(selection(account, viewer, ids)), change, by=by)
        asked, changed = asked + len(ids), changed + len(changing)
        named += changing[: NAMED_IN_AUDIT - len(named)]
    audit(account, change.told, changed, named, by=by)
    return Done(asked, changed)


def hold(rows: QuerySet[Contact]) -> list[int]:
    """Ids of these contacts, by rising id so that two holders never wait for each other, held until the commit."""
    return list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def make(account: Account | int, ids: list[int], change: Change, *, by: Actor) -> list[int]:
    """Make a change of a slice of contacts that are held, with a note for each that it changed. Returns the ids of those."""
    changing = change.apply(ids)
    told, data = change.told, dict(change.told.data)
    add_many(NewNote(id_of(account), one, told.kind, data, actor_label=by.label) for one in changing)
    fields = [FIELDS.get(told.kind, told.kind)]
    tell_many(NewEvent(id_of(account), kinds.CONTACT_UPDATED, one, about={"fields": fields}) for one in changing)
    return changing


def audit(account: Account | int, told: Told, changed: int, named: Sequence[int], *, by: Actor, **more: Any) -> None:
    """Write down that so many contacts were changed; nothing for none."""
    if changed:
        data = {**told.data, "contacts": changed, "ids": list(named), **more}
        only = named[0] if changed == 1 else ""
        record(told.verb, "contact", only, by=by, account_id=id_of(account), data=data)


def slices(account: Account | int, viewer: Viewer, which: Which) -> Iterator[list[int]]:
    """Ids of the contacts meant, a slice at a time, by rising id.

    A change may take contacts out of the query it came from; going by id skips none.
    """
    rows = selection(account, viewer, which).order_by("pk").values_list("pk", flat=True)
    last = 0
    while ids := list(rows.filter(pk__gt=last)[:SLICE]):
        yield ids
        last = ids[-1]
