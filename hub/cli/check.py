"""Prove an add-on outside of pytest: every fault and every pair of them, then the grade and what each missing badge lacks."""

from __future__ import annotations

import argparse
import json
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli import keeping, plugin_at
from hub.cli.saying import complain, say
from hub.cli.trouble import Stop
from hub.core import redact
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.core.registry import Plugin
    from hub.testing.grading import Earned, Grade

LEVELS = ("none", "bronze", "silver", "gold", "platinum")
"""The lowest first."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which add-on, and what is good enough."""
    parser.add_argument(
        "plugin", nargs="?", default=".", help="a folder, an add-on's name or a package's (default: this folder)"
    )
    parser.add_argument(
        "--at-least", choices=LEVELS[1:], default="bronze", help="exit with 1 below this level (bronze)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON; a list where there are several add-ons")
    parser.add_argument(
        "--no-keep", action="store_true", help="do not write the grade into this machine's hub, should there be one"
    )


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Check, tell, keep. Exit code 0 when each add-on of what was named has reached the level."""
    _whole(given.plugin)
    plugins = plugin_at.every(given.plugin)
    grades = [_graded(plugin, given) for plugin in plugins]
    if given.json:
        data = [as_data(grade) for grade in grades]
        say(redact.text(json.dumps(data if len(data) > 1 else data[0], indent=2)))
    short = [(plugin, grade) for plugin, grade in zip(plugins, grades, strict=True) if _short(grade, given.at_least)]
    for plugin, grade in short:
        complain(f"{plugin.info.title} has not reached {given.at_least}. {_advice(grade)}")
    return 1 if short else 0


def _graded(plugin: Plugin, given: argparse.Namespace) -> Grade:
    """Prove one, tell people, keep."""
    from hub.testing import grading

    with plugin_at.in_use(plugin, "was put to the proof"), redirect_stdout(sys.stderr):  # what it prints is no grade
        grade = grading.grade(plugin.subject)
    if not given.json:
        say(redact.text(grading.report(grade).rstrip("\n")))
    kept = "" if given.no_keep else keeping.keep(plugin, as_data(grade))
    if kept and not given.json:
        say(kept)
    return grade


def _short(grade: Grade, wanted: str) -> bool:
    return LEVELS.index(level_of(grade)) < LEVELS.index(wanted)


def _whole(word: str) -> None:
    """Refuse what only `hub run` takes."""
    if re.fullmatch(r"\.\w+", word) and not Path(word).exists():
        raise Stop(
            f"There is no folder {word}. A check takes the whole add-on: hub check . For one action: hub run {word}", 2
        )


def _advice(grade: Grade) -> str:
    """What the author does next. What a vendor does not offer cannot be mended, and the level below is no shame."""
    from hub.testing.proofs.case import Badge

    missing = {earned.badge for earned in grade.badges if not earned.earned}
    if missing == {Badge.ALONE}:
        return (
            "After a lost answer a person must decide. Its author acts: give the action a reconcile, or the call a key. Where "
            "the vendor offers neither a look-up nor a key, gold is the highest level: check with --at-least gold."
        )
    return "Its author acts: mend the first case above, then check again."


def as_data(grade: Grade) -> dict[str, Any]:
    """A grade as plain data: for programs, and to be kept."""
    return {
        "addon": grade.addon, "level": level_of(grade), "cases": grade.cases, "seconds": round(grade.seconds, 2),
        "badges": [_badge(earned) for earned in grade.badges],
    }  # fmt: skip


def level_of(grade: Grade) -> str:
    """One of :data:`LEVELS`."""
    return grade.level.name.lower()


def _badge(earned: Earned) -> dict[str, Any]:
    failure = earned.failure
    said = ": ".join((failure.case, " ".join(failure.reasons))) if failure else ""
    return {
        "badge": str(earned.badge), "level": earned.level, "cases": earned.cases, "earned": earned.earned,
        "failure": redact.text(said)[:1_000],
    }  # fmt: skip
