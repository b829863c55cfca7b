"""What this process has at hand to ask vendors with: the plugins it loaded, and its way out.

Where ``HUB_PLUGIN_ISOLATION`` is ``process``, the plugins are in processes of their own (:mod:`hub.dispatch.apart`), and what
this process knows of them are their papers.

Both are made once, at the first question; the composition root and tests put their own in force. Two Django settings of the
operator count: ``HUB_EGRESS_ALLOWED`` (``host:port`` pairs that may be spoken to although they are not public) and
``HUB_VENDOR_URLS`` (add-on → another base URL, ``add-on.oauth`` → another origin for its sign-in; for simulators and staging
systems).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from hub.addons import drift
from hub.core.egress import Egress
from hub.core.registry import Plugin, Registry, discover
from hub.db import clock
from hub.dispatch.apart.loading import Apart
from hub.dispatch.apart.spawning import Entry, Limits
from hub.dispatch.drift_watch import Seen, Watch
from hub.dispatch.heard import Listener
from hub.dispatch.outside import Outside

log = logging.getLogger("hub.addons")

_lock = threading.Lock()
_found: Registry | None = None
_apart: Apart | None = None
_outside: Outside | None = None


def registry() -> Registry:
    """The registry of this process. The first call imports every plugin, each under its guard; or starts its process."""
    global _found
    with _lock:
        if _found is None:
            _found = _discovered()
        return _found


def _discovered() -> Registry:
    global _apart
    if settings.HUB_PLUGIN_ISOLATION == "none":
        return discover()
    _apart = Apart(settings.HUB_PLUGIN_TRUSTED, limits(), _died)
    return _apart.registry()


def limits() -> Limits:
    """What a plugin's process may use and must not see: the keys and the database lie in files of the same user."""
    file = settings.DATABASES["default"]["NAME"] if settings.HUB_EMBEDDED else ""
    places = {str(settings.HUB_HOME), *([str(Path(file).parent)] if file else [])}
    return Limits(hidden=tuple(sorted(places)), user=settings.HUB_PLUGIN_USER)


def apart() -> Apart | None:
    """The plugins that run in processes of their own, where any do."""
    registry()
    return _apart


def _died(entries: Sequence[Entry], reason: str) -> None:
    """A line on the plugins' pages, written by a thread that may wait for the database."""
    threading.Thread(target=_keep_death, args=(entries, reason), name="hub-plugin-died", daemon=True).start()


def _keep_death(entries: Sequence[Entry], reason: str) -> None:
    try:
        sources = {plugin.source.name: plugin for plugin in registry().plugins.values()}
        known = [sources[entry.name] for entry in entries if entry.name in sources]
        drift.add_end({plugin.info.name: plugin.source.version for plugin in known}, reason, clock.now())
    except Exception:
        log.warning("the end of a plugin's process could not be written on its page", exc_info=True)
    finally:
        connection.close()


def plugin(addon: str) -> Plugin | None:
    """The loaded plugin of this add-on."""
    return registry().plugin(addon)


@contextmanager
def use(given: Registry) -> Iterator[Registry]:
    """Put a registry in force for the whole process until the block ends."""
    global _found
    with _lock:
        before, _found = _found, given
    try:
        yield given
    finally:
        with _lock:
            _found = before


def outside() -> Outside:
    """The way out of this process. The first call starts its thread."""
    global _outside
    with _lock:
        if _outside is None:
            allowed = getattr(settings, "HUB_EGRESS_ALLOWED", ())
            urls = getattr(settings, "HUB_VENDOR_URLS", {})
            _outside = Outside(Egress.of(allowed), urls, listeners=listeners())
        return _outside


def listeners() -> list[Listener]:
    """Who hears every call of this process: the watch for what vendors change."""
    return [Watch(_keep_drift).hear]


def _keep_drift(counts: Mapping[Seen, int]) -> None:
    """In the watch's own thread, whose connection nobody else would close."""
    versions = {name: plugin.source.version for name, plugin in registry().plugins.items()}
    try:
        drift.add(counts, versions, clock.now())
    finally:
        connection.close()


@contextmanager
def use_outside(given: Outside) -> Iterator[Outside]:
    """Put a way out in force for the whole process until the block ends. Whoever made it closes it."""
    global _outside
    with _lock:
        before, _outside = _outside, given
    try:
        yield given
    finally:
        with _lock:
            _outside = before
