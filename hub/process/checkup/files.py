"""The data folder, the keys in it, the disk under it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from hub.db import database_url, sealing
from hub.process.checkup.finding import Finding, bad, ok, warn

KEY_FILES = {
    "sealing.key": "A backup holds it only when it is made with --keys.",
    "signing.key": "No backup holds it; with another one, everybody signs in again.",
}
SCARCE, TOO_SCARCE = 1024**3, 100 * 1024**2
"""Bytes free: below the first it is time to act; below the second a write may fail any moment."""


def folder() -> Iterator[Finding]:
    """Ours, and nobody else's to read."""
    home = Path(settings.HUB_HOME)
    if not home.is_dir():
        yield warn("data folder", f"{home} does not exist yet.", "it is made at the first start.")
        return
    if not os.access(home, os.W_OK):
        yield bad("data folder", f"{home} cannot be written to.", "give it to the user that runs the hub.")
    elif mode(home) & 0o077:
        yield warn("data folder", f"{home} can be read by others ({mode(home):o}).", f"chmod 700 {home}")
    else:
        yield ok("data folder", f"{home}.")


def disk() -> Iterator[Finding]:
    """Room, and a file system whose locks can be trusted."""
    place = _place()
    free = shutil.disk_usage(place).free
    words = f"{free / 1024**3:.1f} GB free under {place}."
    if free < TOO_SCARCE:
        yield bad("disk", words, "free some: without room no intent can be written, and no step is carried out.")
    elif free < SCARCE:
        yield warn("disk", words, "free some before it runs out.")
    else:
        yield ok("disk", words)
    kind = database_url.file_system(place, mounts())
    if settings.HUB_EMBEDDED and kind in database_url.NETWORK_FILE_SYSTEMS:
        yield bad(
            "file system", f"{place} lies on {kind}, where locks cannot be trusted.", "move HUB_HOME to a local disk."
        )
    elif settings.HUB_EMBEDDED:
        yield ok("file system", f"{kind or 'unknown kind'}, local as far as can be told.")


def keys() -> Iterator[Finding]:
    """There, working, and readable by their owner only."""
    opened = sealing.open(sealing.seal("doctor", ["doctor"]), ["doctor"])
    number = len(settings.HUB_SECRET_KEYS)
    if opened == "doctor":
        more = f", and {number - 1} older" if number > 1 else ""
        yield ok("keys", f"the current key {sealing.key_id(settings.HUB_SECRET_KEYS[0])} seals and opens{more}.")
    for name, kept in KEY_FILES.items():
        path = Path(settings.HUB_HOME) / name
        if path.exists() and mode(path) & 0o077:
            yield bad("key file", f"{path} can be read by others ({mode(path):o}).", f"chmod 600 {path}")
        elif path.exists():
            yield ok("key file", f"{path}, readable by its owner only. {kept}")


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def mounts() -> str:
    """The system's table of file systems; empty where there is none."""
    try:
        return Path("/proc/mounts").read_text()
    except OSError:
        return ""


def _place() -> Path:
    """The nearest folder that exists, of the database where it is a file."""
    place = Path(settings.DATABASES["default"]["NAME"]).parent if settings.HUB_EMBEDDED else Path(settings.HUB_HOME)
    while not place.exists():
        place = place.parent
    return place
