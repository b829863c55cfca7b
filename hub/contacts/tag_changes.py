"""Changes of the tags themselves: one more, another name, two that become one, one that goes.

What a contact has is told in its history when somebody puts a tag on it or takes it off. Here the list is changed: the audit has
one line with how many contacts had the tag, and there is no note for each of them, nor news to who listens outside. Histories
go on saying what was put on then. A tag of 100,000 contacts goes in one statement and a quarter of a second, so not in portions.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import cleaning, filters, lists
from hub.contacts.entries import keep, named, rename
from hub.contacts.models import ContactTag, Tag
from hub.db import scoping
from hub.db.errors import Conflict, NotFound
from hub.db.scoping import id_of

LOCKED = "Tags cannot be changed here."

LONGEST = cleaning.LONGEST["tag"]
"""Characters of a name."""


def add_tag(account: Account | int, name: str, *, by: Actor) -> Tag:
    """A tag that no contact has yet. Raises ``Invalid``, ``Refused`` under a lock, ``Conflict`` for a name that is taken."""
    lists.of(account).refuse_if_locked("tags", LOCKED)
    tag = Tag(account_id=id_of(account), **named(Tag, account, name, LONGEST))
    keep(tag, force_insert=True)
    record("added", "tag", tag.pk, by=by, account_id=id_of(account), data={"name": tag.name})
    return tag


def rename_tag(account: Account | int, tag_id: Any, name: str, *, by: Actor) -> Tag:
    """Call a tag something else; its contacts keep it, and what goes by its id (saved filters) goes on.

    What goes by its name does not: steps and conditions of plans, mappings. Raises ``Invalid``, ``Refused`` under a lock, and
    ``Conflict`` for the name of another tag: two become one by :func:`merge_tag` only, for that cannot be taken back.
    """
    lists.of(account).refuse_if_locked("tags", LOCKED)
    try:
        return rename(Tag, account, tag_id, name, LONGEST, "tag", by)
    except Conflict as taken:
        further = "Choose another name, or put both tags together."
        raise Conflict(taken.what, next=further, fields=taken.fields) from None


def merge_tag(account: Account | int, tag_id: Any, into_id: Any, *, by: Actor) -> int:
    """Two tags become one: whoever has the first gets the second, and the first is gone. Says how many contacts had the first.

    Saved filters by the first are by the second afterwards. Raises ``Refused`` under a lock, ``Conflict`` for one tag twice.
    """
    lists.of(account).refuse_if_locked("tags", LOCKED)
    tag, into = (scoping.get(Tag.objects.all(), account, one) for one in (tag_id, into_id))
    if tag.pk == into.pk:
        raise Conflict("This is one and the same tag.", next="Choose another one.")
    if len(_hold(tag.pk, into.pk)) < 2:
        raise NotFound
    _put_on(into.pk, having=tag.pk)
    filters.name_tag(account, tag.pk, into.pk)
    had = _take_off(tag)
    data = {"name": tag.name, "into": into.name, "contacts": had}
    record("merged", "tag", tag.pk, by=by, account_id=id_of(account), data=data)
    tag.delete()
    return had


def delete_tag(account: Account | int, tag_id: Any, *, by: Actor) -> int:
    """Remove a tag, and take it off every contact. Says how many had it. Raises ``Refused`` under a lock.

    A step that puts it on makes it anew; what asks for it finds nobody.
    """
    lists.of(account).refuse_if_locked("tags", LOCKED)
    tag = scoping.get(Tag.objects.all(), account, tag_id)
    if not _hold(tag.pk):
        raise NotFound
    had = _take_off(tag)
    record("deleted", "tag", tag.pk, by=by, account_id=id_of(account), data={"name": tag.name, "contacts": had})
    tag.delete()
    return had


def _hold(*tag_ids: int) -> list[Tag]:
    """These tags until the commit, as far as there still are: whoever is putting one on (:func:`hub.contacts.tagging.link`) comes
    before, or finds it gone. By rising id, so that two holders never wait for each other."""
    return list(Tag.objects.select_for_update().filter(pk__in=tag_ids).order_by("pk"))


def _put_on(tag_id: int, having: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_contacttag (contact_id, tag_id) SELECT contact_id, %s FROM contacts_contacttag"
            " WHERE tag_id = %s ON CONFLICT DO NOTHING",
            [tag_id, having],
        )


def _take_off(tag: Tag) -> int:
    return ContactTag.objects.filter(tag=tag).delete()[0]
