"""`hub demo`: a company that is at work when you look at it. Runs until Ctrl-C and stops everything it started."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from hub.cli.demo.world import World
from hub.cli.saying import say
from hub.cli.trouble import Stop

CONTACTS = 240
FIRST_ON_PLAN = 30
ASKED = 12
"""Who get an e-mail. Some answer."""

UNASKED = (9, 23)
"""Who of those on the first plan have no postal address: two refused gifts show how that looks, and all others arrive."""

ARRIVALS = 2
ARRIVAL_SECONDS = 6.0
"""Two new leads every few seconds, so that something happens on every page."""

MOST_ARRIVALS = 600
"""Then it is enough: a demo left running over night should not fill the disk."""

TRIES = 20
WORDS = (
    "amber",
    "basil",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "haven",
    "inlet",
    "jetty",
    "lemon",
    "maple",
    "noble",
    "ocean",
    "pearl",
    "quartz",
    "river",
    "stone",
)


def run(folder: Path, port: int, *, fresh: bool) -> int:
    """Show it."""
    from hub.process.stopping import Stop as Told

    told = Told()
    state, new = _state(folder, fresh)
    world = World(folder, delay=0.15)
    with world.children:
        _start(world, state, new, port)
        _save(folder, state)
        _greet(world, state, folder, new)
        _let_it_live(world, state, told)
        say("stopping: running calls finish first")
    say("stopped")
    return 0


def _state(folder: Path, fresh: bool) -> tuple[dict[str, Any], bool]:
    """What an earlier demo wrote down, or a new beginning."""
    from hub.process import alone

    page = folder / "demo.json"
    if alone.is_running(folder / "hub"):
        raise Stop(f"The demo in {folder} runs already. Use that one, or end it first with Ctrl-C where it runs.")
    if fresh and page.exists():
        shutil.rmtree(folder)
    if page.exists():
        return _written(page), False
    if folder.exists() and any(folder.iterdir()):
        if not (folder / ".unfinished").exists():
            raise Stop(f"{folder} is not empty and holds no demo. Choose another folder with --folder.")
        shutil.rmtree(folder)  # a demo that was stopped while it was being made
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    (folder / ".unfinished").touch()
    (folder / ".gitignore").write_text("*\n")
    return {"password": "-".join(secrets.choice(WORDS) for _ in range(3)) + f"-{secrets.randbelow(90) + 10}"}, True


def _written(page: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(page.read_text()))
    except ValueError:
        raise Stop(f"{page} cannot be read. Begin anew with: hub demo --fresh") from None


def _start(world: World, state: dict[str, Any], new: bool, port: int) -> None:
    from hub.process.serving import is_free

    if not new and not is_free(state["catch_port"]):
        raise Stop(
            f"Another program uses port {state['catch_port']}, at which this demo's webhooks arrive; perhaps the same demo runs "
            "already. Stop it, or begin anew with: hub demo --fresh"
        )
    world.start_outside(catch_port=0 if new else state["catch_port"])
    state["catch_port"] = int(world.catch_url.rstrip("/").rpartition(":")[2])
    world.start_club()
    world.start_mail()
    world.enter()
    if new:
        say("making the demo company …")
        _build(world, state)
    chosen = next((n for n in range(port, port + TRIES) if port == 0 or is_free(n)), 0)
    if chosen != port:
        say(f"port {port} is taken; using another")
    world.start_hub(chosen)


def _build(world: World, state: dict[str, Any]) -> None:
    """The company, its plans, and the first contacts at work."""
    from hub.cli.demo import club, company, letters
    from hub.cli.demo.people import people

    made = company.build(state["password"])
    club.prepare(made)
    asking = letters.prepare(made)
    welcome = company.plan(
        made.downtown, "Welcome to Northside", "Greets a new member: a note, a gift in the post, a word to the front desk.",
        [
            company.step("steps.note", "Say who joined", {"text": "{{client.firstName}} joined. Say hello at the next visit."}),
            company.step("steps.wait", "A minute to settle in", minutes=1),
            company.gift("Welcome gift"),
            company.webhook(world.catch_url + "front-desk", "Tell the front desk"),
            company.zap("Tell our Zap"),
            company.step("steps.add_tags", "Tag as welcomed", {"tags": ["welcomed"]}),
        ],
    )  # fmt: skip
    company.plan(
        made.downtown, "Birthday", "A card in the post. Still a draft: look it over and make it ready.",
        [company.gift("Birthday card", "Birthday card", minutes=60), company.step("steps.note", "Note it", {"text": "A card."})],
        ready=False,
    )  # fmt: skip
    ids = company.take_in(made.downtown, people(CONTACTS, seed=1, without_address=UNASKED))
    company.take_in(made.downtown, people(20, seed=2), assigned="sam")
    company.take_in(made.lakeview, people(60, seed=3, without_address=(4,)))
    state |= {"plan": welcome.pk, "downtown": made.downtown.pk, "arrived": 0}
    _enroll(welcome.pk, ids[:FIRST_ON_PLAN])
    _enroll(asking.pk, ids[FIRST_ON_PLAN : FIRST_ON_PLAN + ASKED])


def _enroll(plan_id: int, ids: list[int]) -> None:
    from django.db import transaction

    from hub.cli.demo.company import DEMO
    from hub.plans import enrollment
    from hub.plans.models import Plan

    with transaction.atomic():
        enrollment.enroll(Plan.objects.select_related("account").get(pk=plan_id), ids, by=DEMO)


def _save(folder: Path, state: dict[str, Any]) -> None:
    page = folder / "demo.json"
    descriptor = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(state, out, indent=2)
    (folder / ".unfinished").unlink(missing_ok=True)


def _greet(world: World, state: dict[str, Any], folder: Path, new: bool) -> None:
    from hub.cli.demo.company import PEOPLE

    if not new:
        say(f"reusing the demo in {folder}; begin anew with: hub demo --fresh")
    say("ready")
    say(f"  address   {world.hub_url}")
    for username, _, role, where in PEOPLE:
        say(f"  sign in   {username:<8} {state['password']:<22} {role}, {where}")
    say(f"  vendors   {world.vendor_url} plays Mailbox Power, {world.club_url} ClubReady,")
    say(f"            {world.mail_url} Gmail; nothing leaves this machine")
    say(f"  webhooks  and what is meant for Zapier arrive at {world.catch_url}; look at it in the browser")
    say(
        "Every few seconds two people join Northside Downtown and start on the plan “Welcome to Northside”. Ctrl-C ends it all."
    )


def _let_it_live(world: World, state: dict[str, Any], told: Any) -> None:
    """New people arrive until somebody says stop."""
    from hub.accounts import reads
    from hub.cli.demo import company
    from hub.cli.demo.people import people

    downtown = reads.get(state["downtown"])
    arriving = people(MOST_ARRIVALS, seed=secrets.randbelow(9_000) + 1_000)
    while not told.wait(ARRIVAL_SECONDS):
        dead = world.children.dead()
        if dead is not None:
            raise Stop(f"The {dead.name} has ended by itself.\n{dead.tail()}")
        _enroll(state["plan"], company.take_in(downtown, itertools.islice(arriving, ARRIVALS)))
