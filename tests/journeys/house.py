"""A hub of real processes for a journey: the vendor, and the hub's own parts, in a folder of their own.

Every process has the same environment and its own log. The clock they share runs faster than the one on the wall, for the
vendor's rate is one gift a second and a lease lasts half a minute.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from hub.cli.demo.children import Child, Children
from hub.cli.demo.people import people, write_csv
from tests.cli import program
from tests.journeys.books import Books
from tests.support import homes

VENDOR, CLUB = "mailbox_power", "clubready"
VENDOR_SECONDS = 0.05
"""Between the vendor's deed and its answer: where a kill leaves the hub in doubt."""

FASTER = 8.0
"""The shared clock's speed."""


class House:
    """Everything that runs for one journey. Use it as a context.

    Args:
        folder: for data, ledger, logs.
        club: how many people the other vendor has, ClubReady; 0: it is not there.
        database_url, more: the environment of this way to run.
    """

    def __init__(self, folder: Path, database_url: str, *, club: int = 0, **more: str) -> None:
        self._club = club
        self.ledger, self._clock = folder / "gifts.jsonl", folder / "clock"
        home = homes.of(folder / "hub", database_url)
        given = {
            "HUB_DATABASE_URL": database_url,
            "HUB_CLOCK_FILE": str(self._clock),
            "HUB_LOG_LEVEL": "warning",
            **more,
        }
        self._children = Children(folder / "logs", program.environment(home, **given))
        self._folder, self.books = folder, Books(database_url)
        self._began, self._over = time.monotonic(), threading.Event()

    def start(self, part: str, *words: str) -> tuple[Child, str]:
        """Run a part of the hub (``up``, ``web``, ``worker``, ``ticker``); returns it with its first line."""
        return self._children.start(f"hub {part}", "hub.cli.main", part, *words)

    def kill(self, child: Child) -> None:
        """As a power cut would."""
        self._children.forget(child)
        child.kill()

    def found_company(self, contacts: int) -> dict[str, Any]:
        """Tables, the company, its plan, and an import of so many contacts under way."""
        file = self._folder / "contacts.csv"
        write_csv(file, people(contacts))
        self._run("hub.cli.main", "migrate")
        return dict(json.loads(self._run("tests.journeys.company", str(file)).splitlines()[-1]))

    def bring_the_club_in(self) -> None:
        """ClubReady is switched on where the company's people work, and an import of its people is under way."""
        self._run("tests.journeys.club")

    def see_that_all_live(self) -> None:
        """Nobody ended without being told to."""
        dead = self._children.dead()
        assert dead is None, f"the {dead.name} has ended by itself\n{dead.tail()}" if dead else ""

    def _run(self, module: str, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, *words], env=self._children.environment, capture_output=True, text=True,
            timeout=program.SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _start_vendors(self) -> None:
        urls = {VENDOR: self._start_vendor(VENDOR, self.ledger, "--delay", str(VENDOR_SECONDS))}
        if self._club:
            urls[CLUB] = self._start_vendor(CLUB, self._folder / "club.jsonl", "--crowd", str(self._club))
        self._children.environment |= {
            "HUB_VENDOR_URLS": ",".join(f"{name}={url}" for name, url in urls.items()),
            "HUB_EGRESS_ALLOWED": ",".join(urlsplit(url).netloc for url in urls.values()),
        }

    def _start_vendor(self, name: str, ledger: Path, *words: str) -> str:
        _, url = self._children.start(f"vendor {name}", "hub.cli.demo.vendor", name, "--ledger", str(ledger), *words)
        return url

    def _keep_time(self) -> None:
        while not self._over.wait(0.02):
            draft = self._clock.with_name(".clock")
            draft.write_text(f"{(time.monotonic() - self._began) * (FASTER - 1):.3f}")
            draft.replace(self._clock)

    def __enter__(self) -> House:
        self._clock.write_text("0")
        self._start_vendors()
        self._time = threading.Thread(target=self._keep_time, name="journey-clock", daemon=True)
        self._time.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._time.join()
        self._children.stop()
