"""Time zones: is what the accounts name there to be looked up?"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from hub.accounts.models import Account
from hub.process.checkup.finding import ADMIN, Finding, bad, ok, warn

FEWEST = 400
"""The IANA database has some six hundred names; a stripped one has a handful."""


def zones() -> Iterator[Finding]:
    """The data, and every account's zone in it."""
    number = len(available_timezones())
    if number < FEWEST:
        yield bad(
            "time zones", f"only {number} are known here: steps of other zones run at UTC's hours.",
            "install the package tzdata in the hub's environment, then restart.",
        )  # fmt: skip
    else:
        yield ok("time zones", f"{number} are known (tzdata {_version()}).")
    used = Account.objects.exclude(time_zone="").order_by().values_list("time_zone", flat=True).distinct()
    for name in used:
        if not _is_known(name):
            accounts = Account.objects.filter(time_zone=name).count()
            yield warn(
                "time zones", f"{accounts} accounts name the zone {name!r}, which is not known here; UTC is used.",
                "choose another under Settings, or update tzdata.", ADMIN,
            )  # fmt: skip


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _version() -> str:
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "of the system"
