"""The outermost middleware: each request gets a short name, and one line in the log when it is answered.

The name stands in every line that is written meanwhile, in the header ``X-Request-Id`` and on error pages, so that one word
connects the three. The line tells the route and not the address: there are links whose address is a key. It has the ids of the
account, of the person and of the step run that the page is about, so that a search by a run's id finds who decided what about it.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from hub.db import counting
from hub.db.logs import FACTS

log = logging.getLogger("hub.web")

QUIET = frozenset({"live", "ready"})
"""Routes that a machine asks every few seconds."""


class Naming:
    """Around everything else, so that what other middlewares refuse has a name, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = secrets.token_hex(4)  # type: ignore[attr-defined]
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=request.reference):  # type: ignore[attr-defined]
            response = self._get_response(request)
        response.headers.setdefault("X-Request-Id", request.reference)  # type: ignore[attr-defined]
        seconds = time.perf_counter() - began
        counting.add("hub_requests_total", status=f"{response.status_code // 100}xx")
        counting.observe("hub_request_seconds", [seconds])
        _tell(request, response.status_code, seconds)
        return response


def _tell(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    route = match.view_name if match else ""
    level = (
        logging.DEBUG if route in QUIET or not route else logging.INFO
    )  # no route: a static file, or nothing of ours
    if log.isEnabledFor(level):
        facts = {
            "request": request.reference,  # type: ignore[attr-defined]
            "method": request.method, "route": route, "status": status, "ms": round(seconds * 1000, 1), **_ids(request),
        }  # fmt: skip
        log.log(level, "request answered", extra={FACTS: facts})


def _ids(request: HttpRequest) -> dict[str, str | int]:
    """Who, where, and about which run; what is not known is left out."""
    account, principal = getattr(request, "account", None), getattr(request, "principal", None)
    run = request.resolver_match.kwargs.get("run_id") if request.resolver_match else None
    found = {
        "account": getattr(account, "pk", None),
        "user": _number(getattr(principal, "id", "")),
        "run": run and str(run),
    }
    return {name: value for name, value in found.items() if value}


def _number(id_: str) -> str | int:
    return int(id_) if id_.isdecimal() else id_
