"""List the accounts, or create one beneath another."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.accounts.models import Account

MOST_LISTED = 1_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """``list`` and ``create``."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("list", help="the tree of accounts with their ids")
    create = what.add_parser("create", help="a new account")
    create.add_argument("name", help="as people read it")
    create.add_argument("--beneath", default="", help="id of the account above; without it a new company is made")
    create.add_argument("--time-zone", default="", help="such as America/Denver; default that of the account above")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """List, or create."""
    from hub.process import start

    start.django()
    start.ready_database(may_migrate=False)
    return _list() if given.what == "list" else _create(given)


def named(text: str) -> Account:
    """The account with an id as typed."""
    from hub.accounts import reads
    from hub.db.errors import NotFound

    try:
        return reads.get(number(text))
    except NotFound:
        raise Stop(f"There is no account {text}. See: hub account list", 2) from None


def number(text: str) -> int:
    """An id as typed."""
    if not text.isdecimal():
        raise Stop(f"{text} is not an account's id, which is a number. See: hub account list", 2)
    return int(text)


def _list() -> int:
    from hub.accounts.models import Account

    rows = Account.objects.select_related("switch").order_by("path")
    for account in rows[:MOST_LISTED]:
        marks = [mark for mark, on in (("paused", account.is_paused), ("locked", account.is_locked)) if on]
        told = f"  [{', '.join(marks)}]" if marks else ""
        say(f"{'    ' * account.depth}{account.pk}  {account.name}{told}")
    total = rows.count()
    if not total:
        say('There is no account yet. Run: hub user create NAME --enterprise "COMPANY"')
    elif total > MOST_LISTED:
        say(f"… and {total - MOST_LISTED:,} more.")
    return 0


def _create(given: argparse.Namespace) -> int:
    from django.db import transaction

    from hub.accounts import changes
    from hub.accounts.models import Account
    from hub.cli.operator import actor

    parent = named(given.beneath) if given.beneath else None
    kind = Account.Kind.ACCOUNT if parent else Account.Kind.ENTERPRISE
    values = {"time_zone": given.time_zone} if given.time_zone else {}
    with transaction.atomic():
        account = changes.create(given.name, by=actor(), parent=parent, kind=kind, values=values)
    say(f"Created {account.name} (account {account.pk}).")
    return 0
