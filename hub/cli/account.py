"""List the accounts, create one beneath another, or say how long e-mails of one may not lead to other places."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.accounts.models import Account

MOST_LISTED = 1_000
MOST_DAYS = 365


def arguments(parser: argparse.ArgumentParser) -> None:
    """``list``, ``create`` and ``links``."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("list", help="the tree of accounts with their ids")
    create = what.add_parser("create", help="a new account")
    create.add_argument("name", help="as people read it")
    create.add_argument("--beneath", default="", help="id of the account above; without it a new company is made")
    create.add_argument("--time-zone", default="", help="such as America/Denver; default that of the account above")
    links = what.add_parser("links", help="let e-mails of a new account lead to other places, or hold those that do")
    links.add_argument("account", help="id of the account, as hub account list tells it")
    links.add_argument(
        "--hold-days", type=int, default=0, help="hold them for so many days from now, up to 365; without it they go"
    )


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """List, create, or screen."""
    from hub.process import start

    start.django()
    start.ready_database(may_migrate=False)
    return {"list": _list, "create": _create, "links": _links}[given.what](given)


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


def _list(_given: argparse.Namespace) -> int:
    from hub.accounts.models import Account
    from hub.db import clock

    rows, now = Account.objects.select_related("switch").order_by("path"), clock.now()
    for account in rows[:MOST_LISTED]:
        new = account.link_screening_until is not None and account.link_screening_until > now
        known = (("paused", account.is_paused), ("locked", account.is_locked), ("links held", new))
        marks = [mark for mark, on in known if on]
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
    say(about_links(account.pk))
    return 0


def about_links(account_id: int) -> str:
    """What whoever made an account should know of its e-mails."""
    return f"For 30 days its e-mails may not lead to other places. To let them: hub account links {account_id}"


def _links(given: argparse.Namespace) -> int:
    from django.db import transaction

    from hub.accounts import changes
    from hub.cli.operator import actor
    from hub.db import clock

    account, days = named(given.account), given.hold_days
    if not 0 <= days <= MOST_DAYS:
        raise Stop(f"Links can be held for 1 to {MOST_DAYS} days; {days} is none of them.", 2)
    until = clock.now() + timedelta(days=days) if days else None
    with transaction.atomic():
        changes.screen_links(account, until, by=actor())
    told = f"are held until {until:%d %B %Y}" if until else "go; what waited goes within the hour"
    say(f"E-mails of {account.name} that lead to other places {told}.")
    return 0
