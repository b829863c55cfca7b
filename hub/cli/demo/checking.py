"""`hub demo --check`: the proof without a browser, on fresh data, with real processes.

In order: a vendor and a web server with ledgers of their own; a hub; a CSV of contacts that the hub imports and puts on a plan of
four steps (webhook, note, a day's wait, a gift in the post); while calls are out the hub is killed as a power cut would, and
started again; a shared clock is moved so that nobody waits a day; and when nothing more is to come, the ledgers are held
against the hub's rows (:mod:`~hub.cli.demo.judging`).
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.demo.judging import Run, Verdict, judge
from hub.cli.demo.people import people, write_csv
from hub.cli.demo.world import World
from hub.cli.saying import count, say
from hub.cli.trouble import Stop

if TYPE_CHECKING:
    from hub.accounts.models import Account
    from hub.plans.models import Plan

STEPS = ("webhook", "note", "wait a day", "gift")
WEBHOOKS, GIFTS = "web server", "vendor"

DELAY = 0.1
"""Seconds between an outside's deed and its answer: where a kill leaves the hub in doubt."""

FASTER = 15.0
"""The shared clock runs so much faster while steps are due soon: the vendor's rate is one gift a second."""

SOON = 30.0
"""Seconds; when nothing is due that soon, the clock jumps to what comes next."""

LIMIT_SECONDS = 480.0
LOOK_SECONDS = 0.05


def run(contacts: int, kills: int, plants: Sequence[str], seed: int | None) -> int:
    """Do it all; 0 only if nothing was lost and nothing done twice."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    say(
        f"demo-check: {contacts} contacts, {len(STEPS)} steps each ({', '.join(STEPS)}), {count(kills, 'kill')}, seed {seed}"
    )
    with tempfile.TemporaryDirectory(prefix="hub-demo-") as folder:
        world = World(Path(folder), delay=DELAY, clock=True)
        with world.children:
            check = Check(world, contacts, random.Random(seed))
            check.begin()
            check.go_on(kills)
            verdict = check.verdict()
            if plants:
                say(f"demo-check: before anything is planted: {verdict.line}")
                for plant in plants:
                    check.falsify(plant)
                verdict = check.verdict()
    _tell(verdict)
    return 0 if verdict.good else 1


class Check:
    """One run, from the outside."""

    def __init__(self, world: World, contacts: int, chance: random.Random) -> None:
        self._world, self._contacts, self._chance = world, contacts, chance
        self._began = time.monotonic()
        self._ahead = 0.0
        self._looked = time.monotonic()

    def begin(self) -> None:
        """The world, the company, the plan, and the import that puts everybody on it."""
        world = self._world
        world.start_outside()
        world.move_clock(0.0)
        world.enter()
        account, plan = _company(world.catch_url)
        self._account, self._plan = account, plan
        world.start_hub()
        say(f"demo-check: the hub runs as process {world.hub.pid if world.hub else '?'}")
        file = world.home / "contacts.csv"
        write_csv(file, people(self._contacts))
        _import(account, plan, file)

    def go_on(self, kills: int) -> None:
        """Until nothing more is to come; on the way the hub is killed at moments nobody chose."""
        at = sorted(self._chance.uniform(0.05, 0.7) for _ in range(kills))
        while not self._over():
            if time.monotonic() - self._began > LIMIT_SECONDS:
                say(f"demo-check: not finished after {LIMIT_SECONDS:.0f} seconds; judged as it stands")
                return
            self._see_that_all_live()
            self._move_clock()
            if at and self._share() >= at[0] and self._calls_are_out():
                at.pop(0)
                self._kill()
            time.sleep(LOOK_SECONDS)
        if at:
            raise Stop("Nothing was killed: no call was out at the chosen moment. Run it again.")

    def falsify(self, how: str) -> None:
        """Plant a fault, to see that the judge finds it."""
        lines = self._world.webhooks.read_text().splitlines()
        effects = [n for n, line in enumerate(lines) if json.loads(line)["what"] == "effect"]
        first, last = effects[0], effects[-1]
        planted = [*lines, lines[last]] if how == "twice" else lines[:first] + lines[first + 1 :]
        self._world.webhooks.write_text("\n".join(planted) + "\n")
        say(f"demo-check: planted a fault in the web server's ledger: {how}")

    def verdict(self) -> Verdict:
        """Hold the ledgers against the rows."""
        from hub.cli.demo import catch
        from hub.plans.models import Enrollment, StepRun

        lines = catch.read(self._world.webhooks)
        webhooks = [line["body"]["contact"] for line in lines if line["what"] == "effect"]
        gifts = [line["body"]["email"] for line in catch.read(self._world.gifts)]
        requests = sum(line["what"] == "request" for line in lines)
        runs = [_run(*row) for row in _rows(StepRun)]
        _explain(requests, len(webhooks), len(gifts), runs)
        enrolled = list(Enrollment.objects.filter(plan=self._plan).values_list("pk", flat=True))
        verdict = judge(enrolled, len(STEPS), runs, {WEBHOOKS: webhooks, GIFTS: gifts})
        missing = self._contacts - len(enrolled)
        if missing:
            verdict.lost += missing * len(STEPS)
            verdict.faults.append(f"{missing} of {self._contacts} contacts never came onto the plan")
        return verdict

    # --- on the way ------------------------------------------------------------------------------------------------

    def _over(self) -> bool:
        from hub.imports.models import Import
        from hub.plans.models import StepRun

        if not Import.objects.filter(state=Import.State.DONE).exists():
            return self._import_failed()
        open_states = [StepRun.State.SCHEDULED, StepRun.State.CLAIMED, StepRun.State.CALLING, StepRun.State.UNKNOWN]
        return not StepRun.objects.filter(state__in=open_states).exists()

    def _import_failed(self) -> bool:
        from hub.imports.models import Import

        row = Import.objects.get()
        if row.state in (Import.State.FAILED, Import.State.CANCELLED):
            raise Stop(f"The import did not finish: {row.problem or row.state}.")
        return False

    def _share(self) -> float:
        """How much of everything has happened, by the count of closed steps."""
        from hub.plans.models import CLOSED, StepRun

        return StepRun.objects.filter(state__in=CLOSED).count() / (self._contacts * len(STEPS))

    def _calls_are_out(self) -> bool:
        from hub.plans.models import StepRun

        return StepRun.objects.filter(state=StepRun.State.CALLING).exists()

    def _kill(self) -> None:
        time.sleep(self._chance.uniform(0.0, DELAY))
        old = self._world.hub
        assert old is not None
        self._world.kill_hub()
        out = _in_states(("calling",)), _in_states(("claimed",))
        say(f"demo-check: killed process {old.pid} with {out[0]} calls out and {out[1]} steps in its hands")
        self._world.start_hub()
        self._looked = time.monotonic()
        say(f"demo-check: the hub runs again as process {self._world.hub.pid if self._world.hub else '?'}")

    def _see_that_all_live(self) -> None:
        dead = self._world.children.dead()
        if dead is not None:
            raise Stop(f"The {dead.name} has ended by itself.\n{dead.tail()}")

    def _move_clock(self) -> None:
        """Faster while something is due soon; a jump when nothing is."""
        passed, self._looked = time.monotonic() - self._looked, time.monotonic()
        wait = _until_next()
        if wait is None:
            return
        self._ahead += wait if wait > SOON else passed * (FASTER - 1)
        self._world.move_clock(self._ahead)


# --- making it -----------------------------------------------------------------------------------------------------


def _company(catch_url: str) -> tuple[Account, Plan]:
    from hub.cli.demo import company

    made = company.build("not-signed-in-anywhere-1")
    steps = [
        company.webhook(catch_url + "joined", "Tell the front desk"),
        company.step("steps.note", "Say who joined", {"text": "{{client.firstName}} joined."}),
        company.step("steps.wait", "A day to settle in", minutes=24 * 60),
        company.gift("Welcome gift"),
    ]
    return made.downtown, company.plan(made.downtown, "Welcome", "Checked from outside.", steps)


def _import(account: Account, plan: Plan, file: Path) -> None:
    """What the import screen does: upload, take the guessed columns, start; the hub's own workers read the pages."""
    from datetime import timedelta

    from django.db import transaction

    from hub.cli.demo.company import DEMO
    from hub.db import clock
    from hub.imports import changes
    from hub.imports.models import Import
    from hub.imports.options import Options

    with transaction.atomic():
        row = changes.receive(account, file.name, [file.read_bytes()], by=DEMO)
        changes.save_choices(account, row.pk, row.mapping["columns"], Options(plan_id=plan.pk), by=DEMO)
        changes.start(account, row.pk, by=DEMO)
        # We are not the process that has workers: the hub finds the first page as it finds any whose message was lost.
        Import.objects.filter(pk=row.pk).update(lease_until=clock.now() - timedelta(seconds=1))


# --- looking -------------------------------------------------------------------------------------------------------


def _until_next() -> float | None:
    """Seconds until the next step, look-up or end of a lease; None when there is none."""
    from hub.db import clock
    from hub.plans.models import StepRun

    now = clock.now()
    due = list(StepRun.objects.filter(state="scheduled").order_by("due_at").values_list("due_at", flat=True)[:1])
    due += list(
        StepRun.objects.filter(state="unknown").order_by("next_check_at").values_list("next_check_at", flat=True)[:1]
    )
    leases = StepRun.objects.filter(state__in=("claimed", "calling")).order_by("lease_until")
    due += list(leases.values_list("lease_until", flat=True)[:1])
    waits = [(moment - now).total_seconds() for moment in due if moment is not None]
    return max(0.0, min(waits)) if waits else None


def _in_states(states: tuple[str, ...]) -> int:
    from hub.plans.models import StepRun

    return StepRun.objects.filter(state__in=states).count()


def _rows(model: Any) -> list[tuple[int, int, str, int]]:
    return list(model.objects.order_by("pk").values_list("enrollment_id", "seq", "state", "contact_id"))


_emails: dict[int, str] = {}


def _run(enrollment: int, seq: int, state: str, contact: int) -> Run:
    from hub.contacts.models import Contact

    if not _emails:
        _emails.update(Contact.objects.values_list("pk", "email"))
    return Run(enrollment, seq, state, _emails.get(contact, ""), {0: WEBHOOKS, 3: GIFTS}.get(seq, ""))


# --- telling -------------------------------------------------------------------------------------------------------


def _explain(requests: int, webhooks: int, gifts: int, runs: list[Run]) -> None:
    say(
        f"demo-check: the web server's ledger: {requests:,} requests, {webhooks:,} acted on, "
        f"{requests - webhooks:,} recognised by their webhook-id"
    )
    say(f"demo-check: the vendor's ledger: {gifts:,} gifts")
    for step, name in enumerate(STEPS):
        states: dict[str, int] = {}
        for run in runs:
            if run.step == step:
                states[run.state] = states.get(run.state, 0) + 1
        say(
            f"demo-check: {name}: "
            + (", ".join(f"{number:,} {state}" for state, number in sorted(states.items())) or "none")
        )


def _tell(verdict: Verdict) -> None:
    for fault in verdict.faults[:20]:
        say(f"demo-check: WRONG: {fault}")
    if len(verdict.faults) > 20:
        say(f"demo-check: … and {len(verdict.faults) - 20} more")
    say(
        f"demo-check: {verdict.expected:,} steps expected = {verdict.done:,} done + {verdict.failed:,} failed + {verdict.held:,} "
        f"before a person + {verdict.behind:,} behind such a one + {verdict.lost:,} lost"
    )
    say(verdict.line)
