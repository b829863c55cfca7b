"""Looking at what is stored."""

from __future__ import annotations

from typing import Any

from hub.addons.mappings.models import AccountMappings, MappingClone, MappingRow
from hub.addons.mappings.rules import Line
from hub.db.errors import NotFound
from hub.db.scoping import LARGEST_ID, id_of

_COLUMNS = ("mapping", "choice", "right", "key", "label", "name", "pk")


def lines(account: Any, addon: str) -> list[Line]:
    """The rows of an account in the order in which they were made, the defaults among them."""
    rows = MappingRow.objects.filter(of__account_id=id_of(account), of__addon=addon).order_by("pk")
    return [Line(*row) for row in rows.values_list(*_COLUMNS)]


def lines_of(account_ids: list[int], addon: str) -> dict[int, list[Line]]:
    """The same for many accounts, in one query."""
    found: dict[int, list[Line]] = {account: [] for account in account_ids}
    rows = MappingRow.objects.filter(of__account_id__in=account_ids, of__addon=addon).order_by("pk")
    for account, *row in rows.values_list("of__account_id", *_COLUMNS):
        found[account].append(Line(*row))
    return found


def naming(account: Any, right: str, key: str) -> list[str]:
    """Add-ons of whose choices one becomes this thing of ours in the account, by name."""
    rows = MappingRow.objects.filter(of__account_id=id_of(account), right=right, key=key)
    return list(rows.order_by("of__addon").values_list("of__addon", flat=True).distinct())


def skipping(account_ids: list[int], addon: str) -> set[int]:
    """Which of these accounts leave out of an import what no row is for."""
    sheets = AccountMappings.objects.filter(account_id__in=account_ids, addon=addon, skip_unmapped=True)
    return set(sheets.values_list("account_id", flat=True))


def stored(account: Any, addon: str) -> tuple[bool, list[Line]]:
    """Whether unmapped records are skipped, and the rows: in one query."""
    sheets = AccountMappings.objects.filter(account_id=id_of(account), addon=addon).order_by("rows__pk")
    found = list(sheets.values_list("skip_unmapped", *(f"rows__{name}" for name in _COLUMNS)))
    return bool(found and found[0][0]), [Line(*row) for _skip, *row in found if row[0] is not None]


def row(account: Any, addon: str, row_id: int) -> MappingRow:
    """One row, or ``NotFound``: for a missing and a foreign one alike."""
    rows = MappingRow.objects.select_related("of").filter(of__account_id=id_of(account), of__addon=addon)
    found = rows.filter(pk=row_id).first() if 0 < row_id <= LARGEST_ID else None
    if found is None:
        raise NotFound
    return found


def last_clone(account: Any, addon: str) -> MappingClone | None:
    """The last time the account passed its mappings on, if that has not been taken back."""
    return MappingClone.objects.filter(account_id=id_of(account), addon=addon, undone_at=None).order_by("-pk").first()
