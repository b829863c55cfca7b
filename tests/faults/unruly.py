"""The counting vendor in a bad mood: busy, late, gone in mid-sentence, or saying thank you in the wrong words.

What it does with a request is drawn from a seeded chance. It writes down what it was asked, what it did and how it answered, and
that is what the verdict believes.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.faults.history import History
from tests.support.countingvendor import CountingVendor

MOODS = {
    "well": 66.0,
    "acts and hangs up": 10.0,
    "acts late": 5.0,
    "hangs up and acts later": 4.0,
    "hangs up": 3.0,
    "busy": 4.0,
    "too many": 4.0,
    "acts and fails": 2.0,
    "acts and mumbles": 2.0,
}
"""Mood → its weight. *Hangs up*: before it acted. *Fails*: 500. *Mumbles*: 200, and a body that is no answer."""

LATEST_SECONDS = 2.0
"""The longest that it thinks before it acts. See ``clockwork.SPEED`` for what this must stay below."""

HIDDEN_SECONDS = 1.0
"""For so long its lists do not show what it has done: longer than the *settle* that the add-on declares, on the fast clock."""

REFUSALS = {"busy": 503, "too many": 429}
INSTEAD: dict[str, tuple[int, Any]] = {
    "acts and mumbles": (200, "Thank you!"),
    "acts and fails": (500, {"error": "oops"}),
}


class UnrulyVendor(CountingVendor):
    """Until :meth:`calm_down` its mood changes with every request."""

    def __init__(self, seed: int, history: History) -> None:
        super().__init__()
        self.history = history
        self._chance, self._drawing, self._calm = random.Random(seed), threading.Lock(), False
        self._done_at: dict[str, float] = {}

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

    def acted(self, effect: dict[str, Any]) -> None:
        self._done_at[effect["id"]] = time.monotonic()
        self.history.write("effect", ref=effect["ref"], id=effect["id"])

    def shown(self, ref: str) -> list[dict[str, Any]]:
        """Its lists lag behind."""
        since = time.monotonic() - (0 if self._calm else HIDDEN_SECONDS)
        return [effect for effect in super().shown(ref) if self._done_at[effect["id"]] <= since]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self
        well: Any = super()._handler()

        class Handler(well):  # type: ignore[misc]  # made above
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                body, key, mood = json.loads(content), self.headers.get("Idempotency-Key", ""), vendor.mood()
                vendor.requests.append((self.command, self.path))
                vendor.history.write("call", ref=key or body["ref"])
                self._take(mood, key, body)
                vendor.history.write("answer", ref=key or body["ref"], mood=mood)

            do_PUT = do_POST

            def _take(self, mood: str, key: str, body: dict[str, Any]) -> None:
                if mood in REFUSALS:
                    self._answer(REFUSALS[mood], {"message": "later, please"}, Retry_After="1")
                    return
                if "hangs up" in mood and not mood.startswith("acts"):
                    self._hang_up()
                if mood == "hangs up":
                    return
                if mood in ("acts late", "hangs up and acts later"):
                    time.sleep(vendor.pause())
                made = vendor.act(self.command, self.path, key, body)
                if mood == "acts and hangs up":
                    self._hang_up()
                elif mood != "hangs up and acts later":
                    self._answer(*INSTEAD.get(mood, (201, made)))

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
