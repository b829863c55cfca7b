"""The counting vendor in a bad mood: busy, late, gone in mid-sentence, or saying thank you in the wrong words.

What it does with a request is drawn from a seeded chance. It always knows what it did: its ledger stays the judge.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.countingvendor import CountingVendor

MOODS = {
    "well": 70.0,
    "acts and hangs up": 10.0,
    "acts late": 6.0,
    "hangs up": 3.0,
    "busy": 4.0,
    "too many": 4.0,
    "acts and mumbles": 3.0,
}
"""Mood → its weight. *Hangs up*: before it acted. *Mumbles*: 200, and a body that is no answer."""

LATEST_SECONDS = 2.0
"""The longest that it thinks before it acts. See ``clockwork.SPEED`` for what this must stay below."""

REFUSALS = {"busy": 503, "too many": 429}


class UnrulyVendor(CountingVendor):
    """Until :meth:`calm_down` its mood changes with every request."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance, self._drawing, self._calm = random.Random(seed), threading.Lock(), False

    def calm_down(self) -> None:
        """From the next request on it behaves; when this returns, what it was late with has been done."""
        self._calm = True
        time.sleep(LATEST_SECONDS + 1)

    def mood(self) -> str:
        """How it takes the next request."""
        if self._calm:
            return "well"
        with self._drawing:
            return self._chance.choices(list(MOODS), list(MOODS.values()))[0]

    def pause(self) -> float:
        """How long it thinks when it is late."""
        with self._drawing:
            return self._chance.uniform(0.2, LATEST_SECONDS)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self
        well: Any = super()._handler()

        class Handler(well):  # type: ignore[misc]  # made above
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                self.mood = vendor.mood()
                if self.mood in REFUSALS:
                    self._refuse(REFUSALS[self.mood])
                elif self.mood == "hangs up":
                    self._hang_up()
                else:
                    if self.mood == "acts late":
                        time.sleep(vendor.pause())
                    super().do_POST()

            do_PUT = do_POST

            def _answer(self, status: int, data: Any, **headers: str) -> None:
                mood, self.mood = getattr(self, "mood", "well"), "well"
                if mood == "acts and hangs up":
                    self._hang_up()
                else:
                    super()._answer(status, "Thank you!" if mood == "acts and mumbles" else data, **headers)

            def _refuse(self, status: int) -> None:
                self.mood = "well"
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(status, {"message": "later, please"}, Retry_After="1")

            def _hang_up(self) -> None:
                """Reset the connection: the other side learns nothing."""
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RD)
                self.connection.close()

            def handle(self) -> None:
                try:
                    super().handle()
                except (OSError, ValueError):  # the caller was killed, or we hung up
                    self.close_connection = True

            def finish(self) -> None:
                try:
                    super().finish()
                except (OSError, ValueError):
                    return

        return Handler
