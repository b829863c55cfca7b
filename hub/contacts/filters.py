"""Saved filters: a person's own queries under names (R174). Nobody sees another's."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import normalising
from hub.contacts.models import SavedFilter
from hub.contacts.query import ContactQuery
from hub.db import scoping
from hub.db.errors import Invalid, Problem
from hub.db.scoping import id_of

MOST = 50  # filters of one person in one account


def of(account: Account | int, user_id: int) -> list[SavedFilter]:
    """A person's filters by name."""
    return list(SavedFilter.objects.filter(account_id=id_of(account), user_id=user_id).order_by("name"))


def query_of(saved: SavedFilter) -> ContactQuery:
    """The query of a filter; one that an older version saved and we no longer understand shows everything."""
    try:
        return ContactQuery.model_validate(saved.query)
    except ValidationError:
        return ContactQuery()


def save(account: Account | int, user_id: int, name: str, query: ContactQuery, *, by: Actor) -> SavedFilter:
    """Keep a query under a name; one of that name is replaced.

    Raises ``Invalid`` for a name that is none, ``Problem`` where there are :data:`MOST` already.
    """
    text = normalising.line(name)
    if not text or len(text) > 60:
        raise Invalid({"name": "A name has 1 to 60 characters."})
    mine = SavedFilter.objects.filter(account_id=id_of(account), user_id=user_id)
    if not mine.filter(name=text).exists() and mine.count() >= MOST:
        raise Problem(f"You have {MOST} filters already.", next="Delete one first.", code="contacts.too_many_filters")
    saved, _ = SavedFilter.objects.update_or_create(
        account_id=id_of(account), user_id=user_id, name=text, defaults={"query": query.to_json()}
    )
    record("saved", "filter", saved.pk, by=by, account_id=id_of(account), data={"name": text})
    return saved


def delete(account: Account | int, user_id: int, filter_id: Any, *, by: Actor) -> None:
    """Forget a filter of one's own. Raises ``NotFound`` for another's."""
    saved = scoping.get(SavedFilter.objects.all(), account, filter_id, user_id=user_id)
    record("deleted", "filter", saved.pk, by=by, account_id=id_of(account), data={"name": saved.name})
    saved.delete()


def naming_tag(account: Account | int, tag_id: int) -> list[SavedFilter]:
    """Everybody's filters by this tag."""
    rows = SavedFilter.objects.filter(account_id=id_of(account)).order_by("pk")
    return [saved for saved in rows if tag_id in query_of(saved).tags]


def name_tag(account: Account | int, tag_id: int, instead: int) -> None:
    """Filters by one tag are by another from now on."""
    for saved in naming_tag(account, tag_id):
        query = query_of(saved)
        tags = dict.fromkeys(instead if tag == tag_id else tag for tag in query.tags)
        saved.query = query.model_copy(update={"tags": tuple(tags)}).to_json()
        saved.save(update_fields=["query"])
