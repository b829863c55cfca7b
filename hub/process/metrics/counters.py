"""Keeping the numbers: prometheus-client's own files, one set a slot, mapped into memory so that a count costs a microsecond.

The hot path counts a group of steps at a time. A histogram takes a whole group too: the client library would write twice for
each value, here each bucket is written once.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hub.db import counting
from hub.process.metrics.catalog import COUNTED, Metric
from hub.process.metrics.slots import Slot

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the client library looks for its folder."""

MOST_SERIES = 500
"""Of one metric. What comes beyond is counted under ``other``: whatever goes wrong with a label, a scrape stays a scrape."""

LONGEST_LABEL = 60
ROOM = 2 * 1024 * 1024
"""Bytes of a file: more than the most series of every metric need."""

OTHER = "other"


def begin(folder: Path, slot: Slot) -> None:
    """Count into this slot's files from now on."""
    for kind in ("counter", "histogram"):
        _reserve(folder / f"{kind}_{slot.number}.db")
    os.environ[FOLDER] = str(folder)
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: slot.number)
    counting.use(Counters())


def _reserve(file: Path) -> None:
    """Take the disk's room for a file before it is mapped. A write into a hole of a mapped file, on a disk that has become full,
    is no error but the process's end.

    Raises:
        OSError: there is no room.
    """
    with file.open("ab") as handle:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(handle.fileno(), 0, ROOM)


class Counters:
    """Every counted metric of the catalog."""

    def __init__(self) -> None:
        self._metrics = {metric.name: _made(metric) for metric in COUNTED}
        self._series: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._number = Counter[str]()

    def add(self, name: str, amount: float, labels: Mapping[str, str]) -> None:
        """So much more of this."""
        self._of(name, labels).inc(amount)

    def observe(self, name: str, values: Iterable[float], labels: Mapping[str, str]) -> None:
        """These values were seen: one write for each bucket that got any, and one for their sum."""
        series, total, found = self._of(name, labels), 0.0, Counter[int]()
        for value in values:
            total += value
            found[bisect_left(series._upper_bounds, value)] += 1
        for bucket, number in found.items():
            series._buckets[bucket].inc(number)
        series._sum.inc(total)

    def _of(self, name: str, labels: Mapping[str, str]) -> Any:
        key = (name, tuple(labels.values()))
        return self._series.get(key) or self._new(name, labels, key)

    def _new(self, name: str, labels: Mapping[str, str], key: tuple[str, tuple[str, ...]]) -> Any:
        metric = self._metrics[name]
        if not labels:
            self._series[key] = metric
            return metric
        if self._number[name] >= MOST_SERIES:
            return metric.labels(**dict.fromkeys(labels, OTHER))
        self._number[name] += 1
        self._series[key] = metric.labels(**{label: value[:LONGEST_LABEL] for label, value in labels.items()})
        return self._series[key]


def _made(metric: Metric) -> Any:
    from prometheus_client import Counter as Count
    from prometheus_client import Histogram

    if metric.kind == "histogram":
        return Histogram(metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=None)
    return Count(metric.name.removesuffix("_total"), metric.help, metric.labels, registry=None)
