"""Many workers at the end of one token, again and again, at a vendor that ends the sign-in when a refresh token is used twice.

Real processes over the real database; `--faults=large` makes fifty workers of them and two hundred ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.testing.authorization import AuthorizationServer, Family
from tests.support.oauth_server import harbour_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
SMALL, LARGE = (4, 2, 10), (10, 5, 200)
"""Processes, threads of each, ends of a token."""


@dataclass(frozen=True)
class Party:
    """Somebody signed in, and the vendor at which they did.

    Attributes:
        module: of the add-on, for the workers.
        origin: where the vendor is to be found.
        environment: what the workers are told besides.
    """

    sign_ins: AuthorizationServer
    connection: Any
    clock: Any
    origin: str
    module: str
    environment: Mapping[str, str]

    @property
    def grant(self) -> Any:
        from hub.addons.models import OAuthGrant

        return OAuthGrant.objects.get(connection=self.connection)

    @property
    def newest(self) -> str:
        """The access token that was given last."""
        return [token for token in self.sign_ins.given if token.startswith("canary-access")][-1]

    def end_the_token(self) -> None:
        """Its time is over, for the vendor too."""
        from hub.addons.models import OAuthGrant

        self.sign_ins.end_tokens()
        OAuthGrant.objects.update(expires_at=self.grant.obtained_at - timedelta(seconds=1))


@contextmanager
def of_an_account() -> Iterator[Party]:
    """An account's connection, at a vendor that ends the sign-in when a refresh token is used twice."""
    with harbour_world() as world:
        by_the_wall(world.sign_ins, world.clock)
        world.sign_in()
        origin = f"http://{world.server.address}"
        yield Party(world.sign_ins, world.connection, world.clock, origin, "tests.support.harbour", {})


@contextmanager
def of_a_mailbox() -> Iterator[Party]:
    """A person's own connection, for their mail at Microsoft; somebody else's of the same add-on stands beside it."""
    from django.db import transaction

    from hub.addons import changes as addons
    from hub.addons.models import Connection
    from hub.addons.oauth import changes
    from hub.audit.actor import SYSTEM
    from hub.core.auth import OAuth2
    from hub.dispatch.grants import Tokens
    from tests.support.microsoft import ADDRESS, APP, microsoft_world
    from tests.support.people import make_user

    with microsoft_world() as world:
        by_the_wall(world.entra, world.clock)
        auth, ada, now = world.microsoft.info.auth, make_user(world.account, "standard", "ada"), world.clock.now()
        assert isinstance(auth, OAuth2)
        given = world.entra._tokens(Family(tuple(auth.scopes), APP[0], who=ADDRESS))
        tokens = Tokens(
            given["access_token"], given["refresh_token"], now, now + timedelta(hours=1), tuple(auth.scopes)
        )
        with transaction.atomic():
            addons.enable(world.account, "outlook", by=SYSTEM, user=ada.pk)
            addons.save_settings(world.account, "outlook", {"address": ADDRESS}, by=SYSTEM, user=ada.pk)
            connection = Connection.objects.get(account=world.account, addon="outlook", user=ada)
            changes.sign_in(connection, tokens, by=SYSTEM, account_name=ADDRESS)
        parts = urlsplit(world.outside.sign_in_url(world.microsoft.info, auth.token_url))
        app = {"HUB_OAUTH_CLIENTS": f"outlook={APP[0]}:{APP[1]}"}
        yield Party(world.entra, connection, world.clock, f"{parts.scheme}://{parts.netloc}", "hub_outlook", app)


def by_the_wall(sign_ins: AuthorizationServer, clock: Any) -> None:
    """The vendor's time is the real one, as the workers' is."""
    sign_ins.wall = lambda: datetime.now(UTC)
    clock.advance(seconds=(datetime.now(UTC) - clock.now()).total_seconds())


WHOSE: Mapping[str, Callable[[], AbstractContextManager[Party]]] = {"account": of_an_account, "mailbox": of_a_mailbox}


@pytest.fixture
def signed_in() -> Iterator[Party]:
    with of_an_account() as party:
        yield party


class Worker:
    """One process."""

    def __init__(self, party: Party, database_url: str, threads: int, **more: str) -> None:
        command = [sys.executable, "-m", "tests.support.oauth_worker", str(party.connection.pk), party.origin]
        environment = {
            **os.environ, "HUB_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT), **party.environment, **more,
        }  # fmt: skip
        self.process = subprocess.Popen(
            [*command, str(threads), party.module],
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
        self.process.wait(120)  # it goes at once, if it is given a processor
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def workers(party: Party, database_url: str, processes: int, threads: int) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        made = []
        for _ in range(processes):
            made.append(Worker(party, database_url, threads))
            stack.callback(made[-1].close)
        for worker in made:
            assert worker.heard() == "ready"
        yield made


@pytest.mark.parametrize("whose", sorted(WHOSE))
def test_emailengine_each_end_of_a_token_is_one_renewal_whoever_comes_and_no_rotated_token_is_lost(
    whose: str, database_url: str, pytestconfig: pytest.Config
) -> None:
    processes, threads, ends = LARGE if pytestconfig.getoption("--faults") == "large" else SMALL

    with WHOSE[whose]() as party, workers(party, database_url, processes, threads) as pool:
        for end in range(1, ends + 1):
            party.end_the_token()
            for worker in pool:
                worker.go()
            got = [token for worker in pool for token in worker.heard()]

            assert len(got) == processes * threads
            assert party.sign_ins.renewed == end
            assert set(got) == {party.newest}
            assert not party.sign_ins.refuses(got[0])

        assert (party.sign_ins.reused, party.sign_ins.alive) == (0, 1)
        assert (party.grant.version, party.grant.state) == (ends + 1, "good")


def test_a_worker_killed_with_the_new_token_in_its_hand_is_told_of_within_a_minute(
    signed_in: Party, database_url: str
) -> None:
    """Between the vendor's answer and the commit: nobody will ever know that token, and nobody may guess."""
    from hub.addons.oauth import keeping
    from hub.dispatch.grant_moves import State
    from hub.notifications.models import Notification
    from tests.support.people import make_user

    make_user(signed_in.connection.account, "admin")
    signed_in.end_the_token()
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
