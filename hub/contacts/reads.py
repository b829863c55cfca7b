"""Finding contacts. Every function takes the account and the viewer first; what they may not see is not there.

Text is found anywhere inside names, addresses, companies and numbers: one folded column, ``LIKE`` on both databases, with a
covering index on SQLite and a trigram index on PostgreSQL behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from hub.accounts.models import Account
from hub.contacts import normalising
from hub.contacts.models import Contact, ContactTag, Tag
from hub.contacts.query import ORDERS, ContactQuery
from hub.contacts.visibility import Viewer, visible
from hub.db import paging, scoping
from hub.history import reads as history
from hub.history.models import Note

COUNTED_AT_MOST = 100_000
FEW = 1_000
"""So many matches of a text are held as ids; of more, a page is soon full without looking at the rest."""
ADDRESS = ("line1", "city", "state", "zip")

Brought = Mapping[str, Any]
"""The contacts that other rooms know: a filter of ``query.ELSEWHERE`` → their ids, as a query that stands after ``IN``."""

NOTHING: Brought = {}

Which = ContactQuery | QuerySet[Contact] | Iterable[int]
"""Contacts by a query, by a queryset that ``selection`` made, or by their ids."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many, and whether counting stopped there."""

    number: int
    capped: bool = False


def get(account: Account | int, viewer: Viewer, contact_id: Any) -> Contact:
    """One contact with its lists, or ``NotFound``: for a missing, a foreign and an invisible one alike."""
    rows = visible(Contact.objects.all(), viewer).select_related("lead_source", "sales_cycle", "assigned_user")
    return scoping.get(rows, account, contact_id)


def search(
    account: Account | int,
    viewer: Viewer,
    query: ContactQuery,
    cursor: str | None = None,
    size: int = paging.DEFAULT_SIZE,
    brought: Brought = NOTHING,
) -> paging.Page[Contact]:
    """A page of contacts with their lists. ``brought``: what the query's plan and import need, see ``selection``."""
    rows = selection(account, viewer, query, brought)
    rows = rows.select_related("lead_source", "sales_cycle", "assigned_user").defer("whiteboard", "search_text")
    return paging.page(rows, cursor, size, ORDERS[query.sort])


def look(
    account: Account | int,
    viewer: Viewer,
    query: ContactQuery,
    cursor: str | None = None,
    *,
    size: int = paging.DEFAULT_SIZE,
    cap: int = COUNTED_AT_MOST,
    brought: Brought = NOTHING,
) -> tuple[paging.Page[Contact], Count]:
    """A page and how many there are, as the list of contacts shows them: ``search`` and ``count`` with one look at the texts.

    Of a text that fits very many the count stops at ``FEW``; the list says *more than*, and a bulk change counts exactly.
    """
    rows, number = selection(account, viewer, query.model_copy(update={"text": ""}), brought), 0
    if query.text.strip():
        cap = min(cap, FEW)
        rows, number = _looked_up(rows, account, normalising.search_words(query.text))
    number = number or rows.values("pk")[: cap + 1].count()
    shown = rows.select_related("lead_source", "sales_cycle", "assigned_user").defer("whiteboard", "search_text")
    return paging.page(shown, cursor, size, ORDERS[query.sort]), Count(min(number, cap), number > cap)


def count(
    account: Account | int,
    viewer: Viewer,
    which: Which,
    cap: int = COUNTED_AT_MOST,
    brought: Brought = NOTHING,
) -> Count:
    """How many contacts, counted up to ``cap``."""
    number = selection(account, viewer, which, brought).values("pk")[: cap + 1].count()
    return Count(min(number, cap), number > cap)


def selection(account: Account | int, viewer: Viewer, which: Which, brought: Brought = NOTHING) -> QuerySet[Contact]:
    """The contacts of a query or of ids that the viewer may see, in no order: what bulk changes and enrolment start from.

    A query that names a plan or an import needs the ids of its contacts in ``brought``; without them this raises ``ValueError``,
    for otherwise a change would reach more contacts than were shown.
    """
    rows = visible(scoping.within(Contact.objects.all(), account), viewer)
    if isinstance(which, QuerySet):
        return rows.filter(pk__in=which.order_by().values_list("pk", flat=True))
    if not isinstance(which, ContactQuery):
        return rows.filter(pk__in=list(which))
    rows = _described(rows, which)
    if which.among is not None:
        rows = rows.filter(pk__in=which.among)
    for name in which.elsewhere:
        if name not in brought:
            raise ValueError(f"a query with {name} needs the ids of its contacts")
        rows = rows.filter(pk__in=brought[name])
    return _worded(rows, account, which.text)


def labels(account: Account | int, viewer: Viewer, contact_ids: Iterable[int]) -> dict[int, str]:
    """What these contacts are called, by id; those the viewer may not see are left out."""
    columns = ("id", "first_name", "last_name", "company", "email", "phone_cell")
    rows = visible(scoping.within(Contact.objects.filter(pk__in=set(contact_ids)), account), viewer)
    return {contact.pk: contact.label for contact in rows.only(*columns)}


def tags_of(contact_ids: Iterable[int]) -> dict[int, list[Tag]]:
    """The tags of each contact by name, for a page of a list."""
    found: dict[int, list[Tag]] = {}
    links = ContactTag.objects.filter(contact_id__in=list(contact_ids)).select_related("tag").order_by("tag__key")
    for link in links:
        found.setdefault(link.contact_id, []).append(link.tag)
    return found


def timeline(
    account: Account | int,
    viewer: Viewer,
    contact_id: Any,
    kinds: Iterable[str] | None = None,
    cursor: str | None = None,
    size: int = paging.DEFAULT_SIZE,
) -> paging.Page[Note]:
    """A page of a contact's history, for those who may see the contact."""
    contact = get(account, viewer, contact_id)
    return history.timeline(contact.account_id, contact.pk, kinds, cursor, size)


def _described(rows: QuerySet[Contact], query: ContactQuery) -> QuerySet[Contact]:
    if query.archived != "any":
        rows = rows.filter(archived_at__isnull=query.archived == "no")
    if query.lead_sources:
        rows = rows.filter(lead_source_id__in=query.lead_sources)
    if query.sales_cycles:
        rows = rows.filter(sales_cycle_id__in=query.sales_cycles)
    if query.assigned or query.unassigned:
        nobody = Q(assigned_user_id=None) if query.unassigned else Q(pk__in=())
        rows = rows.filter(Q(assigned_user_id__in=query.assigned) | nobody)
    if query.has_address is not None:
        incomplete = Q()
        for column in ADDRESS:
            incomplete |= Q(**{column: ""})
        rows = rows.exclude(incomplete) if query.has_address else rows.filter(incomplete)
    return _tagged(rows, query)


def _tagged(rows: QuerySet[Contact], query: ContactQuery) -> QuerySet[Contact]:
    groups = [[tag] for tag in query.tags] if query.all_tags else [list(query.tags)] if query.tags else []
    for group in groups:
        rows = rows.filter(pk__in=ContactTag.objects.filter(tag_id__in=group).values("contact_id"))
    return rows


def _looked_up(rows: QuerySet[Contact], account: Account | int, words: list[str]) -> tuple[QuerySet[Contact], int]:
    """Those with the words in them, and how many where that is known already.

    Few are looked up once, by their ids; of many the rows are read until a page is full. Of many, the first that were found
    are more than ``FEW`` as a rule, and nobody need count the wide rows.
    """
    if not words:
        return rows.none(), 0
    found = list(_with_words(account, words).values_list("pk", flat=True)[: FEW + 1])
    of_these = rows.filter(pk__in=found)
    if len(found) <= FEW:
        return of_these, 0
    for word in words:
        rows = rows.filter(search_text__contains=word)
    number = of_these.values("pk").count()
    return rows, number if number > FEW else 0


def _with_words(account: Account | int, words: list[str]) -> QuerySet[Contact]:
    found = scoping.within(Contact.objects.all(), account)
    for word in words:
        found = found.filter(search_text__contains=word)
    return found


def _worded(rows: QuerySet[Contact], account: Account | int, text: str) -> QuerySet[Contact]:
    words = normalising.search_words(text)
    if not words:
        return rows if not text.strip() else rows.none()
    # A query of its own: SQLite answers it from the narrow index and never reads the rows that do not match.
    return rows.filter(pk__in=_with_words(account, words).values("pk"))
