"""Numbers for Prometheus, while ``HUB_METRICS_PORT`` is set: one address a machine, for all processes of the hub on it.

In order: each process takes a *slot* (:mod:`slots`), a numbered place in ``HUB_HOME/run/metrics`` that its lock frees when it
ends. Into the slot's files it counts what it does (:mod:`counters`). Whoever finds the port free serves it (:mod:`serving`), on
the loopback address and nowhere else; when that process ends, another one takes over. A scrape adds up the files of all slots,
looks into the database (:mod:`looks`) and at the processes (:mod:`processes`). :mod:`catalog` is the list of what there is.

Why files and not a port for each process: ``docs/decisions/metrics.md``.
"""

from __future__ import annotations

import logging
from typing import Literal

from django.conf import settings

log = logging.getLogger("hub.process")

Part = Literal["up", "web", "worker", "ticker"]


def begin(part: Part) -> None:
    """Count and serve from now on, where that is wanted. A hub without its numbers still works, so trouble is only told."""
    if not settings.HUB_METRICS_PORT:
        return
    try:
        from hub.process.metrics import counters, serving, slots

        folder = settings.HUB_HOME / "run" / "metrics"
        slot = slots.take(folder, part)
        counters.begin(folder, slot)
        serving.begin(settings.HUB_METRICS_PORT, folder)
    except Exception:
        log.exception("there are no metrics of this process")
