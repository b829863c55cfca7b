"""From one address to Django's database settings. Pure: no environment, and the only look at the disk is passed in.

SQLite: WAL, ``synchronous=FULL`` (with NORMAL a commit may vanish at power loss, and with it the note that a parcel left),
immediate transactions (two writers queue up instead of failing in mid-transaction), foreign keys on, five seconds of
patience. PostgreSQL: psycopg 3 with one persistent, health-checked connection a thread; threads are few and long-lived here,
so a pool would only add a queue before them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from hub.db import keepalive

BUSY_SECONDS = 15
CONNECTION_MAX_AGE_SECONDS = 600
POSTGRES_SCHEMES = ("postgres", "postgresql")
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-12288;"

# File systems on which SQLite's locks cannot be trusted. Names as in /proc/mounts.
NETWORK_FILE_SYSTEMS = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb3",
        "smbfs",
        "afs",
        "ncpfs",
        "9p",
        "glusterfs",
        "ceph",
        "lustre",
        "fuse.sshfs",
        "fuse.s3fs",
        "fuse.glusterfs",
        "fuse.rclone",
    ]
)


class BadDatabase(ValueError):
    """The database address cannot be used; the message is for the person who starts the hub."""


def database(url: str, mounts: str = "") -> dict[str, Any]:
    """Django's settings for ``sqlite:///path`` or ``postgres://user:password@host:port/name?sslmode=…``.

    ``mounts`` is the text of ``/proc/mounts`` where the system has one, for the network file system check.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(parts, mounts)
    if parts.scheme in POSTGRES_SCHEMES:
        return _postgres(parts)
    raise BadDatabase("HUB_DATABASE_URL must begin with sqlite:/// or postgres://.")


def of_file(path: Path) -> str:
    """The address of a SQLite file, whatever signs are in its path."""
    return f"sqlite:///{quote(str(path))}"


def _sqlite(parts: SplitResult, mounts: str) -> dict[str, Any]:
    if parts.netloc:
        raise BadDatabase("A SQLite address has three slashes before a relative path and four before an absolute one.")
    if parts.query or parts.fragment:
        raise BadDatabase(
            "In a SQLite address, a ? of the path is written as %3F and a # as %23; nothing follows the path."
        )
    path = Path(unquote(parts.path[1:]) or "hub.sqlite3").expanduser().absolute()
    kind = file_system(path, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise BadDatabase(
            f"The database file would lie on a network file system ({kind}), where SQLite's locks cannot be trusted. "
            "Choose a local folder with HUB_HOME, or use PostgreSQL."
        )
    options = {"timeout": BUSY_SECONDS, "transaction_mode": "IMMEDIATE", "init_command": SQLITE_PRAGMAS}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options, "CONN_MAX_AGE": None}


def _postgres(parts: SplitResult) -> dict[str, Any]:
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise BadDatabase("HUB_DATABASE_URL names no database: postgres://user:password@host:5432/NAME.")
    try:
        port = parts.port
    except ValueError:
        raise BadDatabase(
            "The port in HUB_DATABASE_URL is no number: postgres://user:password@host:5432/NAME."
        ) from None
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(port or ""),
        "OPTIONS": {"connect_timeout": 10, "application_name": "hub", **keepalive.CLIENT, **query},
        "CONN_MAX_AGE": CONNECTION_MAX_AGE_SECONDS,
        "CONN_HEALTH_CHECKS": True,
    }


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system that ``path`` lies on according to ``mounts``; empty when that cannot be told."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
