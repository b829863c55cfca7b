"""Names for a new add-on: which cannot be, and why."""

from __future__ import annotations

import builtins
import keyword
import re
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.util import find_spec

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
    for part, name in (("action", action), ("trigger", trigger), ("mapping", mapping)):
        if name and not PART.fullmatch(name):
            raise Stop(
                f"{name} cannot be the name of {_a(part)}. Use small letters, digits and underscores, a letter first.",
                2,
            )
        if name in WRITTEN or keyword.iskeyword(name) or hasattr(builtins, name):
            raise Stop(
                f"{name} means something in Python or in the written file already. Choose another name for the {part}.",
                2,
            )
    if webhook and not EVENT.fullmatch(webhook):
        raise Stop(
            f"{webhook} cannot be a webhook's name. Use small letters, digits, underscores and dots: person.created", 2
        )


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
