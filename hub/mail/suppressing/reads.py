"""Looking: one address, a page of them, all of them as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from hub.contacts.exporting import csv_line
from hub.db import paging, scoping
from hub.db.paging import Page
from hub.db.scoping import id_of
from hub.mail.models import Suppression

ORDER = ("address", "id")


def same(address: str) -> str:
    """An address as it is compared: providers tell no two people apart by capital letters."""
    return address.strip().lower()[:254]


def get(account: Any, pk: Any) -> Suppression:
    """One entry. Raises ``NotFound``."""
    return scoping.get(Suppression.objects.all(), account, pk)


def of(account: Any, address: str) -> Suppression | None:
    """The entry of an address, if there is one."""
    return Suppression.objects.filter(account_id=id_of(account), address=same(address)).first()


def among(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Suppression]:
    """Those of these (account, address) that are on the list: one query for any number."""
    wanted = {(account_id, same(address)) for account_id, address in keys if address}
    if not wanted:
        return {}
    rows = Suppression.objects.filter(
        account_id__in={one for one, _ in wanted}, address__in={address for _, address in wanted}
    )
    return {(row.account_id, row.address): row for row in rows if (row.account_id, row.address) in wanted}


def page(account: Any, text: str = "", why: str = "", cursor: str | None = None) -> Page[Suppression]:
    """The list by address; ``text`` is a part of one."""
    return paging.page(_matching(account, text, why), cursor, order=ORDER)


def lines(account: Any, text: str = "", why: str = "") -> Iterator[str]:
    """The same as CSV, the header first, every cell guarded against spreadsheets."""
    yield "\ufeff" + csv_line(["Address", "Why", "Since", "By"])
    for row in _matching(account, text, why).order_by(*ORDER).iterator(2_000):
        yield csv_line([row.address, row.get_why_display(), row.at.isoformat(timespec="seconds"), row.by])


def _matching(account: Any, text: str, why: str) -> QuerySet[Suppression]:
    rows = Suppression.objects.filter(account_id=id_of(account))
    rows = rows.filter(address__contains=same(text)) if text.strip() else rows
    return rows.filter(why=why) if why in Suppression.Why.values else rows
