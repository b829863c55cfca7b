"""Long work in numbers people can use: how far, how fast, how much longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

STEADY_AFTER = timedelta(seconds=3)
"""Before this much time a rate says more about the start than about the work, so none is shown."""


@dataclass(frozen=True)
class Progress:
    """A piece of long work. `total` is None while it is not known; times are aware; `unit` is a plural noun."""

    done: int
    total: int | None
    started: datetime
    now: datetime
    unit: str = ""
    failed: int = 0
    finished: bool = False

    @property
    def percent(self) -> int | None:
        """Whole percent done, never 100 before the work has ended; None while the total is unknown."""
        if self.total is None:
            return None
        if self.finished or self.total == 0:
            return 100
        return min(99, self.done * 100 // self.total)

    @property
    def rate(self) -> float | None:
        """Units a second since the start, or None while it is too early to say."""
        elapsed = self.now - self.started
        if elapsed < STEADY_AFTER or not self.done:
            return None
        return self.done / elapsed.total_seconds()

    @property
    def remaining(self) -> timedelta | None:
        """Time still needed at the rate so far, in whole seconds; None when it cannot be said."""
        if self.rate is None or self.total is None or self.finished:
            return None
        return timedelta(seconds=ceil(max(0, self.total - self.done) / self.rate))


def rate_in_words(rate: float | None) -> str:
    """Word a rate: by the second when it is fast, by the minute when it is slow; empty for None."""
    if rate is None:
        return ""
    if rate >= 1:
        return _("%(rate)s a second") % {"rate": f"{rate:,.0f}"}
    return _("%(rate)s a minute") % {"rate": f"{rate * 60:,.0f}"}


def span_in_words(span: timedelta | None) -> str:
    """Word a span roughly, as people do: seconds under a minute, then minutes, hours, days; empty for None."""
    if span is None:
        return ""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    if seconds < 3600:
        return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}
    if seconds < 86400:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)s day", "%(n)s days", seconds // 86400) % {"n": seconds // 86400}
