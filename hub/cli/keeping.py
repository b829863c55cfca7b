"""Keeping a grade for the gallery, when a hub's database is at hand. Never makes one: an author's machine need not have a hub."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hub.core.registry import Plugin


def keep(plugin: Plugin, grade: Mapping[str, Any]) -> str:
    """Write the grade into this machine's hub. Returns what came of it, in a sentence; empty when there is no hub."""
    if find_spec("django") is None or not at_hand():
        return ""
    from hub.cli import trouble

    try:
        return _kept(plugin, grade)
    except Exception as error:  # the check itself went well, and its result is on the screen
        words = trouble.sentence_of(error)
        if words is None:
            raise
        return (
            f"The grade above stands. It was not kept in the hub of this machine ({where()}), which is no matter of your add-on: "
            f"{words} With --no-keep that hub is left alone."
        )


def at_hand() -> bool:
    """Whether this shell's hub has a database already."""
    return bool(os.environ.get("HUB_DATABASE_URL")) or (_home() / "hub.sqlite3").exists()


def where() -> str:
    """What names that hub, without a word of its address: that may hold a password."""
    return "HUB_DATABASE_URL" if os.environ.get("HUB_DATABASE_URL") else str(_home())


def _home() -> Path:
    return Path(os.environ.get("HUB_HOME") or "~/.hub").expanduser()


def _kept(plugin: Plugin, grade: Mapping[str, Any]) -> str:
    from django.db import transaction

    from hub.process import start

    start.django()
    start.ready_database(may_migrate=False)
    from hub.addons import grades
    from hub.cli.operator import actor
    from hub.core.manifest import freeze

    with transaction.atomic():
        grades.keep(freeze(plugin), grade["level"], grade["badges"], grade["cases"], by=actor())
    return "The grade is kept in this machine's hub and shown under Add-Ons."
