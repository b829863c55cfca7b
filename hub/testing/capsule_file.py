"""The capsule's file: a few lines of pytest around the story. And how to import the plugin it is about."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from hub.core.registry import GROUP, Plugin
from hub.testing.capsule import MOST_TRIES, Capsule, Tries

_FILE = '''"""A step of {title} that ended as *{state}*, kept as a test. Run it: pytest this_file.py

Made {made} with {package}. It needs that package, integration-hub and pytest. No credential is in it.
What was said to the vendor and what it answered is played again through the dispatcher of production, at the time it was then.
"""

{imports}
from hub.testing.capsule import Capsule

CAPSULE = Capsule(r\'\'\'
{story}
\'\'\')


def test_it_ends_as_it_did() -> None:
    end = CAPSULE.replay(addon)

    assert end.state == {state!r}
    assert end.verdict == {verdict!r}
    assert end.sentence == {sentence!r}
'''


def story_text(tries: Tries) -> str:
    """The story as it stands in the file: readable, and harmless inside the quotation marks around it."""
    text = json.dumps({"tries": list(tries)[-MOST_TRIES:]}, indent=1, ensure_ascii=False)
    return text.replace("'", "\\u0027")


def source(plugin: Plugin, tries: Tries, made: str) -> str:
    """The file's text.

    Args:
        made: when, for the first lines.
    """
    text = story_text(tries)
    end = Capsule(text).end
    package = " ".join(part for part in (plugin.source.distribution or plugin.info.name, plugin.source.version) if part)
    return _FILE.format(
        title=plugin.info.title, state=end.state, made=made, package=package, imports=import_line(plugin), story=text,
        verdict=end.verdict, sentence=end.sentence,
    )  # fmt: skip


def import_line(plugin: Plugin) -> str:
    """How to get at the plugin under the name ``addon``: by its entry point, or by where its code lies.

    Raises:
        LookupError: it was made on the spot and can be imported from nowhere.
    """
    module, _, name = entry(plugin).partition(":")
    if not name:
        return f"import {module} as addon"
    return f"from {module} import {name}" + ("" if name == "addon" else " as addon")


def imported(plugin: Plugin) -> Any:
    """What that line imports."""
    module, _, name = entry(plugin).partition(":")
    found = import_module(module)
    return getattr(found, name) if name else found


def entry(plugin: Plugin, otherwise: str | None = None) -> str:
    """``module:name``, as an entry point says it.

    Args:
        otherwise: for a plugin that can be imported from nowhere.

    Raises:
        LookupError: it can be imported from nowhere, and nothing else will do.
    """
    for point in entry_points(group=GROUP):
        same = point.dist is not None and point.dist.name == plugin.source.distribution
        if same and point.name == plugin.source.name:
            return point.value
    found = next(iter(_modules(plugin)), otherwise)
    if found is None:
        raise LookupError(f"{plugin.info.name} cannot be imported from anywhere")
    return found


def _modules(plugin: Plugin) -> list[str]:
    """Where an object of the plugin's own code says that it is."""
    names = dict.fromkeys(action.run.__module__ for action in plugin.actions)
    return [f"{name}:{attribute}" for name in names for attribute in _holders(name, plugin.info.name)]


def _holders(module: str, addon: str) -> list[str]:
    things: dict[str, Any] = vars(sys.modules.get(module, sys))
    return [
        name for name, thing in things.items() if getattr(thing, "name", None) == addon and hasattr(thing, "hub_addon")
    ]
