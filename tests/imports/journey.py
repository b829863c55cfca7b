"""Walking an import page by page, as the actor does, without a broker."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from hub.audit.actor import Actor
from hub.imports import changes, pages
from hub.imports.models import Import
from hub.imports.options import Options

ANN = Actor("person", "1", "Ann Admin")


def run(row: Import, most: int = 1_000) -> Import:
    """Do pages until there is none left, or ``most`` of them."""
    row.refresh_from_db()
    page: int | None = row.page
    while page is not None and most > 0:
        with transaction.atomic():
            mine = pages.begin(row.pk, page)
        if not mine:
            break
        with transaction.atomic():
            page = pages.run(row.pk, page)
        most -= 1
    row.refresh_from_db()
    return row


def whole(row: Import, columns: list[str] | None = None, **options: Any) -> Import:
    """Choices, start, every page."""
    with transaction.atomic():
        changes.save_choices(row.account_id, row.pk, columns or row.mapping["columns"], Options(**options), by=ANN)
        started = changes.start(row.account_id, row.pk, by=ANN)
    return run(started)


def checked(row: Import, **options: Any) -> Import:
    """Choices and a dry run."""
    with transaction.atomic():
        changes.save_choices(row.account_id, row.pk, row.mapping["columns"], Options(**options), by=ANN)
        started = changes.check(row.account_id, row.pk, by=ANN)
    return run(started)
