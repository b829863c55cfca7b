"""Where keys come from: the environment, or files in ``HUB_HOME`` that are made once and readable by their owner only.

A key file is written under another name and linked into place, so that two processes that start together agree on one key.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from hub.db.room import is_full

SHORTEST_SECRET = 32  # characters of Django's own secret; 43 base64 characters carry 256 bits


class BadKey(ValueError):
    """A key is missing, too short, or not a key; the message is for the person who starts the hub."""


def sealing_keys(given: str, file: Path | None) -> tuple[str, ...]:
    """The keys of the sealed columns, the current one first: from a comma list, else from the file (made when missing)."""
    if not given.strip():
        if file is None:
            raise BadKey(
                "HUB_SECRET_KEYS is not set. Every process of a scaled-out hub needs the same keys. "
                'Make one with: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
            )
        given = read_or_make(file, Fernet.generate_key().decode())
    keys = tuple(key.strip() for key in given.replace("\n", ",").split(",") if key.strip())
    for number, key in enumerate(keys, start=1):
        _refuse_weak(key, number)
    if not keys:
        raise BadKey("HUB_SECRET_KEYS holds no key.")
    return keys


def django_secret(given: str, file: Path | None) -> str:
    """The secret that signs sessions and links: given, else from the file (made when missing)."""
    if not given:
        if file is None:
            raise BadKey("HUB_SECRET_KEY is not set. Every process of a scaled-out hub needs the same one.")
        given = read_or_make(file, secrets.token_urlsafe(48))
    if len(given) < SHORTEST_SECRET or len(set(given)) < 8:
        raise BadKey(f"HUB_SECRET_KEY is too short or too plain: use at least {SHORTEST_SECRET} random characters.")
    return given


def read_or_make(file: Path, fresh: str) -> str:
    """The text of ``file``; when there is none, ``fresh`` is written there first, readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            _write(draft, fresh)
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first; its key counts
        except OSError as trouble:
            if not is_full(trouble):
                raise
            raise BadKey(f"There is no room for the key file {file}. Free some, then start again.") from None
        finally:
            draft.unlink(missing_ok=True)
    return file.read_text().strip()


def _write(draft: Path, fresh: str) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(fresh + "\n")
        out.flush()
        os.fsync(out.fileno())


def _refuse_weak(key: str, number: int) -> None:
    try:
        Fernet(key)
    except ValueError:
        raise BadKey(f"Key {number} of HUB_SECRET_KEYS is not a Fernet key (44 characters of base64).") from None
    if len(set(key)) < 8:
        raise BadKey(f"Key {number} of HUB_SECRET_KEYS is too plain to be random. Make a new one.")
