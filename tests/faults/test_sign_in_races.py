"""Many workers at the end of one token, again and again, at a vendor that ends the sign-in when a refresh token is used twice.

Real processes over the real database; `--faults=large` makes fifty workers of them and two hundred ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.oauth_server import Harbour, harbour_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
SMALL, LARGE = (4, 2, 10), (10, 5, 200)
"""Processes, threads of each, ends of a token."""


@pytest.fixture
def signed_in(database_url: str) -> Iterator[Harbour]:
    """Somebody signed in; the vendor's time is the real one, as the workers' is."""
    from datetime import UTC, datetime

    with harbour_world() as world:
        world.sign_ins.wall = lambda: datetime.now(UTC)
        world.clock.advance(seconds=(datetime.now(UTC) - world.clock.now()).total_seconds())
        world.sign_in()
        yield world


class Worker:
    """One process."""

    def __init__(self, world: Harbour, database_url: str, threads: int, **more: str) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.support.oauth_worker",
            str(world.connection.pk),
            f"http://{world.server.address}",
        ]
        environment = {**os.environ, "HUB_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT), **more}
        self.process = subprocess.Popen(
            [*command, str(threads)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def go(self) -> None:
        """Everybody in it wants a token, now."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def heard(self) -> Any:
        """What it says next; None when it died."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def workers(world: Harbour, database_url: str, processes: int, threads: int) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        made = []
        for _ in range(processes):
            made.append(Worker(world, database_url, threads))
            stack.callback(made[-1].close)
        for worker in made:
            assert worker.heard() == "ready"
        yield made


def end_the_token(world: Harbour) -> None:
    """Its time is over, for the vendor too."""
    from hub.addons.models import OAuthGrant

    world.sign_ins.end_tokens()
    OAuthGrant.objects.update(expires_at=world.grant.obtained_at - timedelta(seconds=1))


def test_each_end_of_a_token_is_one_renewal_whoever_comes(
    signed_in: Harbour, database_url: str, pytestconfig: pytest.Config
) -> None:
    processes, threads, ends = LARGE if pytestconfig.getoption("--faults") == "large" else SMALL

    with workers(signed_in, database_url, processes, threads) as pool:
        for end in range(1, ends + 1):
            end_the_token(signed_in)
            for worker in pool:
                worker.go()
            got = [token for worker in pool for token in worker.heard()]

            assert signed_in.sign_ins.renewed == end
            assert set(got) == {signed_in.sign_ins.given[-2]}  # the newest access token; the refresh token is the last
            assert not signed_in.sign_ins.refuses(got[0])

    assert signed_in.sign_ins.reused == 0
    assert signed_in.sign_ins.alive == 1
    assert signed_in.grant.version == ends + 1


def test_a_worker_killed_with_the_new_token_in_its_hand_is_told_of_within_a_minute(
    signed_in: Harbour, database_url: str
) -> None:
    """Between the vendor's answer and the commit: nobody will ever know that token, and nobody may guess."""
    from hub.addons.oauth import keeping
    from hub.dispatch.grant_moves import State
    from hub.notifications.models import Notification
    from tests.support.people import make_user

    make_user(signed_in.account, "admin")
    end_the_token(signed_in)
    dying = Worker(signed_in, database_url, 1, HUB_CRASH_POINT="token_given")
    assert dying.heard() == "ready"
    dying.go()
    assert dying.heard() is None
    dying.close()
    died, state = dying.process.returncode, signed_in.grant.state

    with workers(signed_in, database_url, 2, 2) as others:
        for worker in others:
            worker.go()
        time.sleep(1)
        renewed_meanwhile = signed_in.sign_ins.renewed
        for _ in range(6):
            signed_in.clock.advance(seconds=10)
            keeping.sweep()
        got = {token for worker in others for token in worker.heard()}

    assert (died, state) == (137, State.RENEWING)
    assert renewed_meanwhile == 1
    assert signed_in.grant.state == State.UNSURE
    assert signed_in.grant.tokens is not None
    assert all("An admin presses Test" in said for said in got)
    assert signed_in.sign_ins.reused == 0
    assert Notification.objects.filter(kind="addon.needs_sign_in").count() == 1
