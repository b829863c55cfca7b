"""What an add-on says of its vendor and no kit can try, for the vendor that is played believes it, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hub.core.effects import Effect
from hub.core.endpoints import Endpoint
from hub.core.registry import Plugin


def of(plugin: Plugin) -> Iterator[str]:
    """One sentence each; what a wrong one would lead to is a second sending or a lost one."""
    for endpoint in plugin.info.endpoints:
        if endpoint.effect is not None:
            yield from _of_effect(endpoint, endpoint.effect)
    for mailer in plugin.mailers:
        if mailer.strong:
            yield f"{mailer.name}: a mail that Sent does not show after {mailer.settle} was surely not sent (strong=True)."


def _of_effect(endpoint: Endpoint[Any], effect: Effect) -> Iterator[str]:
    if effect.kind == "repeatable":
        yield f"{endpoint.label}: sent twice it does no more than once."
    if effect.kind == "keyed":
        yield f"{endpoint.label}: the vendor knows a key in {effect.header} again for {_words(effect.window)}."
    if effect.strong:
        yield (f"{endpoint.label}: what a look-up does not find {_words(effect.settle)} later was surely not done (strong=True), "
               "and is sent again.")  # fmt: skip


def _words(span: timedelta) -> str:
    """``90 seconds``, ``24 hours``."""
    for seconds, unit in ((3_600, "hours"), (60, "minutes")):
        whole, rest = divmod(span.total_seconds(), seconds)
        if whole > 1 and not rest:
            return f"{whole:g} {unit}"
    return f"{span.total_seconds():g} seconds"
