"""The installed plugins: which are loaded, what each claims, and why one is not loaded. Needs no database."""

from __future__ import annotations

import argparse
import json
from typing import Any

from hub.cli import plugin_at
from hub.cli.saying import say
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """For people or for programs."""
    parser.add_argument("--json", action="store_true", help="as JSON")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """List them. Exit code 1 when one is not loaded."""
    from hub.core.registry import discover

    registry = discover(begins=plugin_at.loading)
    found = described(registry)
    if given.json:
        say(json.dumps(found, indent=2))
    else:
        _print(found)
    return 1 if registry.troubles else 0


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
        "actions": [action.type for action in plugin.actions],
        "ways_in": [way.name for way in plugin.ways_in],
        "mailers": [mailer.name for mailer in plugin.mailers],
    }


def _print(found: dict[str, Any]) -> None:
    for plugin in found["loaded"]:
        say(f"{plugin['title']} ({plugin['name']}), {plugin['distribution']} {plugin['version']}")
        for kind, word in (("actions", "claims"), ("ways_in", "brings in"), ("mailers", "sends mail as")):
            if plugin[kind]:
                say(f"    {word} {', '.join(plugin[kind])}")
    for plugin in found["not_loaded"]:
        say(f"NOT LOADED: {plugin['name']} ({plugin['distribution'] or '?'} {plugin['version']})")
        say(f"    {plugin['reason']}")
        say(
            "    Its steps wait. Its author, or whoever installed it, acts: mend or remove the package, then start again."
        )
