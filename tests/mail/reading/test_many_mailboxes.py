"""Many mailboxes that wait, each with a person of its own at a real Dovecot: what they cost, and how soon an answer is told.

``--faults=large`` reads two hundred in one process, and says the figures in ``var/faults/mailboxes.jsonl``; they are in
``docs/decisions/reading-mail.md``.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from hub_smtp_custom import addon

from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.dispatch.post.office import READERS
from hub.mail.models import IncomingMail, Mailbox, SentMail
from tests.engine.world import CARD, World, make_world
from tests.mail.conftest import Lab
from tests.mail.reading.letters import raw
from tests.support.mail_dovecot import PASSWORD, certificate
from tests.support.people import make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Figure:
    """How much is asked for.

    Attributes:
        still: seconds in which nothing happens, and the processor's time is taken.
        every: seconds between two answers.
    """

    mailboxes: int
    answers: int
    still: float
    every: float


SMALL, LARGE = Figure(5, 6, 1.0, 0.2), Figure(200, 200, 30.0, 0.4)

LATE = 90.0
"""Seconds by which the last answer must be told, on a machine that has other work."""

MOST_SESSIONS = 4
"""Connections to the database that a process holds whose mailboxes all wait."""

P95 = 5.0
"""Seconds within which nineteen of twenty answers are told: what was promised."""


class Reader:
    """The process that reads."""

    def __init__(self, lab: Lab, database_url: str) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.support.reading_worker",
            str(certificate().cert),
            str(lab.dovecot.imaps),
        ]
        environment = {**os.environ, "HUB_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.empty = self.heard()

    def asked(self) -> dict[str, Any]:
        """What it has used."""
        assert self.process.stdin is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return self.heard()

    def heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def ends(self) -> dict[str, Any]:
        """Stop in order."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.heard()


@contextmanager
def reader(lab: Lab, database_url: str) -> Iterator[Reader]:
    made = Reader(lab, database_url)
    try:
        yield made
    finally:
        if made.process.stdin and not made.process.stdin.closed:
            made.process.stdin.close()
        made.process.wait(60)
        assert made.process.stdout is not None
        made.process.stdout.close()


def address(number: int) -> str:
    return f"box{number}@crm.test"


def mailboxes(world: World, lab: Lab, number: int) -> list[Mailbox]:
    """Each of a person of its own, with a mail of ours that waits for an answer."""
    users = lab.dovecot.home / "users"
    users.write_text(users.read_text() + "".join(f"{address(n)}:{{PLAIN}}{PASSWORD}::::::\n" for n in range(number)))
    world.clock.advance(seconds=(datetime.now(UTC) - world.clock.now()).total_seconds())
    with transaction.atomic():
        addons.make_available(world.account, "smtp_custom", by=SYSTEM)
        return [mailbox(world, lab, n) for n in range(number)]


def mailbox(world: World, lab: Lab, number: int) -> Mailbox:
    user = make_user(world.account, username=f"person{number}")
    addons.enable(world.account, "smtp_custom", by=SYSTEM, user=user.pk)
    settings = lab.settings(address=address(number))
    addons.save_settings(world.account, "smtp_custom", settings, by=SYSTEM, user=user.pk)
    made = Mailbox.objects.create(
        account=world.account, user=user, mailer="smtp_custom.mail", address=address(number), enabled=True, read_mail=True,
        connection=Connection.objects.get(account=world.account, addon="smtp_custom", user=user), changed_at=world.clock.now(),
    )  # fmt: skip
    (contact,) = world.contacts(1, email=f"c{number}@y.test", email_key=f"c{number}@y.test")
    SentMail.objects.create(
        account=world.account, mailbox=made, contact_id=contact.pk, message_id=f"<ours-{number}@crm.test>",
        to=f"c{number}@y.test", subject="Welcome", sent_at=world.clock.now() - timedelta(days=1),
    )  # fmt: skip
    return made


class Watch:
    """When each answer was first seen in the database."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        from django.db import connections

        while not self._over.wait(0.02):
            for id_ in IncomingMail.objects.exclude(message_id__in=self.seen).values_list("message_id", flat=True):
                self.seen.setdefault(id_, time.monotonic())
        connections.close_all()

    def close(self) -> None:
        self._over.set()
        self._thread.join(10)


def answered(lab: Lab, figure: Figure) -> list[float]:
    """Seconds from an answer's delivery to the moment in which it is in the database, for each."""
    draw, watch, begun = random.Random(7), Watch(), dict[str, float]()
    try:
        for number in range(figure.answers):
            box = draw.randrange(figure.mailboxes)
            id_ = f"<answer-{number}@y.test>"
            content = raw("Yes.", sender=f"c{box}@y.test", id_=id_, In_Reply_To=f"<ours-{box}@crm.test>")
            begun[id_] = time.monotonic()
            lab.dovecot.deliver(address(box), content)
            threading.Event().wait(figure.every)
        end = time.monotonic() + LATE
        while len(watch.seen) < figure.answers:
            assert time.monotonic() < end, f"{figure.answers - len(watch.seen)} answers are not there"
            threading.Event().wait(0.05)
    finally:
        watch.close()
    return sorted(watch.seen[id_] - begun[id_] for id_ in begun)


def sessions_of(pid: int, database_url: str) -> int:
    """Connections to PostgreSQL that a process holds. (SQLite has no number of them that is too many.)"""
    if database_url.startswith("sqlite"):
        return 0
    inodes = {
        os.readlink(one)[8:-1] for one in Path(f"/proc/{pid}/fd").iterdir() if os.readlink(one).startswith("socket:")
    }
    port = f"{urlsplit(database_url).port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[9] in inodes and line[2].endswith(":" + port) for line in lines)


def fewest_sessions_of(pid: int, database_url: str) -> int:
    """While everybody waits. On a machine that has other work somebody may be late."""
    end = time.monotonic() + LATE
    while (found := sessions_of(pid, database_url)) > MOST_SESSIONS and time.monotonic() < end:
        threading.Event().wait(0.2)
    return found


def part(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))]


def test_many_mailboxes_wait_for_little_and_an_answer_is_told_within_five_seconds(
    lab: Lab, database_url: str, pytestconfig: pytest.Config
) -> None:
    figure = LARGE if pytestconfig.getoption("--faults") == "large" else SMALL
    with make_world([CARD], more_addons=[addon]) as world:
        mailboxes(world, lab, figure.mailboxes)
        with reader(lab, database_url) as process:
            begun = time.monotonic()
            while process.asked()["well"] < figure.mailboxes:
                assert time.monotonic() - begun < 120, process.asked()
                threading.Event().wait(0.2)
            open_after = time.monotonic() - begun
            threading.Event().wait(2.0)  # the last ones begin to wait
            before = process.asked()
            threading.Event().wait(figure.still)
            after, sessions = process.asked(), fewest_sessions_of(process.process.pid, database_url)
            times = answered(lab, figure)
            busy = process.asked()
            ended = process.ends()

    figures = {
        "mailboxes": figure.mailboxes, "database": pytestconfig.getoption("--database"), "open after": round(open_after, 1),
        "mib before": round(process.empty["mib"]), "mib idle": round(after["mib"]), "mib busy": round(busy["mib"]),
        "threads before": process.empty["threads"], "threads idle": after["threads"],
        "cpu idle": round((after["cpu"] - before["cpu"]) / figure.still, 4), "answers": len(times),
        "p50": round(part(times, 0.5), 2), "p95": round(part(times, 0.95), 2), "most": round(times[-1], 2),
        "stopped in": round(ended["seconds"], 2), "load": os.getloadavg()[0],
    }  # fmt: skip
    if figure is LARGE:
        kept = ROOT / "var" / "faults"
        kept.mkdir(parents=True, exist_ok=True)
        with (kept / "mailboxes.jsonl").open("a") as file:
            file.write(json.dumps(figures) + "\n")
        assert part(times, 0.95) <= P95, figures
    assert sessions <= MOST_SESSIONS, f"{sessions} connections to the database, while everybody waits"
    assert after["threads"] - process.empty["threads"] <= 2 * figure.mailboxes + READERS + 10, figures
    assert after["mib"] - process.empty["mib"] <= 60 + figure.mailboxes / 2, figures
    assert ended["stopped"], figures
