"""The numbers of a report."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.imports.models import Import


@dataclass(frozen=True)
class Tile:
    """One number of the report."""

    label: str
    number: int
    tone: str
    icon: str


ALWAYS = ("user-plus", "pencil", "circle-x")
"""By their icons: shown although there are none."""


def tiles(row: Import, enrolled: str, *, dry: bool) -> list[Tile]:
    """What became of the rows, from a file or a vendor.

    Args:
        enrolled: how those are called who were put on plans.
    """
    counts = row.counts
    made = [
        Tile(_("Would be new") if dry else _("New"), counts.get("created", 0), "success", "user-plus"),
        Tile(_("Would be updated") if dry else _("Updated"), counts.get("updated", 0), "info", "pencil"),
        Tile(_("Unchanged"), counts.get("unchanged", 0), "neutral", "equal"),
        Tile(enrolled, counts.get("enrolled", 0), "accent", "list-plus"),
        Tile(_("Not mapped"), counts.get("unmapped", 0), "warning", "arrow-right-left"),
        Tile(_("Left out"), counts.get("skipped", 0), "neutral", "ban"),
        Tile(_("Archived, left alone"), counts.get("archived", 0), "neutral", "archive"),
        Tile(_("Not usable"), counts.get("broken", 0), "danger", "circle-x"),
        Tile(_("With a warning"), counts.get("warned", 0), "warning", "triangle-alert"),
        Tile(_("Archived by undoing"), counts.get("undone", 0), "neutral", "undo-2"),
    ]
    return [tile for tile in made if tile.number or tile.icon in ALWAYS]
