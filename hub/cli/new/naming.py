"""Names for a new add-on: which cannot be, and why."""

from __future__ import annotations

import builtins
import keyword
import re
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.util import find_spec

import hub.core
from hub.cli.trouble import Stop
from hub.core.addon import NAME
from hub.core.registry import GROUP

RESERVED = frozenset(
    {"hub", "core", "dispatch", "testing", "steps", "client", "account", "user", "step", "plan", "system"}
)
"""Words the house uses itself: its packages, and the first parts of its tokens."""

PART = re.compile(r"[a-z][a-z0-9_]{1,59}")
EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")

WRITTEN = frozenset({
    "addon", "me", "who_am_i", "designs", "design_list", "orders", "place_order", "kinds", "kind_list", "people", "record",
    "datetime", "conformance",
})  # fmt: skip
"""Names that stand in the written file anyhow."""


def check(name: str) -> None:
    """Refuse an add-on's name that cannot be.

    Raises:
        Stop: with what to do instead.
    """
    if not NAME.match(name):
        raise Stop(
            f"{name} cannot be an add-on's name. Use two to forty small letters, digits and underscores, a letter first.",
            2,
        )
    if name in RESERVED:
        raise Stop(f"{name} is a word the hub uses itself. Choose another name, such as {name}_addon.", 2)
    owner = _owner(name)
    if owner:
        raise Stop(
            f"The name {name} is taken by {owner}, which is installed here. Choose another, or uninstall that first.", 2
        )


def check_parts(action: str, trigger: str, mapping: str, webhook: str) -> None:
    """Refuse names of an add-on's parts that cannot be.

    Raises:
        Stop: with what to do instead.
    """
    given = {"action": action, "trigger": trigger, "mapping": mapping, "webhook": webhook}
    for part, name in given.items():
        if name and (why := wrong_with(part, name)):
            raise Stop(why, 2)
    named = [name for name in given.values() if name]
    same = next((name for name in named if named.count(name) > 1), "")
    if same:
        raise Stop(f"Two parts are named {same}. Choose another name for one of them.", 2)
    functions = [defined(part, name) for part, name in given.items() if name and part != "mapping"]
    twice = next((name for name in functions if functions.count(name) > 1), "")
    if twice:
        raise Stop(f"Two parts would be written as the function {twice}. Choose another name for one of them.", 2)


def wrong_with(part: str, name: str) -> str:
    """Why this cannot be the name of that part; empty when it can."""
    if part == "webhook":
        words = f"{name} cannot be a webhook's name. Use small letters, digits, underscores and dots: person.created"
        return "" if EVENT.fullmatch(name) else words
    if not PART.fullmatch(name):
        return f"{name} cannot be the name of {_a(part)}. Use two to sixty small letters, digits and underscores, a letter first."
    owner = _meaning(name)
    return f"{name} {owner}. Choose another name for the {part}." if owner else ""


def _meaning(name: str) -> str:
    """What the name is already, as the rest of a sentence; empty when nothing."""
    if keyword.iskeyword(name):
        return "is a word of Python's own"
    if hasattr(builtins, name):
        return "is a built-in name of Python's"
    if name in hub.core.__all__:
        return "is a name of hub.core's"
    return "is a name that stands in the written file already" if name in WRITTEN else ""


def defined(part: str, name: str) -> str:
    """The function that is written for a part."""
    prefixes = {"trigger": "pull_", "webhook": "on_"}
    return prefixes.get(part, "") + re.sub(r"\W+", "_", name)


def _owner(name: str) -> str:
    """Who has the name already; empty when nobody."""
    points = entry_points(group=GROUP)
    if name in points.names:
        found = points[name].dist
        return found.name if found else "another plugin"
    try:
        return distribution(f"hub-{name}").name
    except PackageNotFoundError:
        pass
    return f"the package hub_{name}" if find_spec(f"hub_{name}") else ""


def _a(part: str) -> str:
    return f"an {part}" if part[0] in "aeiou" else f"a {part}"
