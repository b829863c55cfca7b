"""The installation's short name: made once, read often, never changed."""

from __future__ import annotations

import secrets
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, router

from hub.db import clock
from hub.db.models import Installation

# No vowels and no look-alikes: the reference is read aloud on the telephone and must not spell a word.
ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
LENGTH = 8


def new_ref() -> str:
    """Eight random characters, about 38 bits: enough that two installations never meet."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def make_row(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Make the row after migrating, unless it is there already."""
    if not router.allow_migrate_model(using, Installation):
        return
    ref.cache_clear()
    Installation.objects.using(using).get_or_create(id=1, defaults={"ref": new_ref(), "created_at": clock.now()})


@cache
def ref() -> str:
    """This installation's reference, asked of the database once a process."""
    return Installation.objects.values_list("ref", flat=True).get(id=1)
