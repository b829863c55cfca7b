"""The installed plugins: which are loaded, what each claims, and why one is not loaded. Needs no database."""

from __future__ import annotations

import argparse
import json
import os
from importlib.util import find_spec
from typing import Any

from hub.cli import plugin_at
from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.dispatch.apart.rebuilding import Away
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """For people or for programs."""
    parser.add_argument("--json", action="store_true", help="as JSON")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """List them. Exit code 1 when one is not loaded."""
    registry = _registry()
    found = described(registry)
    if given.json:
        say(json.dumps(found, indent=2))
    else:
        _print(found)
    return 1 if registry.troubles else 0


def _registry() -> Any:
    """Where the installation keeps plugins apart, a list of them is no reason to import them here."""
    if find_spec("django") is not None and _keeps_apart():
        from hub.process import start

        start.django()
        from hub.addons import installed

        return installed.registry()
    from hub.core.registry import discover

    return discover(begins=plugin_at.loading)


def _keeps_apart() -> bool:
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")
    try:
        return settings.HUB_PLUGIN_ISOLATION != "none"
    except ImproperlyConfigured as trouble:
        raise Stop(f"{trouble} Set it right, then look again.") from None


def described(registry: Any) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        "loaded": [_plugin(plugin) for _, plugin in sorted(registry.plugins.items())],
        "not_loaded": [
            {
                "name": t.source.name,
                "distribution": t.source.distribution,
                "version": t.source.version,
                "reason": t.reason,
            }
            for t in registry.troubles
        ],
    }


def _plugin(plugin: Any) -> dict[str, Any]:
    return {
        "name": plugin.info.name,
        "title": plugin.info.title,
        "distribution": plugin.source.distribution,
        "version": plugin.source.version,
        "contract": plugin.info.contract,
        "process": "its own" if isinstance(plugin.subject, Away) else "the hub's",
        "actions": [action.type for action in plugin.actions],
        "ways_in": [way.name for way in plugin.ways_in],
        "mailers": [mailer.name for mailer in plugin.mailers],
    }


def _print(found: dict[str, Any]) -> None:
    for plugin in found["loaded"]:
        apart = ", in a process of its own" if plugin["process"] == "its own" else ""
        say(f"{plugin['title']} ({plugin['name']}), {plugin['distribution']} {plugin['version']}{apart}")
        for kind, word in (("actions", "claims"), ("ways_in", "brings in"), ("mailers", "sends mail as")):
            if plugin[kind]:
                say(f"    {word} {', '.join(plugin[kind])}")
    for plugin in found["not_loaded"]:
        say(f"NOT LOADED: {plugin['name']} ({plugin['distribution'] or '?'} {plugin['version']})")
        say(f"    {plugin['reason']}")
        say(
            "    Its steps wait. Its author, or whoever installed it, acts: mend or remove the package, then start again."
        )
