"""The plugins, and settings that do not belong into production."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings

from hub.addons import drift, installed
from hub.db import clock
from hub.dispatch.apart.walls import WALLS
from hub.dispatch.drift import Kind
from hub.process import start
from hub.process.checkup.finding import Finding, bad, ok, warn

RECENT = timedelta(days=1)
"""Of ends of plugins' processes, what the doctor tells; older ones stand on the add-on's page."""


def plugins() -> Iterator[Finding]:
    """Which are loaded, and why one is not."""
    registry = installed.registry()
    for trouble in registry.troubles:
        told = f"{trouble.sentence.rstrip('.')}."  # a reason ends as its author left it
        yield bad("plugin", told, "update or remove the package, then restart. Its steps wait meanwhile.")
    names = ", ".join(f"{plugin.info.title} {plugin.source.version}" for plugin in registry.plugins.values())
    yield ok("plugins", f"{names}.") if names else warn("plugins", "none is installed.", "install one with pip.")


def isolation() -> Iterator[Finding]:
    """Which plugins run in processes of their own, and behind which walls."""
    apart = installed.apart()
    if apart is None:
        yield ok("isolation", "plugins run in the hub's own process, each package in an event loop of its own.")
        return
    for door in apart.doors.values():
        missing = [wall for wall in WALLS if wall not in door.walls]
        if missing:
            yield warn("isolation", f"{door.called} runs in a process of its own, without walls for: {', '.join(missing)}.",
                       "see docs/isolation.md for what that means and what raises them.")  # fmt: skip
        else:
            yield ok(
                "isolation", f"{door.called} runs in a process of its own; {', '.join(door.walls)} are walled off."
            )


def ends() -> Iterator[Finding]:
    """Plugins whose own processes ended of late, or whose event loops were given up, and how."""
    for item in drift.ends_since(clock.now() - RECENT):
        counted = f"{item.count} times" if item.count > 1 else "once"
        when = f"{counted}, last at {item.last_seen:%Y-%m-%d %H:%M} UTC"
        if item.kind == Kind.HELD:
            told, act = f"the plugin {item.addon} held its event loop ({when}): {item.detail}", "mend what blocks it."
        else:
            told, act = f"the process of the plugin {item.addon} ended ({when}): {item.detail}", "mend what ends it."
        yield warn("isolation", f"{told}.", f"its author acts: {act} What it had in hand stands under Runs.", who="")


def permissions(commands: start.Commands) -> Iterator[Finding]:
    """What the start would refuse."""
    try:
        start.check(commands)
    except start.Refusal as refusal:
        yield bad("permissions", str(refusal), "whoever wrote it acts: state a permission.", who="")
        return
    yield ok("permissions", "every route, command and job states its own.")


def oddities() -> Iterator[Finding]:
    """Good in a demo or a test, surprising anywhere else."""
    if settings.DEBUG:
        yield bad("settings", "HUB_DEBUG is on: error pages tell strangers too much.", "unset it in production.")
    for addon, url in settings.HUB_VENDOR_URLS.items():
        yield warn(
            "settings", f"{addon} is called at {url} instead of its own address.", "take it out of HUB_VENDOR_URLS."
        )
    if settings.HUB_EGRESS_ALLOWED:
        named = ", ".join(settings.HUB_EGRESS_ALLOWED)
        yield warn("settings", f"calls into the private network are allowed to {named}.", "see that each is meant.")
    if settings.HUB_CLOCK_FILE:
        yield warn("settings", f"the clock is moved by {settings.HUB_CLOCK_FILE}.", "unset HUB_CLOCK_FILE.")
    if not settings.HTTPS:
        yield warn("settings", "HUB_PUBLIC_URL is not an https address, so cookies travel unprotected beyond this machine.",
                   "set it once a proxy with TLS stands before the hub.")  # fmt: skip
