"""The servers that the contenders share, and a fresh database for each turn."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from psycopg import sql

from bench import meter, world
from tests.support.postgres import Postgres
from tests.support.valkey import Valkey

TURN_SECONDS = 600.0
PEERS = Path(__file__).parents[1] / "build" / "peers" / "bin" / "python"
"""The peers' own environment; ``tools/peers`` makes it."""

TEMPLATE = "bench_template"


class Failed(Exception):
    """A contender that did not do its work; what it said last."""


class Arena:
    """PostgreSQL (durable, as in production), a Redis-compatible server, and the vendor. Use it as a context."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="hub-bench-"))
        self._postgres, self._valkey = Postgres(durable=True), Valkey()
        self._turns = 0
        self._keys = {
            "HUB_SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "HUB_SECRET_KEY": secrets.token_urlsafe(50),
        }

    def turn(self, contender: str, units: int, *, database: str, redis: bool) -> dict[str, Any]:
        """One turn on an empty, migrated database; returns its line. Raises :class:`Failed`."""
        self._valkey.wipe()
        environment = self._environment(self._fresh(database), redis=redis)
        python = str(PEERS) if contender.startswith("peers.") else sys.executable
        command = [python, "-m", "bench.turn", contender, str(units)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=TURN_SECONDS, check=False
        )
        if done.returncode:
            raise Failed(f"{contender} failed:\n{done.stderr[-4_000:]}")
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def _fresh(self, database: str) -> str:
        self._turns += 1
        if database == "sqlite":
            file = self._home / f"turn{self._turns}.sqlite3"
            shutil.copy(self._home / "template.sqlite3", file)
            return f"sqlite:///{file}"
        name = f"turn{self._turns}"
        with self._postgres.connect() as session:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            session.execute(make.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        return self._postgres.url(name)

    def _environment(self, database_url: str, *, redis: bool) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DJANGO_"))}
        return {
            **kept, **self._keys, "HUB_HOME": str(self._home), "HUB_DATABASE_URL": database_url,
            "HUB_REDIS_URL": self._valkey.url if redis else "", "HUB_LOG_LEVEL": "error", world.VENDOR: self._url,
            meter.STORES: f"{self._postgres.pid},{self._valkey.pid}",
        }  # fmt: skip

    def _migrate(self, database_url: str) -> None:
        command = [sys.executable, "-m", "hub.cli.main", "migrate"]
        subprocess.run(command, env=self._environment(database_url, redis=False), check=True, stdout=subprocess.DEVNULL)

    def __enter__(self) -> Arena:
        self._postgres.create()
        self._valkey.create()
        command = [sys.executable, "-m", "bench.vendor"]
        self._vendor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._vendor.stdout is not None
        self._url = self._vendor.stdout.readline().strip()
        self._migrate(self._postgres.create_database(TEMPLATE))
        self._migrate(f"sqlite:///{self._home / 'template.sqlite3'}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._vendor.terminate()
        self._vendor.wait()
        self._postgres.discard()
        self._valkey.discard()
        shutil.rmtree(self._home, ignore_errors=True)
