"""What the simulated vendor holds before anybody has called: the plugin's own seeds, and something in every other list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.core.addon import AddOnInfo
from hub.core.endpoints import Endpoint
from hub.testing import answers
from hub.testing.identity import Identity
from hub.testing.wire import Item

SEEDED = 3
"""Items in each list nobody seeded."""

TITLES = ("title", "label", "display_name", "displayName")
"""What vendors call a name, beside ``name``."""


def seeds_of(info: AddOnInfo, simulation: Any, identity: Identity) -> dict[str, list[Item]]:
    """Path → items; a path with placeholders stands for each that fits it. A list that some call writes to begins empty."""
    seeds: Mapping[str, Iterable[Item]] = getattr(simulation, "SEEDS", {})
    written = {endpoint.path for endpoint in info.endpoints if endpoint.writes}
    made: dict[str, list[Item]] = {}
    for endpoint in info.endpoints:
        lists = endpoint.method == "GET" and not endpoint.path.endswith("}") and answers.is_list(endpoint.answer)
        if lists and endpoint.path not in seeds and endpoint.path not in written:
            made[endpoint.path] = _made_up(endpoint, identity.field(endpoint.path))
    return made | {path: [dict(item) for item in items] for path, items in seeds.items()}


def _made_up(endpoint: Endpoint[Any], known_by: str) -> list[Item]:
    """``/campaigns`` holds c1, c2 and c3 when nobody said what it holds; whatever the vendor calls an id and a name."""
    word = endpoint.path.rstrip("/").rpartition("/")[2] or "item"
    one = word.removesuffix("s").replace("_", " ").capitalize()
    seeds = [_named(f"{word[0]}{n}", f"{one} {n}", known_by) for n in range(1, SEEDED + 1)]
    return [{**seed, **answers.one(answers.item_type(endpoint.answer), seed)} for seed in seeds]


def _named(id_: str, name: str, known_by: str) -> Item:
    return {**dict.fromkeys(TITLES, name), "name": name, "id": id_, **({known_by: id_} if known_by else {})}
