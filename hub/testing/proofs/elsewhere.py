"""The same play on two machines: another time zone, another user, another folder. What differs came from the machine.

And the day on which the tests run: the bench has a time of its own, so whatever holds the real one has looked at a clock.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TypeVar

from hub.testing.proofs.bench import Bench

T = TypeVar("T")

DATES = ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")

NEEDED = re.compile(
    r"PATH|PROXY|SSL|CERT|TMP|TEMP|^(PYTHON|PYTEST|COV|LD_|LC_|LANG$|HUB_|VIRTUAL_ENV|SYSTEM|TZ$|PG|DJANGO)"
)
"""Variables that Python and its libraries need as they are; the kit leaves them alone."""

USERS = ("USER", "LOGNAME", "USERNAME", "HOME", "HOSTNAME")
"""Variables that some machine has and another has not."""


def on_two_machines(play: Callable[[], T]) -> tuple[T, T]:
    """What comes of it under one user, and under another in another folder."""
    with _environment(dict.fromkeys(USERS, "here")):
        here = play()
    other = {name: f"{value}-elsewhere" for name, value in os.environ.items() if not NEEDED.search(name)}
    with _environment({**other, **dict.fromkeys(USERS, "elsewhere")}), _other_folder():
        return here, play()


def in_two_zones(play: Callable[[], T]) -> tuple[T, T]:
    """What comes of it in one time zone, and in another."""
    with _environment({"TZ": "UTC0"}):
        here = play()
    with _environment({"TZ": "HST10"}):
        return here, play()


def today_in(bench: Bench, text: str) -> bool:
    """Whether the text holds the day, or the second, at which the tests run."""
    return any(re.search(word, text) for word in _today(bench))


def _today(bench: Bench) -> list[str]:
    """How today and now look in a request, where they are not the bench's own."""
    moment, own = datetime.now(UTC), bench.clock.now()
    days: dict[date, None] = {moment.date(): None, datetime.now().date(): None}
    shown = [re.escape(day.strftime(form)) for day in days if day != own.date() for form in DATES]
    seconds = str(int(moment.timestamp()))[:6]
    return shown + (
        [rf"(?<!\d){seconds}\d{{4}}(\d{{3}})?(?!\d)"] if not str(int(own.timestamp())).startswith(seconds) else []
    )


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """These variables, for a moment; the zone among them is set where the system has a way to."""
    kept = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(kept)


def _set(wanted: Mapping[str, str | None]) -> None:
    for name, value in wanted.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    if "TZ" in wanted:
        getattr(time, "tzset", lambda: None)()


@contextmanager
def _other_folder() -> Iterator[None]:
    kept = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(kept)
