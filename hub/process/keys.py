"""The embedded hub's key file: a new key in front, old ones away. The hub must not run, for it reads its keys once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

from hub.db import sealing
from hub.process import alone
from hub.process.start import Refusal


def path() -> Path:
    """Of the key file."""
    return Path(settings.HUB_HOME) / "sealing.key"


def see_that_they_are_ours() -> None:
    """The keys come from our own file, and nobody is using them.

    Raises:
        Refusal: they come from the environment, or a hub runs.
    """
    see_that_they_are_in_the_file()
    if alone.is_running(settings.HUB_HOME):
        raise Refusal("The hub is running and would not know the new key. Stop it first.")


def see_that_they_are_in_the_file() -> None:
    """The keys come from our own file.

    Raises:
        Refusal: they come from the environment.
    """
    in_file = path().read_text().split() if path().exists() else []
    if tuple(in_file) != tuple(settings.HUB_SECRET_KEYS):
        raise Refusal(
            "The keys come from HUB_SECRET_KEYS, so they are changed there: the new key first, the old ones behind it."
        )


def add() -> str:
    """Put a new key in front and use it from now on; returns its id."""
    fresh = Fernet.generate_key().decode()
    write([fresh, *settings.HUB_SECRET_KEYS])
    return sealing.key_id(fresh)


def drop_old() -> int:
    """Forget all but the current key; says how many went."""
    gone = len(settings.HUB_SECRET_KEYS) - 1
    write(settings.HUB_SECRET_KEYS[:1])
    return gone


def write(keys: Sequence[str]) -> None:
    """Replace the file in one step, so that no crash leaves half of it, and use these keys from now on."""
    file = path()
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write("\n".join(keys) + "\n")
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, file)
    settings.HUB_SECRET_KEYS = tuple(keys)
