"""The ticker in a thread of its own, with every duty there is."""

from __future__ import annotations

import threading

from hub.engine import ticker
from hub.process.duties import duties
from hub.web import nudge

STOP_SECONDS = 5.0


class Ticking:
    """A ticker in a thread."""

    def __init__(self) -> None:
        self.ticker = ticker.Ticker(duties())
        self._thread = threading.Thread(target=self.ticker.run, name="hub-ticker", daemon=True)

    def start(self) -> None:
        """Begin to tick."""
        self._thread.start()

    def stop(self) -> None:
        """End after the pass that is going on."""
        self.ticker.stop()
        self._thread.join(STOP_SECONDS)


def hear_the_web() -> None:
    """From now on, what people make due in this process is looked at the moment it is committed."""
    nudge.listen(ticker.nudge)
