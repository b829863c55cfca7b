"""How a call is written down, admitted and answered.

::

    @call("POST", "create_client", "v2.create_client", "make clients by API 2.0")
    def create_client(request: ApiRequest, given: Parameters) -> Rows: ...

A GET reads; everything else runs in one transaction, taken back when a problem is raised, and under its `Idempotency-Key` when it
brings one.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from hub.api import idempotency
from hub.api.admission import admit
from hub.api.problems import too_large
from hub.api.request import ApiRequest
from hub.api.v2 import codes, parameters
from hub.api.v2.codes import Said
from hub.api.v2.parameters import Parameters
from hub.db.errors import Busy, Problem, Throttled, Unauthenticated
from hub.users import declare, permissions
from hub.users.keys import routes

log = logging.getLogger("hub.api")

PREFIX = "v2/api/"

urlpatterns: list[URLPattern] = []
"""Every call, in the order in which they are written down."""

calls: list[tuple[str, str]] = []
"""Their methods and names."""


@dataclass(frozen=True)
class Rows:
    """A success: its rows, and how many there are of them."""

    rows: list[Any] = field(default_factory=list)
    total: int | None = None


View = Callable[..., Rows]


def call(
    method: str, name: str, endpoint: str, does: str, *, address: str = "", lock: str = ""
) -> Callable[[View], View]:
    """Add a call. ``address`` is its path where that holds more than its name."""
    permission = permissions.register_endpoint(endpoint, does, lock)
    routes.tell(permission.name, f"{method} /{PREFIX}{name}")

    def decorate(view: View) -> View:
        @csrf_exempt
        @declare.route(permission.name)
        @functools.wraps(view)
        def enter(request: ApiRequest, **values: Any) -> HttpResponse:
            try:
                admit(request, permission.name)
                if request.method != method:
                    return _not_so(method)
                work = functools.partial(_work, request, view, values)
                return work() if method == "GET" else _in_one_transaction(request, work)
            except Problem as problem:
                return failure(problem)
            except (SuspiciousOperation, UnreadablePostError, MultiPartParserError) as trouble:
                return failure(_unreadable(trouble))
            except OperationalError as trouble:
                log.warning("the database did not take a call: %s", trouble)
                return failure(Busy())

        calls.append((method, name))
        urlpatterns.append(path(PREFIX + (address or name), enter))
        return view

    return decorate


def failure(problem: Problem) -> HttpResponse:
    """What went wrong, in the former system's form."""
    status, result = codes.of(problem)
    more = problem.more if isinstance(problem, Said) else {}
    response = _json({"ResultCode": result, "Message": codes.message(problem), **more}, status)
    if isinstance(problem, Throttled):
        response["Retry-After"] = str(problem.retry_after)
    if isinstance(problem, Unauthenticated):
        response["WWW-Authenticate"] = 'Bearer realm="hub"'
    return response


def no_such_call() -> HttpResponse:
    """The address names no call."""
    return _json({"ResultCode": codes.NO_SUCH_CALL, "Message": "There is no such call."}, 404)


def _in_one_transaction(request: ApiRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    key = request.headers.get("Idempotency-Key")
    request.body  # noqa: B018  # read before a form is: afterwards Django does not give it any more
    with transaction.atomic():
        return work() if key is None else idempotency.once(request, key, work)


def _work(request: ApiRequest, view: View, values: dict[str, Any]) -> HttpResponse:
    given: Parameters = parameters.of(request)
    answer = view(request, given, **values)
    total = len(answer.rows) if answer.total is None else answer.total
    return _json({"ResultCode": codes.SUCCESS, "Message": "Success", "TotalRecord": total, "data": answer.rows}, 200)


def _json(told: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(told, ensure_ascii=False), content_type="application/json", status=status)


def _not_so(method: str) -> HttpResponse:
    response = _json({"ResultCode": codes.NO_SUCH_CALL, "Message": f"This call is made with {method}."}, 405)
    response["Allow"] = method
    return response


def _unreadable(trouble: Exception) -> Problem:
    if isinstance(trouble, RequestDataTooBig):
        return too_large()
    return Said(codes.BAD_REQUEST, "The body cannot be read.")


def nowhere(request: HttpRequest) -> HttpResponse:
    """For every other address under the prefix."""
    return no_such_call()
