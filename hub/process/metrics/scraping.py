"""One answer: what all processes have counted, what the rows say, how the processes are."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from django.db import close_old_connections
from django.db import connections as database

from hub.process.metrics.catalog import BY_NAME
from hub.process.metrics.looks import LOOKS
from hub.process.metrics.processes import Look, processes

log = logging.getLogger("hub.process")

FRESH_SECONDS = 5.0
"""What the rows said is told again within this time: whoever scrapes often costs the database nothing more."""


class Scraper:
    """Makes the answers. One is made at a time.

    Args:
        folder: where the processes have their slots and their counts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: list[Any] = []
        self._seen_at = -FRESH_SECONDS

    def scrape(self) -> tuple[bytes, str]:
        """The text, and its content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        with self._lock:
            now = time.monotonic()
            if now - self._seen_at >= FRESH_SECONDS:
                self._seen, self._seen_at = list(self._look()), now
            return generate_latest(_All([*self._counted(), *self._seen])), CONTENT_TYPE_LATEST

    def _counted(self) -> Iterator[Any]:
        from prometheus_client.multiprocess import MultiProcessCollector

        yield from MultiProcessCollector.merge([str(file) for file in sorted(self._folder.glob("*.db"))])

    def _look(self) -> Iterator[Any]:
        """Everything that is looked up, each metric once; a look that fails is told and stops no other."""
        from prometheus_client.core import GaugeMetricFamily

        found: dict[str, GaugeMetricFamily] = {}

        def put(name: str, labels: dict[str, str], value: float) -> None:
            metric = BY_NAME[name]
            family = found.setdefault(name, GaugeMetricFamily(name, metric.help, labels=metric.labels))
            family.add_metric([labels[label] for label in metric.labels], value)

        close_old_connections()
        with closing(database["default"]):
            for name, look in self._looks().items():
                put("hub_look_failures", {"look": name}, not _looked(name, look, put))
        return iter(found.values())

    def _looks(self) -> dict[str, Callable[[], Look]]:
        return {**{look.__name__: look for look in LOOKS}, "processes": partial(processes, self._folder)}


def _looked(name: str, look: Callable[[], Look], put: Callable[[str, dict[str, str], float], None]) -> bool:
    """Put what a look finds; whether it could look."""
    try:
        for sample in list(look()):
            put(*sample)
    except Exception:
        log.warning("the metrics of %s could not be looked up", name, exc_info=True)
        return False
    return True


class _All:
    """What :func:`generate_latest` takes for a registry."""

    def __init__(self, metrics: list[Any]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Any]:
        return self._metrics
