"""The address that Prometheus asks: ``http://127.0.0.1:PORT/metrics``, on the loopback interface and on no other.

Every process of the hub on the machine would serve it, and the one that finds the port free does; the others look again every few
seconds. A browser cannot be talked into reading it for a stranger's page: only loopback names are answered.
"""

from __future__ import annotations

import http.client
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hub.process.metrics.scraping import Scraper

log = logging.getLogger("hub.process")

HOST = "127.0.0.1"
AGAIN_SECONDS = 5.0
"""Between two looks whether the port is free."""

TALK_SECONDS = 10.0
"""For a client to say what it wants, and to take the answer."""

NAMES = frozenset({"127.0.0.1", "localhost"})


def begin(port: int, folder: Path) -> None:
    """Serve as soon as nobody else does, until this process ends."""
    threading.Thread(target=_keep, args=(port, Scraper(folder)), name="hub-metrics", daemon=True).start()


def _keep(port: int, scraper: Scraper) -> None:
    looked = False
    while (server := bound(port, scraper)) is None:
        time.sleep(AGAIN_SECONDS)
        if not looked and is_a_strangers(port):
            log.warning("port %s, of HUB_METRICS_PORT, is in other hands: there are no metrics until it is free", port)
        looked = True
    log.info("metrics are served on http://%s:%s/metrics", HOST, port)
    server.serve_forever()


def bound(port: int, scraper: Scraper) -> ThreadingHTTPServer | None:
    """The server, not yet running; None while somebody else has the port."""

    class Handler(_Handler):
        """With this process's scraper."""

    Handler.scraper = scraper
    try:
        return _Server((HOST, port), Handler)
    except OSError:
        return None


def is_a_strangers(port: int) -> bool:
    """Whether somebody who is no hub answers there. Who does not answer may be a hub that has just gone."""
    there = http.client.HTTPConnection(HOST, port, timeout=TALK_SECONDS)
    try:
        there.request("GET", "/")
        return not there.getresponse().getheader("Server", "").startswith(_Handler.server_version)
    except http.client.HTTPException:
        return True  # it speaks something else
    except OSError:
        return False
    finally:
        there.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    scraper: Scraper
    server_version, sys_version = "hub", ""
    timeout = TALK_SECONDS

    def do_GET(self) -> None:
        """All there is."""
        if self.headers.get("Host", "").rpartition(":")[0] not in NAMES:
            return self._answer(403, b"Ask by a loopback name.\n", "text/plain; charset=utf-8")
        if self.path.partition("?")[0] != "/metrics":
            return self._answer(404, b"There is /metrics.\n", "text/plain; charset=utf-8")
        self._answer(200, *self.scraper.scrape())

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """A scrape every few seconds is no news."""
