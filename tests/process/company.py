"""A company in the database of another process: made by a program, and looked at without Django.

Run as a program (``python -m tests.process.company URL CONTACTS``) it makes an account, a one-step plan that calls the URL, and
puts so many contacts on it. Instead of a URL an action type without settings may be named, or several of both with commas. With
an address as the third word, it is told of every step that is done.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.cli import program


def make(home: Path, environment: Mapping[str, str], url: str, contacts: int, told: str = "") -> None:
    """Make it in this home, before or while a hub runs there."""
    command = [sys.executable, "-m", "tests.process.company", url, str(contacts), told]
    subprocess.run(command, env={**environment, "HUB_HOME": str(home)}, check=True, timeout=program.SECONDS)


def states(home: Path) -> dict[str, int]:
    """How many step runs stand where, asked of the file itself."""
    file = sqlite3.connect(f"file:{home / 'hub.sqlite3'}?mode=ro", uri=True, timeout=10)
    try:
        return dict(file.execute("SELECT state, COUNT(*) FROM plans_steprun GROUP BY state").fetchall())
    finally:
        file.close()


def main(url: str, contacts: int, told: str) -> None:
    """In the process that belongs to the company's hub."""
    from hub.process import start

    start.django()
    start.ready_database(may_migrate=True)
    start.plugins()
    from django.conf import settings
    from django.db import transaction

    from hub.accounts.models import Account
    from hub.cli.demo import company
    from hub.cli.demo.people import people
    from hub.hooks import changes as hooks
    from hub.plans import enrollment

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in here
    if not Account.objects.exists():
        company.build("nobody-signs-in-here-7")
    account = Account.objects.get(name="Northside Downtown")
    if told:
        with transaction.atomic():
            hooks.subscribe(account, told, ["step.done"], by=company.DEMO)
    for wanted in url.split(","):
        step = company.webhook(wanted + "call", "Call") if "://" in wanted else company.step(wanted, "Do it", {})
        plan = company.plan(account, "One call", "", [step])
        ids = company.take_in(account, people(contacts, seed=plan.pk))
        with transaction.atomic():
            enrollment.enroll(plan, ids, by=company.DEMO)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
