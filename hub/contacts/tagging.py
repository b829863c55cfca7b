"""Tags by name: found, or made where that is allowed. Links are written in bulk and written once."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Count

from hub.accounts.models import Account
from hub.contacts import normalising
from hub.contacts.lists import Lists
from hub.contacts.models import ContactTag, Tag
from hub.db import bulk, dialect, paging
from hub.db.scoping import id_of


def ids_of(lists: Lists, names: Iterable[str]) -> dict[str, int]:
    """Folded name → id for every name that may be put on contacts here, made where it is new; one missing was refused by a lock.

    While tags are locked from above, only those of the list above are put on anybody, whatever the account has of its own. Of
    several spellings of a new tag the first is kept.
    """
    wanted: dict[str, str] = {}
    for name in map(normalising.line, names):
        key = normalising.fold(name)[:60]
        if name and _may_be_used(lists, key):
            wanted.setdefault(key, name[:60])
    if not wanted:
        return {}
    found = _existing(lists.account_id, wanted)
    missing = {key: name for key, name in wanted.items() if key not in found}
    if missing:
        rows = [Tag(account_id=lists.account_id, name=name, key=key) for key, name in missing.items()]
        Tag.objects.bulk_create(rows, ignore_conflicts=True)  # somebody may have made it a moment ago
        found |= _existing(lists.account_id, missing)
    return found


def existing_by_key(account_id: int, names: Iterable[str]) -> dict[str, int]:
    """Folded name → id of those names that are tags here."""
    return _existing(account_id, [key_of(name) for name in names])


def key_of(name: str) -> str:
    """What a tag's name is compared by."""
    return normalising.fold(normalising.line(name))[:60]


def link(pairs: Iterable[tuple[int, int]]) -> None:
    """Put tags on contacts: (contact id, tag id). One that is there already is no mistake; a tag that was removed a moment ago is
    put on nobody."""
    wanted = list(pairs)
    there = _kept({tag_id for _, tag_id in wanted})
    rows = [pair for pair in wanted if pair[1] in there]
    bulk.insert(ContactTag, ("contact_id", "tag_id"), rows, ignore_conflicts=True)


def unlink(contact_ids: Iterable[int], tag_ids: Iterable[int]) -> int:
    """Take tags off contacts and say how many links went."""
    return ContactTag.objects.filter(contact_id__in=list(contact_ids), tag_id__in=list(tag_ids)).delete()[0]


def page(account: Account | int, text: str = "", cursor: str | None = None, size: int = 50) -> paging.Page[Tag]:
    """The account's tags by name, those with ``text`` in it."""
    rows = Tag.objects.filter(account_id=id_of(account))
    if key := key_of(text):
        rows = rows.filter(key__contains=key)
    return paging.page(rows, cursor, size, order=("key", "id"))


def contacts_of(tag_ids: Iterable[int]) -> dict[int, int]:
    """Tag → how many contacts have it; those that nobody has are left out."""
    links = ContactTag.objects.filter(tag_id__in=list(tag_ids)).order_by()
    return dict(links.values_list("tag_id").annotate(n=Count("*")))


def _existing(account_id: int, keys: Iterable[str]) -> dict[str, int]:
    rows = Tag.objects.filter(account_id=account_id, key__in=list(keys))
    return dict(rows.values_list("key", "id"))


def _kept(tag_ids: set[int]) -> set[int]:
    """Those that are still there, and stay until the commit. SQLite has one writer: what it read a moment ago is there."""
    if not tag_ids or not dialect.is_postgres():
        return tag_ids
    with connection.cursor() as cursor:
        known = f"SELECT id FROM contacts_tag WHERE {dialect.any_of('id', 'int')} ORDER BY id FOR KEY SHARE"
        cursor.execute(known, [dialect.array(tag_ids)])
        return {row[0] for row in cursor.fetchall()}


def _may_be_used(lists: Lists, key: str) -> bool:
    return lists.locked("tags") is None or key in lists.tags_above
