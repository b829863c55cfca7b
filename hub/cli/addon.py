"""Make an add-on available to an account and every account beneath it, or withdraw it. An admin there then switches it on."""

from __future__ import annotations

import argparse

from hub.cli.saying import count, say
from hub.cli.trouble import Stop
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """``list``, ``available`` and ``withdraw``."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("list", help="the add-ons, and to whom each is available")
    for name, does in (("available", "let an account use it"), ("withdraw", "take it away; its steps wait")):
        one = what.add_parser(name, help=does)
        one.add_argument("addon", help="the add-on's name, such as mailbox_power")
        one.add_argument("--account", required=True, help="id of the account; it counts for those beneath, too")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """List, allow, or withdraw."""
    from hub.process import start

    start.django()
    start.ready_database(may_migrate=False)
    start.plugins()
    if given.what == "list":
        return _list()
    return _available(given) if given.what == "available" else _withdraw(given)


def _list() -> int:
    from hub.addons.models import Availability, Manifest

    for row in Manifest.objects.order_by("title"):
        ids = [str(pk) for pk in Availability.objects.filter(addon=row.addon).values_list("account_id", flat=True)]
        where = "always on" if row.always_on else f"available to {', '.join(ids)}" if ids else "available to nobody"
        say(f"{row.addon}: {row.title} {row.version}, {where}{'' if row.loaded else f'; NOT LOADED: {row.reason}'}")
    return 0


def _available(given: argparse.Namespace) -> int:
    from django.db import transaction

    from hub.addons import changes
    from hub.cli.account import named
    from hub.cli.operator import actor
    from hub.engine import release

    account = named(given.account)
    _known(given.addon)
    with transaction.atomic():
        freed = changes.make_available(account, given.addon, by=actor())
        going = release.of_account(freed.account_ids, given.addon)
    say(f"{given.addon} is available to {account.name} and all beneath. An admin switches it on under Add-Ons.")
    if going:
        say(f"{count(going, 'step')} that waited for it go on.")
    return 0


def _withdraw(given: argparse.Namespace) -> int:
    from django.db import transaction

    from hub.addons import changes
    from hub.cli.account import named
    from hub.cli.operator import actor

    account = named(given.account)
    _known(given.addon)
    with transaction.atomic():
        was = changes.withdraw(account, given.addon, by=actor())
    if was:
        say(
            f"{given.addon} is withdrawn from {account.name}. Steps that need it wait, and go on when it is available again."
        )
    else:
        say(f"{given.addon} was not made available to {account.name} itself. Nothing was changed.")
    return 0


def _known(addon: str) -> None:
    from hub.addons.models import Manifest

    if not Manifest.objects.filter(addon=addon).exists():
        raise Stop(f"There is no add-on {addon}. See: hub addon list", 2)
