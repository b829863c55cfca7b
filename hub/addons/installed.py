"""What this process has at hand to ask vendors with: the plugins it loaded, and its way out.

Where ``HUB_PLUGIN_ISOLATION`` is ``process``, the plugins are in processes of their own (:mod:`hub.dispatch.apart`), and what
this process knows of them are their papers.

A plugin whose code is in this process and not the hub's own has an event loop of its own (:mod:`hub.dispatch.guests`): whoever
calls one of its functions asks :func:`visiting` for the way out, and :func:`outside` only for what is the hub's own doing.

Both are made once, at the first question; the composition root and tests put their own in force. Two Django settings of the
operator count: ``HUB_EGRESS_ALLOWED`` (``host:port`` pairs that may be spoken to although they are not public) and
``HUB_VENDOR_URLS`` (add-on → another base URL, ``add-on.oauth`` → another origin for its sign-in; for simulators and staging
systems).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

from hub.addons import drift
from hub.core.egress import Egress
from hub.core.registry import Plugin, Registry, discover
from hub.db import clock, counting
from hub.dispatch.apart.loading import Apart
from hub.dispatch.apart.spawning import Entry, Limits
from hub.dispatch.drift import Kind
from hub.dispatch.drift_watch import Seen, Watch
from hub.dispatch.guests.guest import Kind as Visit
from hub.dispatch.guests.guest import Loss
from hub.dispatch.guests.house import Guests
from hub.dispatch.guests.tokens import lodged
from hub.dispatch.heard import Listener
from hub.dispatch.outside import Outside

T = TypeVar("T")

log = logging.getLogger("hub.addons")

_lock = threading.Lock()
_found: Registry | None = None
_apart: Apart | None = None
_outside: Outside | None = None
_lent = False
"""Somebody put a way out in force."""


def registry() -> Registry:
    """The registry of this process. The first call imports every plugin, each under its guard; or starts its process."""
    global _found
    with _lock:
        if _found is None:
            _found = lodged(_discovered(), _guests)
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


def guests() -> Guests | None:
    """Those whose code runs in this process in loops of their own; None while somebody else's way out is in force."""
    return None if _lent else _guests


@contextmanager
def visiting(addon: str, what: Visit = "ask") -> Iterator[Outside]:
    """The way out in whose loop this add-on's functions run, and a place among those that wait for it.

    Raises:
        Unreachable: on entering, where it rests or too many wait already; from its ``run``, where it is given up meanwhile.
    """
    here = guests()
    guest = here.of(addon) if here else None
    if guest is None:
        yield outside()
        return
    with guest.place(what):
        yield guest.way_out()


def crowded(addon: str) -> str:
    """Why no further delivery is handed to this add-on's webhooks now; empty when one may be."""
    here = guests()
    guest = here.of(addon) if here else None
    return guest.crowded("webhook") if guest else ""


def counted(addon: str, handle: Callable[[Any], T]) -> Callable[[Any], T]:
    """A webhook's handler that counts among those that run for as long as it does, also when nobody waits for it any more."""
    here = guests()
    guest = here.of(addon) if here else None

    def handled(payload: Any) -> T:
        with guest.place("webhook", crowd=True) if guest else nullcontext():
            return handle(payload)

    return handled


def _lost(loss: Loss) -> None:
    """A guest's loop was given up: a number, and a line on its page."""
    known = {plugin.info.name: plugin.source for plugin in registry().plugins.values()}
    ours = {addon: source.version for addon, source in known.items() if source.distribution == loss.name}
    for addon in ours:
        counting.add("hub_plugin_loops_given_up_total", addon=addon)
    threading.Thread(target=_keep_loss, args=(ours, loss.place), name="hub-plugin-held", daemon=True).start()


def _keep_loss(versions: Mapping[str, str], place: str) -> None:
    try:
        drift.add_end(versions, place, clock.now(), Kind.HELD)
    except Exception:
        log.warning("that a plugin held its event loop could not be written on its page", exc_info=True)
    finally:
        connection.close()


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
    """Put a way out in force for the whole process until the block ends, for guests too. Whoever made it closes it."""
    global _outside, _lent
    with _lock:
        before, lent_before = _outside, _lent
        _outside, _lent = given, True
    try:
        yield given
    finally:
        with _lock:
            _outside, _lent = before, lent_before


_guests = Guests(outside, plugin, lambda: settings.HUB_LOOP_SECONDS, _lost)
