"""Look at everything the hub needs. Each line is ok, warn or bad; what is not ok says who acts and what to do next."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import partial
from typing import Any

from hub.cli.saying import count, say
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """How much to say."""
    parser.add_argument("--quiet", action="store_true", help="only what is not ok")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Look, say, and exit with 1 when something is bad."""
    findings = look()
    shown = [finding for finding in findings if finding.level != "ok" or not given.quiet]
    if given.json:
        say(json.dumps([asdict(finding) for finding in shown], indent=2))
        return 1 if any(finding.level == "bad" for finding in findings) else 0
    for finding in shown:
        say(finding.line)
    bad = sum(finding.level == "bad" for finding in findings)
    warn = sum(finding.level == "warn" for finding in findings)
    say(f"doctor: {bad} bad, {count(warn, 'warning')}, {len(findings) - bad - warn} ok")
    return 1 if bad else 0


def look() -> list[Any]:
    """All findings, in the order in which to mend them."""
    from django.core.exceptions import ImproperlyConfigured

    from hub.process import start
    from hub.process.checkup.finding import bad
    from hub.process.checkup.finding import run as all_of

    try:
        start.django()
    except ImproperlyConfigured as error:
        return [bad("settings", str(error), "set the variable right, then look again.")]
    from hub.cli.main import functions
    from hub.process.checkup import database, files, installed, locks, redis, secrets, signing_in, times, work

    base = all_of([
        ("data folder", files.folder), ("lock", locks.folder), ("disk", files.disk), ("keys", files.keys),
        ("database", database.answers),
    ])  # fmt: skip
    if any(finding.about == "database" and finding.level == "bad" for finding in base):
        return base + all_of([("redis", redis.answers), ("settings", installed.oddities)])
    base += all_of([("tables", database.migrations)])
    if base[-1].level != "bad":
        base += all_of(
            [
                ("secrets", secrets.sealed), ("keys", secrets.old_keys), ("workers", work.workers), ("locks", locks.workers),
                ("steps", work.overdue), ("inbox", work.people), ("time zones", times.zones),
                ("sign-ins", signing_in.grants), ("mail", signing_in.mailers), ("mail", signing_in.platform),
                ("settings", signing_in.variables),
                ("isolation", installed.ends),
            ]
        )  # fmt: skip
    return base + all_of([
        ("redis", redis.answers), ("plugins", installed.plugins), ("isolation", installed.isolation),
        ("settings", installed.oddities),
        ("permissions", partial(installed.permissions, functions())),
    ])  # fmt: skip
