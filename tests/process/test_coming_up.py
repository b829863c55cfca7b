"""Parts that start before their database does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError

from hub.process import coming_up

NOT_YET = (
    'connection failed: connection to server at "127.0.0.1", port 5432 failed: FATAL:  the database system is starting up',
    'connection failed: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
    "consuming input failed: server closed the connection unexpectedly",
)
NEVER = (
    'connection failed: FATAL:  password authentication failed for user "hub"',
    'connection failed: FATAL:  database "hub" does not exist',
)
"""As PostgreSQL and psycopg say it."""


class Server:
    """Refuses with each of these words in turn, and then takes the connection."""

    def __init__(self, *words: str) -> None:
        self._words = list(words)
        self.asked = 0

    def ensure_connection(self) -> None:
        self.asked += 1
        if self._words:
            raise OperationalError(self._words.pop(0))


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    def serve(*words: str) -> Server:
        server = Server(*words)
        monkeypatch.setattr(coming_up, "connection", server)
        return server

    return serve


def test_a_server_that_is_coming_up_is_waited_for(serving: Callable[..., Server]) -> None:
    server, pauses = serving(*NOT_YET), []

    coming_up.wait_for_database(sleep=pauses.append)

    assert (server.asked, len(pauses)) == (4, 3)


@pytest.mark.parametrize("words", NEVER)
def test_what_waiting_cannot_mend_is_told_at_once(serving: Callable[..., Server], words: str) -> None:
    server = serving(words)

    with pytest.raises(OperationalError):
        coming_up.wait_for_database()

    assert server.asked == 1


def test_patience_ends(serving: Callable[..., Server]) -> None:
    serving(*NOT_YET * 3)

    with pytest.raises(OperationalError, match="starting up"):
        coming_up.wait_for_database(seconds=-1)
