"""Whether a look-up can find what was sent: the reference in the request, held against the one that is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from hub.dispatch.requests import FrozenRequest
from hub.testing.proofs import rules
from hub.testing.proofs.scene import Scene


def hint(scene: Scene) -> str:
    """What an author does where the two are not the same; nothing where that is not it."""
    sent = [attempt.request for attempt in scene.run.tries]
    if sent and not any(scene.run.ref in one.content.decode("utf-8", "replace") + one.url for one in sent):
        return " The request holds no vendor.ref, by which a look-up would find it."
    said, asked = _said(sent, scene.run.ref), _asked(scene)
    if not said or not asked or any(one in other for one in said for other in asked):
        return ""
    return f" The request calls it {said[0]!r} and the look-up asks for {asked[0]!r}: use vendor.ref as it is in both."


def _said(sent: list[FrozenRequest], ref: str) -> list[str]:
    """The values of the requests' bodies in which the reference is."""
    return [text for request in sent for text in rules.texts(_fields(request.content)) if ref in text]


def _fields(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return [value for _, value in parse_qsl(content.decode("utf-8", "replace"))]


def _asked(scene: Scene) -> list[str]:
    """The values by which the look-ups asked, as far as the reference is in them."""
    return [text for text in _parameters(scene) if scene.run.ref in text]


def _parameters(scene: Scene) -> Iterator[str]:
    for turn in scene.bench.turns:
        if turn.what == "look-up":
            for asked in turn.asked:
                yield from rules.texts(dict(asked.parameters))
