"""Counting what happens, for whoever watches the installation: a door that every room may use and nobody has to listen at.

A room says ``counting.add("hub_sign_ins_total", outcome="wrong")`` and knows no more. Where metrics are on
(``hub.process.metrics``) somebody keeps the number; elsewhere this is one comparison. Every name stands in the catalog there with
its labels, and labels are words of a small, known set: never an id, a name of a contact, an address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Protocol


class Sink(Protocol):
    """Who keeps the numbers."""

    def add(self, name: str, amount: float, labels: Mapping[str, str]) -> None:
        """So much more of this."""

    def observe(self, name: str, values: Iterable[float], labels: Mapping[str, str]) -> None:
        """These values were seen."""


log = logging.getLogger("hub.db")

_sink: Sink | None = None
_lost: set[str] = set()


def use(sink: Sink | None) -> None:
    """From now on, this is who keeps the numbers; None: nobody."""
    global _sink
    _sink = sink


def is_on() -> bool:
    """Whether anybody keeps the numbers: asked before work is done only for them."""
    return _sink is not None


def add(name: str, amount: float = 1, **labels: str) -> None:
    """Count something that happened. Raises nothing: a number is never worth the thing that it counts."""
    if _sink is None:
        return
    try:
        _sink.add(name, amount, labels)
    except Exception:
        _complain(name)


def observe(name: str, values: Iterable[float], **labels: str) -> None:
    """Note how long, or how much, something was: several at once cost little more than one. Raises nothing."""
    if _sink is None:
        return
    try:
        _sink.observe(name, values, labels)
    except Exception:
        _complain(name)


def _complain(name: str) -> None:
    """Once a process for each number: what cannot be counted now cannot be counted a thousand times a second."""
    if name not in _lost:
        _lost.add(name)
        log.exception("%s can no longer be counted", name)
