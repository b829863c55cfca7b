"""Create users and set passwords: the first owner, and whoever has locked themselves out."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from typing import TYPE_CHECKING

from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.accounts.models import Account
    from hub.audit.actor import Actor
    from hub.users.models import User


def arguments(parser: argparse.ArgumentParser) -> None:
    """``create`` and ``password``."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    create = what.add_parser("create", help="a new user; with --enterprise the first owner of a new company")
    create.add_argument("username", help="what they sign in with")
    create.add_argument("--email", default="", help="their address")
    create.add_argument("--name", default="", help='first and last name, such as "Ada Byron"')
    create.add_argument("--enterprise", default="", help="make this company, with the user as its owner")
    create.add_argument(
        "--account",
        default="",
        help="id of the account they work in; with --enterprise the name of its first sub-account",
    )
    create.add_argument(
        "--role",
        default="",
        help="owner, admin, manager, standard, sales, … (default standard; owner with --enterprise)",
    )
    create.add_argument("--time-zone", default="", help="of a new company, such as America/Denver")
    _password(create)
    password = what.add_parser("password", help="set a user's password; they must change it at the next sign-in")
    password.add_argument("username", help="whose")
    _password(password)


def _password(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--ask", action="store_true", help="type the password (twice) instead of having one made")
    how.add_argument("--stdin", action="store_true", help="read the password from the first line of the standard input")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Create a user, or set a password."""
    from django.db import transaction

    from hub.process import start

    start.django()
    start.ready_database(may_migrate=False)
    password, made = _password_of(given)
    with transaction.atomic():
        lines = _create(given, password, made) if given.what == "create" else _set(given.username, password)
    for line in lines:
        say(line)
    if made:
        say(f"Password: {password}")
        say("It is shown this once, and must be changed at the first sign-in.")
    return 0


def _password_of(given: argparse.Namespace) -> tuple[str, bool]:
    """The password, and whether we made it."""
    if not (given.stdin or given.ask):
        return secrets.token_urlsafe(12), True
    typed = sys.stdin.readline().rstrip("\r\n") if given.stdin else _asked()
    if not typed:
        raise Stop("No password came, so nothing was changed. Without --ask and --stdin one is made and printed.")
    return typed, False


def _asked() -> str:
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise Stop("The two passwords are not the same. Nothing was changed.")
    return first


def _create(given: argparse.Namespace, password: str, made: bool) -> list[str]:
    from hub.users import changes
    from hub.users.models import Grant

    role = given.role or ("owner" if given.enterprise else "standard")
    _known_role(role)
    account, lines = _place(given)
    _no_second_owner(account, role)
    user = changes.create(
        _values(given), account, role, by=_by(), password=password, must_change_password=made,
        reach=Grant.Reach.SUBTREE if given.enterprise or role == "owner" else Grant.Reach.HERE,
    )  # fmt: skip
    return [*lines, f"Created the user {user.username}, {role} of {account.name} (account {account.pk})."]


def _values(given: argparse.Namespace) -> dict[str, str]:
    first, _, last = given.name.strip().rpartition(" ")
    return {
        "username": given.username,
        "email": given.email,
        "first_name": first or last,
        "last_name": last if first else "",
    }


def _place(given: argparse.Namespace) -> tuple[Account, list[str]]:
    """The account they will work in; new where the command says so."""
    from hub.accounts import changes
    from hub.accounts.models import Account
    from hub.cli.account import about_links, named

    if not given.enterprise:
        if not given.account:
            raise Stop(
                "Say where they work: --account ID (see: hub account list), or --enterprise NAME for a new company.", 2
            )
        return named(given.account), []
    values = {"time_zone": given.time_zone} if given.time_zone else {}
    top = changes.create(given.enterprise, by=_by(), kind=Account.Kind.ENTERPRISE, values=values)
    lines = [f"Created the company {top.name} (account {top.pk}).", about_links(top.pk)]
    if given.account:
        child = changes.create(given.account, by=_by(), parent=top)
        lines += [f"Created its account {child.name} (account {child.pk}).", about_links(child.pk)]
    return top, lines


def _known_role(role: str) -> None:
    from hub.users import roles

    if not roles.exists(role):
        there = ", ".join(["owner", *(template.name for template in roles.assignable())])
        raise Stop(f"There is no role {role}. There are: {there}.", 2)


def _no_second_owner(account: Account, role: str) -> None:
    from hub.users.models import Grant

    if role == "owner" and Grant.objects.filter(account=account, template="owner").exists():
        raise Stop(f"{account.name} has an owner already. Choose another role with --role, for example admin.")


def _set(username: str, password: str) -> list[str]:
    from hub.users import changes

    user = _find(username)
    changes.set_password(user, None, password, by=_by())
    return [f"The password of {user.username} is set. All their sessions have ended."]


def _find(username: str) -> User:
    from hub.users.models import User

    found = User.objects.filter(username__iexact=username).first()
    if found is None:
        raise Stop(f"There is no user {username}.")
    return found


def _by() -> Actor:
    from hub.cli.operator import actor

    return actor()
