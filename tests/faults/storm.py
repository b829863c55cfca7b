"""A storm: a hub of real processes at work while everything around it fails, at moments drawn from a seed.

::

    with embedded(folder, size, seed) as storm:
        storm.rage(random.Random(seed), print)
        storm.come_to_rest(print)
        assert storm.faults() == []

Everything that matters is in ``storm.history`` (:mod:`tests.faults.history`), which can be judged again at any later time.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from tests.cli import program
from tests.faults import company, history, processes, scribe, sequence, telling, verdict
from tests.faults.clockwork import Clockwork
from tests.faults.history import History
from tests.faults.patience import at_last
from tests.faults.pausing import Pausing
from tests.faults.processes import Parts
from tests.faults.unruly import UnrulyVendor
from tests.faults.weather import Weather
from tests.journeys.books import Books
from tests.support import homes
from tests.support.faultyproxy import FaultyProxy
from tests.support.postgres import Postgres
from tests.support.valkey import Valkey

LOOK_SECONDS = 0.1
RIGHT_NOW = 0.5
DUE_SECONDS = 1.0
"""How often, while the hub comes to rest, it is written down what is due."""

LOST_COMMITS = 4
"""How many commits are made of which their makers do not hear. A part that is starting ends at the first, and starts again."""

TELL_SECONDS = 20.0
"""How often a long storm says how far it is."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Size:
    """How much there is to do, and how bad it gets.

    Attributes:
        plans: in each of the two branches, each of four steps; contacts: on each plan.
        minutes: by which each next plan begins later, on the hub's clock.
        troubles: kind → how often.
        longest_stop: seconds for which a process is stopped, at most.
        limit: seconds after which no more trouble is made; a storm that made less than it was asked for has failed.
        every: kind → seconds between two of it, beside all else.
        workers: processes of the scaled-out hub.
        rest: the longest that the hub may need, once all is well again, until nothing moves. The clock jumps over what it
            waits for.
    """

    plans: int
    contacts: int
    minutes: int
    troubles: Mapping[str, int]
    longest_stop: float
    limit: float
    every: Mapping[str, float] = field(default_factory=dict)
    workers: int = 2
    rest: float = 240.0


class Storm:
    """One hub under trouble. ``embedded`` and ``scaled`` make one."""

    def __init__(
        self, parts: Parts, clock: Clockwork, books: Books, vendor: UnrulyVendor, size: Size, history: History
    ) -> None:
        self._parts, self._clock, self._books, self._vendor, self._size = parts, clock, books, vendor, size
        self.doing: dict[str, Callable[[], object]] = {}
        self.history = history
        self.made: Counter[str] = Counter()
        self._began, self._told, self._looked = time.monotonic(), time.monotonic(), 0.0
        self.weather = Weather({})
        self._enough = threading.Event()

    def enough(self) -> None:
        """Make no more trouble than there was: come to rest, and be judged. Such a storm has made less than it was asked for."""
        self._enough.set()

    @contextmanager
    def knowing(self, doing: Mapping[str, Callable[[], object]]) -> Iterator[Storm]:
        """Say what the kinds of trouble do; some come by the clock."""
        self.doing |= doing
        with Weather({kind: (doing[kind], seconds) for kind, seconds in self._size.every.items()}) as self.weather:
            yield self

    def rage(self, chance: random.Random, say: Say) -> None:
        """Make all the trouble that the size asks for, in an order drawn by chance, or as much as its time allows."""
        coming = [kind for kind, number in self._size.troubles.items() for _ in range(number)]
        chance.shuffle(coming)
        end = self._began + self._size.limit
        with self.weather.blowing() as weather:
            for number, kind in enumerate(coming, 1):
                if time.monotonic() > end or self._enough.is_set():
                    break
                self.doing[kind]()
                self.made[kind] += 1
                weather.check()
                self._say(say, f"trouble {number} of {len(coming)}")
        self.made += weather.made

    def come_to_rest(self, say: Say) -> None:
        """All is well again: wait until nothing moves, with jumps over the time in which nothing is due."""
        self._vendor.calm_down()
        self._parts.be_ready()
        self.history.write("calm")
        end = time.monotonic() + self._size.rest
        while not self._at_rest():
            assert time.monotonic() < end, f"still at work: {self._books.states()}\n{self._parts.logs()}"
            self._parts.tend()
            self._look_who_waits()
            self._jump()
            self._say(say, "coming to rest")
            time.sleep(LOOK_SECONDS)
        self.history.write("rest")
        telling.tell(self._books, self.history)

    def _look_who_waits(self) -> None:
        """Write down what is due at this moment; the verdict sees what is due for too long."""
        if time.monotonic() - self._looked < DUE_SECONDS:
            return
        self._looked = time.monotonic()
        now = datetime.now(UTC) + timedelta(seconds=self._clock.offset)
        due = [telling.hex_of(id_) for id_, at in self._books.read(_WAITING) if (when := moment(at)) and when <= now]
        self.history.write("due", runs=due)

    def _at_rest(self) -> bool:
        """Nothing moves, and nothing is held: a pause that was lifted is not yet noticed."""
        return self._books.at_rest() and not self._books.states()["held"]

    def _say(self, say: Say, how_far: str) -> None:
        if time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        states = ", ".join(f"{number} {state}" for state, number in sorted(self._books.states().items()))
        say(f"  {self._told - self._began:5.0f} s: {how_far}; {states}; {len(self._vendor.effects)} effects")

    def _jump(self) -> None:
        """To the next moment at which something is due, when nothing is due or in hand now."""
        states = self._books.states()
        if states["claimed"] or states["calling"]:
            return
        moments = [moment(row[0]) for row in self._books.read(_NEXT)]
        ahead = min((m for m in moments if m), default=None)
        if ahead is None:
            return
        now = datetime.now(UTC) + timedelta(seconds=self._clock.offset)
        seconds = (ahead - now).total_seconds()
        if seconds > RIGHT_NOW:
            self._clock.jump(seconds)

    def lines(self) -> list[history.Line]:
        """What was written down so far, by everybody."""
        return list(history.read(self.history.file))

    def report(self) -> str:
        """The figures, in a few lines."""
        troubles = ", ".join(f"{number} × {kind}" for kind, number in sorted(self.made.items()))
        parts = ", ".join(f"{number} {what}" for what, number in sorted(self._parts.counts.items()))
        spent = time.monotonic() - self._began
        lines = self.lines()
        return "\n  ".join([
            verdict.read(lines).figures(), f"{troubles} ({parts}) in {spent:.0f} s, {len(self._vendor.requests)} calls",
            *sequence.figures(lines),
        ])  # fmt: skip

    def short(self) -> str:
        """By how much less trouble was made than was asked for; empty when none is missing."""
        missing = Counter(self._size.troubles) - self.made
        told = ", ".join(f"{number} × {kind}" for kind, number in sorted(missing.items()))
        return f"short by {told}: raise the limit of {self._size.limit:.0f} s" if told else ""

    def faults(self) -> list[str]:
        """The verdict."""
        return verdict.faults(verdict.read(self.lines()))


_WAITING = """
SELECT id, due_at FROM plans_steprun WHERE state = 'scheduled'
UNION ALL SELECT id, next_check_at FROM plans_steprun WHERE state = 'unknown'
"""

_NEXT = """
SELECT MIN(due_at) FROM plans_steprun WHERE state = 'scheduled'
UNION ALL SELECT MIN(next_check_at) FROM plans_steprun WHERE state = 'unknown'
UNION ALL SELECT MIN(next_at) FROM engine_breaker WHERE next_at IS NOT NULL
"""


def moment(value: object) -> datetime | None:
    """SQLite keeps times as text, in UTC."""
    if not isinstance(value, str):
        assert value is None or isinstance(value, datetime)
        return value
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@contextmanager
def embedded(folder: Path, size: Size, seed: int) -> Iterator[Storm]:
    """`hub up` on SQLite."""
    chance = random.Random(seed)
    url = f"sqlite:///{folder / 'home' / 'hub.sqlite3'}"
    with _storm(folder, size, seed, {"hub": "up --port 0"}, chance, HUB_DATABASE_URL=url) as (storm, parts):
        doing = {
            "kill": lambda: parts.kill("hub"),
            "stop": lambda: parts.stop_for("hub", chance.uniform(0.5, size.longest_stop)),
        }
        with storm.knowing(doing):
            yield storm


@contextmanager
def scaled(folder: Path, size: Size, seed: int) -> Iterator[Storm]:
    """Workers and a ticker, PostgreSQL over a line that may lose its answers, and Valkey; servers of their own."""
    chance = random.Random(seed)
    workers = [f"worker-{number}" for number in range(1, size.workers + 1)]
    places = {**dict.fromkeys(workers, "worker"), "ticker": "ticker"}
    with ExitStack() as servers:
        postgres, valkey = Postgres(durable=True), Valkey()
        for server in (postgres, valkey):
            servers.callback(server.discard)
            server.create()
        proxy = servers.enter_context(FaultyProxy(postgres.port))
        given = {
            "HUB_DATABASE_URL": postgres.create_database("storm").replace(str(postgres.port), str(proxy.port)),
            "HUB_REDIS_URL": valkey.url,
            "HUB_SECRET_KEYS": Fernet.generate_key().decode(),
            "HUB_SECRET_KEY": "a-storm-needs-a-long-secret-key-too-0123456789",
        }
        storm, parts = servers.enter_context(_storm(folder, size, seed, places, chance, **given))
        tell = storm.history.write
        doing: dict[str, Callable[[], object]] = {
            "kill": lambda: parts.kill(chance.choice(workers)),
            "kill ticker": lambda: parts.kill("ticker"),
            "stop": lambda: parts.stop_for(chance.choice(workers), chance.uniform(0.5, size.longest_stop)),
            "wipe valkey": lambda: (tell("wipe valkey"), at_last(valkey.wipe)),
            "kill valkey": lambda: _while_at_work(parts, lambda: tell("kill valkey"), valkey.kill, valkey.start),
            "cut sessions": lambda: _while_at_work(
                parts, lambda: tell("cut sessions"), lambda: at_last(lambda: _cut_sessions(postgres))
            ),
            "lose commits": lambda: _while_at_work(
                parts, lambda: tell("lose commits"), lambda: proxy.lose(b"COMMIT", LOST_COMMITS)
            ),
            "hold the line": lambda: _while_at_work(
                parts, lambda: tell("hold the line"), proxy.hold,
                lambda: time.sleep(chance.uniform(0.5, size.longest_stop)), proxy.go_on,
            ),
            "crash postgres": lambda: (tell("crash postgres"), postgres.crash(), postgres.start()),
        }  # fmt: skip
        yield servers.enter_context(storm.knowing(doing))


@contextmanager
def _storm(
    folder: Path, size: Size, seed: int, places: Mapping[str, str], chance: random.Random, **given: str
) -> Iterator[tuple[Storm, Parts]]:
    """The vendor, the clock, the company, and the hub's processes at work."""
    home, told = homes.of(folder / "home", given["HUB_DATABASE_URL"]), History(folder / "history.jsonl")
    told.write("storm", seed=seed, plans=size.plans, contacts=size.contacts, troubles=dict(size.troubles))
    with UnrulyVendor(seed, told) as vendor, Clockwork(folder / "clock") as clock:
        environment = program.environment(
            home, HUB_CLOCK_FILE=str(folder / "clock"), HUB_LOG_LEVEL="warning", HUB_VENDOR_URLS=f"classes={vendor.url}",
            HUB_EGRESS_ALLOWED=urlsplit(vendor.url).netloc, PYTHONPATH=_with_the_addon(folder), **given,
        ) | {scribe.FILE: str(told.file)}  # fmt: skip
        numbers = [str(number) for number in (size.plans, size.contacts, size.minutes)]
        processes.run(environment, company.__name__, *numbers)
        pausing = Pausing(given["HUB_DATABASE_URL"], told, chance)
        with Parts(folder / "logs", environment, places, chance, told) as parts:
            storm = Storm(parts, clock, Books(given["HUB_DATABASE_URL"]), vendor, size, told)
            storm.doing["pause"] = lambda: _while_at_work(parts, pausing.pause_and_unpause)
            storm.doing["lock"] = lambda: _while_at_work(parts, pausing.lock_and_unlock)
            yield storm, parts
    told.close()


def _with_the_addon(folder: Path) -> str:
    """A path on which the add-on of four classes lies as if it were installed, and the scribe before anything else."""
    package = folder / "installed" / "hub_four_classes-1.0.dist-info"
    package.mkdir(parents=True)
    package.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: hub-four-classes\nVersion: 1.0\n")
    package.joinpath("entry_points.txt").write_text("[hub.plugins]\nclasses = tests.support.fourclasses:addon\n")
    package.parent.joinpath("sitecustomize.py").write_text(scribe.CUSTOMIZE)
    return f"{package.parent}:{processes.ROOT}"


def _while_at_work(parts: Parts, *trouble: Callable[[], object]) -> None:
    parts.work()
    for act in trouble:
        act()


def _cut_sessions(postgres: Postgres) -> None:
    """End about half of the database's sessions, whoever's they are."""
    with postgres.connect("storm") as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5"
        )
