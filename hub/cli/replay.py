"""Try again what failed or was given up: one step, or all of an account in a window of time. Without --go it only counts.

Nothing is done a second time at a vendor. Name a step's run, or an account and what is meant.
"""

from __future__ import annotations

import argparse
import secrets
from typing import TYPE_CHECKING

from hub.cli import account as accounts
from hub.cli import named_step
from hub.cli.saying import count, say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.accounts.models import Account
    from hub.engine.replaying.models import Replay
    from hub.engine.replaying.selecting import Window

KINDS = {"failed": "failed", "given-up": "review", "both": ""}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is meant."""
    named_step.argument(parser, needed=False)
    parser.add_argument("--account", default="", help="id of an account, as hub account list tells it")
    parser.add_argument("--from", dest="since", metavar="FROM", default="", help=named_step.MOMENT)
    parser.add_argument("--to", dest="until", metavar="TO", default="", help="the same; what failed later is not meant")
    parser.add_argument("--addon", default="", help="only steps of this add-on")
    parser.add_argument("--plan", default="", help="only steps of this plan: its id")
    parser.add_argument("--cause", default="", help="only with this cause, such as rejected or gave_up")
    parser.add_argument("--what", choices=tuple(KINDS), default="both", help="what became of the steps (default: both)")
    parser.add_argument("--reason", default="", help="kept in the audit log")
    parser.add_argument("--go", action="store_true", help="do it; without this the steps are only counted")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Count, or try again."""
    from hub.process import start

    if bool(given.run) == bool(given.account):
        raise Stop("Name either a step's id or --account. See: hub replay --help", 2)
    named_step.at_hand()
    start.django()
    start.ready_database(may_migrate=False)
    start.plugins()
    return _one(given) if given.run else _many(given)


def _one(given: argparse.Namespace) -> int:
    from django.db import transaction

    from hub.cli.operator import actor
    from hub.engine.replaying.again import again
    from hub.plans.models import StepRun

    found = StepRun.objects.filter(pk=named_step.step_id(given.run)).first()
    if found is None:
        raise Stop(f"There is no step {given.run}.", 2)
    with transaction.atomic():
        again(found.account_id, found.pk, by=actor())
        if not given.go:
            transaction.set_rollback(True)
    say("It is tried again." if given.go else "It can be tried again. Add --go to do it.")
    return 0


def _many(given: argparse.Namespace) -> int:
    from hub.engine.replaying import selecting

    account = accounts.named(given.account)
    window = _window(given, account)
    numbers = selecting.numbers(account.pk, window)
    say(f"{count(numbers.all, 'step')} of {account.name}, {numbers.costly:,} of them cost money.")
    if numbers.unclear:
        say(f"{numbers.unclear:,} may have happened, and are followed up under the same reference.")
    if numbers.left:
        say(f"{numbers.left:,} more may have happened and cannot be asked about: a person decides, under Runs.")
    if not numbers.all:
        return 0
    if not given.go:
        say("Add --go to try them again.")
        return 0
    return _told(_carried_out(account, window, given.reason))


def _window(given: argparse.Namespace, account: Account) -> Window:
    from hub.engine.replaying.selecting import Window

    plan = _plan(given.plan) if given.plan else None
    since, until = (named_step.moment(word, account.time_zone) if word else None for word in (given.since, given.until))
    return Window(KINDS[given.what], since, until, given.addon, plan, given.cause)


def _plan(word: str) -> int:
    if not word.isdecimal() or len(word) > 18:
        raise Stop(f"{word} is not a plan's id, which is the number in the address of its page.", 2)
    return int(word)


def _carried_out(account: Account, window: Window, reason: str) -> Replay:
    """Portion by portion, each a transaction of its own. Cut off, a worker of the hub goes on with the rest."""
    from django.db import transaction

    from hub.cli.operator import actor
    from hub.engine.replaying import changes, working

    with transaction.atomic():
        row = changes.start(account, window, token=secrets.token_hex(16), by=actor(), reason=reason)
    portion: int | None = row.portion
    while portion is not None:
        with transaction.atomic():
            working.begin(row.pk, portion)
        with transaction.atomic():
            portion = working.run(row.pk, portion)
    row.refresh_from_db()
    return row


def _told(row: Replay) -> int:
    say(f"{count(row.again, 'step')} tried again.")
    for sentence, number in row.left.items():
        say(f"{number:,} left as they are: {sentence}")
    return 0 if row.state == row.State.DONE else 1
