"""Write a step that came to grief as one pytest file that fails the same way on another machine, for the plugin's author.

Credentials are never in it, and a stand-in takes the contact's place. Read it before you hand it on all the same: what else the
vendor writes into its answers is in it as it came.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hub.cli import named_step
from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.core.registry import Plugin
    from hub.plans.models import StepRun
    from hub.testing.capsule import Tries

MOST_LINES = 8
"""Of a difference, at the terminal; pytest shows the whole of it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and where to put the file."""
    named_step.argument(parser)
    parser.add_argument("--output", type=Path, help="the file to write (test_capsule_ID.py)")
    parser.add_argument("--keep-contact", action="store_true", help="leave the contact's own data in it")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Make the file, play it once to see that it ends as the step did, and write it."""
    from hub.process import start

    id_ = named_step.step_id(given.run)
    named_step.at_hand()
    start.django()
    start.ready_database(may_migrate=False)
    start.plugins()
    step = _step(id_)
    plugin, tries = _plugin(step), _tries(step)
    path = given.output or Path(f"test_capsule_{step.pk.hex[:12]}.py")
    if path.exists():
        raise Stop(f"{path} is there already. Name another file with --output.", 2)
    path.write_text(_proved(plugin, tries, keep_contact=given.keep_contact), encoding="utf-8")
    end = tries[-1]["ended"]
    say(f"{path} is written. It ends as the step did: {end['state']}. {end['sentence']}")
    say("Run it with: pytest " + str(path))
    return 0


def _step(id_: UUID) -> StepRun:
    from hub.plans.models import StepRun

    found = StepRun.objects.filter(pk=id_).first()
    if found is None:
        raise Stop(_in_the_archive(id_) or f"There is no step {id_}.", 2)
    return found


def _in_the_archive(id_: UUID) -> str:
    """Why there is no capsule of a step that was over for long; empty where it was not moved there either."""
    from hub.engine.archiving.models import ArchivedRun

    moved = ArchivedRun.objects.filter(pk=id_).first()
    if moved is None:
        return ""
    said = f" {moved.hold_detail}" if moved.hold_detail else ""
    return (
        f"This step is in the archive since {moved.archived_at:%Y-%m-%d}. The archive keeps how it ended ({moved.state}.{said}) "
        "and what was tried, but not what went over the wire, so it cannot be played again. Take a newer one that failed alike."
    )


def _plugin(step: StepRun) -> Plugin:
    from hub.addons import installed

    claim = installed.registry().claim(step.action_type)
    if claim is None:
        raise Stop(f"No installed plugin claims {step.action_type}. Install the one that does, then try again.")
    return claim.plugin


def _tries(step: StepRun) -> Tries:
    """What was kept, with everything out of it that has become known as a secret since."""
    from hub.addons import connections
    from hub.dispatch import story
    from hub.engine import traces
    from hub.plans import secrets

    connections.know_secrets(step.account_id, step.addon)
    secrets.know(step)
    tries = traces.of(step.pk)
    if tries:
        return [story.scrubbed(one) for one in tries]
    if step.state == "done":
        raise Stop("This step is done. Only steps that came to grief are kept.")
    days = traces.KEPT.days
    raise Stop(
        f"Nothing is kept of this step: it never came to the plugin, did so more than {days} days ago, or was one of very "
        f"many that failed alike; then take another of them. It says: {step.hold_detail or step.get_state_display()}"
    )


def _proved(plugin: Plugin, tries: Tries, *, keep_contact: bool) -> str:
    """The file's text, once it is seen that it comes to the same end here."""
    from hub.db import clock
    from hub.testing import capsule, capsule_file

    told = tries if keep_contact else capsule.with_a_stand_in(tries)
    try:
        text = capsule_file.source(plugin, told, f"{clock.now():%Y-%m-%d}")
        different = _difference(plugin, capsule.Capsule(capsule_file.story_text(told)))
    except LookupError as trouble:
        raise Stop(f"{trouble}, so no file could bring it along.") from None
    if not different:
        return text
    first = "Played again, this step does not end as it did, so no file is written."
    raise Stop("\n".join([first, *_hints(keep_contact), different]))


def _hints(keep_contact: bool) -> Iterator[str]:
    """What most often lies behind it, the likeliest first."""
    yield (
        "The plugin's code may have changed since the step ran: make the capsule before you mend. Put the code back as it was "
        "then, and try again."
    )
    if not keep_contact:
        yield "If the code is the same, it may depend on the contact's own data: try again with --keep-contact."


def _difference(plugin: Plugin, made: Any) -> str:
    """In what the end of now differs from the end of then; empty when in nothing."""
    from hub.testing import capsule_file
    from hub.testing.playing import Unplayed

    try:
        end = made.replay(capsule_file.imported(plugin))
    except Unplayed as trouble:
        return _in_short(str(trouble))
    return "" if end == made.end else f"Then: {made.end.state}. {made.end.sentence} Now: {end.state}. {end.sentence}"


def _in_short(told: str) -> str:
    """Which call it is about, and the lines that differ: no whole request."""
    lines = told.splitlines()
    words = list(takewhile(lambda line: not line.startswith(("{", "---")), lines))
    changed = [
        line for line in lines[len(words) :] if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]
    more = [f"(and {len(changed) - MOST_LINES} more lines)"] if len(changed) > MOST_LINES else []
    return "\n".join([*words, *changed[:MOST_LINES], *more])
