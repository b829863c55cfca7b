"""By what the vendor tells one thing of a collection from another: the field that is a thing's id.

It is read from the declaration: a field called ``id``; else the one that a path's placeholder names (``/cards/{card}`` and a
field ``card``); else one called after the collection (``card_id``, ``card_number`` or ``card`` at ``/cards``), or the only one
in ``_id``; else one of the words that vendors use. Where none fits, the plugin's simulation says it: ``IDS = {"/cards": "no"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from hub.core.addon import AddOnInfo
from hub.core.endpoints import Endpoint
from hub.testing import answers
from hub.testing.routes import collection_of, pattern

PLAIN = "id"
"""What a thing's id is called inside the simulator, whatever the vendor calls it."""

WORDS = ("uuid", "uid", "guid", "key", "number", "no", "code", "slug")
"""Other names for an id, the surest first."""


NUMBERS = ("uuid", "uid", "number", "no")
"""Behind the collection's own name these say an id, too: ``card_number``."""


class Identity:
    """The field that is an id, for every collection of an add-on.

    Args:
        simulation: its ``IDS`` (path → field) say it where the declaration does not.
    """

    def __init__(self, info: AddOnInfo, simulation: Any = None) -> None:
        said: Mapping[str, str] = getattr(simulation, "IDS", {})
        templates = dict.fromkeys(collection_of(endpoint.path) for endpoint in info.endpoints if not endpoint.open)
        fields = {path: said.get(path) or _field(path, info.endpoints) for path in templates}
        self._fields = [(pattern(path), field) for path, field in fields.items()]

    def field(self, path: str) -> str:
        """The field as the vendor spells it; empty where nobody can tell."""
        return next((field for wanted, field in self._fields if wanted.fullmatch(path)), PLAIN)

    def named(self, path: str, item: dict[str, Any], otherwise: str) -> dict[str, Any]:
        """The item with an id: its own, under the vendor's name for it or under ``id``; else ``otherwise``."""
        field = self.field(path) or PLAIN
        own = item.get(PLAIN) or item.get(field) or otherwise
        item.setdefault(PLAIN, own)
        item[field] = item.get(field) or own
        return item


def unnamed(path: str) -> str:
    """What an author does where nobody can tell."""
    return (f"The kit cannot tell by which field the vendor knows a thing at {path} again. Name a path's placeholder like the "
            f'field ("{path}/{{number}}"), or say in simulation.py: IDS = {{"{path}": "number"}}.')  # fmt: skip


def _field(path: str, endpoints: Iterable[Endpoint[Any]]) -> str:
    here = [endpoint for endpoint in endpoints if not endpoint.open and collection_of(endpoint.path) == path]
    fields = dict(_fields(here))
    placeholders = [name for endpoint in here for name in endpoint.path_names[-1:] if endpoint.path.endswith("}")]
    one = path.rpartition("/")[2].removesuffix("s")
    sole = [name for name in fields if name.endswith("_id")]
    own = [f"{one}_{word}" for word in NUMBERS]
    likely = (PLAIN, *placeholders, f"{one}_id", *own, one, *(sole if len(sole) == 1 else []), *WORDS)
    return next((fields[_plain(name)] for name in likely if _plain(name) in fields), "" if fields else PLAIN)


def _fields(endpoints: Iterable[Endpoint[Any]]) -> Iterator[tuple[str, str]]:
    """Plain name → the vendor's spelling, of whatever these calls answer with."""
    for endpoint in endpoints:
        shape = answers.item_type(endpoint.answer)
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            for name, info in shape.model_fields.items():
                yield _plain(name), answers.spelling(name, info)


def _plain(name: str) -> str:
    """``cardId`` as ``card_id``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
