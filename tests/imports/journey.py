"""Walking an import page by page, as the actor does, without a broker."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.db import clock
from hub.imports import changes, pages
from hub.imports.models import Import
from hub.imports.options import Options
from hub.users.models import Grant, User

ANN = Actor("person", "900001", "Ann Admin")


def make_ann(account: Account, template: str = "admin") -> User:
    """Ann, who may import into this account."""
    values = {
        "username": "ann",
        "first_name": "Ann",
        "last_name": "Admin",
        "state": "active",
        "created_at": clock.now(),
    }
    ann, _new = User.objects.get_or_create(pk=int(ANN.id), defaults=values)
    Grant.objects.create(user=ann, account=account, template=template, created_at=clock.now())
    return ann


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
