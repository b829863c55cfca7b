"""A threading HTTP server for simulators, that turns nobody away."""

from __future__ import annotations

from http.server import ThreadingHTTPServer


class PatientServer(ThreadingHTTPServer):
    """The hub has some hundred calls out at a time. Python's own server lets five of them wait; the others are turned away for a
    second, then for three, then for seven, and a vendor that answers at once seems slow."""

    request_queue_size = 512
    daemon_threads = True
