"""How an operation of the API is written down: its call, its endpoint's permission, and what it answers.

::

    @operation(router, "POST", "/contacts", "contacts.create", "add contacts by API", answers={201: ContactTaken, 200: …})
    def create_contact(request: ApiRequest, body: NewContact) -> Answered: ...

The call is admitted (`admission`) before its body is read. A GET reads; everything else runs in one transaction, which is taken
back when a problem is raised, and under its `Idempotency-Key` when it brings one. A view returns a model, or `Answered` where it
has a choice of statuses, or None for 204.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from ninja import Router, Schema
from ninja.signature.utils import get_typed_signature
from pydantic import BaseModel

from hub.api import idempotency
from hub.api.admission import Admission
from hub.api.problems import ProblemOut
from hub.api.request import ApiRequest
from hub.db.errors import Invalid
from hub.users import declare, permissions
from hub.users.keys import routes

PREFIX = "/api"
PROBLEMS = frozenset({400, 401, 403, 404, 409, 413, 422, 429, 503})

View = Callable[..., Any]


class ProblemAnswer(Schema):
    """What django-ninja makes of an answer's model for each status of each operation; made once here, it is a tenth of the API's
    loading."""

    response: ProblemOut


@dataclass(frozen=True)
class Answered:
    """An answer with its status."""

    status: int
    model: BaseModel | None = None


def operation(
    router: Router,
    method: str,
    path: str,
    endpoint: str,
    does: str,
    *,
    answers: Mapping[int, Any],
    tag: str,
    lock: str = "",
    summary: str = "",
) -> Callable[[View], View]:
    """Add an operation to a router of the API.

    Args:
        endpoint: `area.verb`; `endpoint.area.verb` is the permission that the caller needs.
        does: completes "You may not …".
        answers: status → model of its body, or None; the first is the one a plain model is answered with.
        lock: the lock subject that closes it for accounts beneath.
        summary: what it does, where several operations share an endpoint; else ``does`` says it.
    """
    permission = permissions.register_endpoint(endpoint, does, lock)
    routes.tell(permission.name, f"{method} {PREFIX}{path}")

    def decorate(view: View) -> View:
        usual = next(iter(answers))

        @functools.wraps(view)
        def enter(request: ApiRequest, **values: Any) -> HttpResponse:
            _refuse_unknown_names(request, added)
            work = functools.partial(_work, request, view, values, usual)
            return work() if method == "GET" else _in_one_transaction(request, work)

        # django-ninja reads the parameters from here; their annotations are words of the view's own module.
        enter.__signature__ = get_typed_signature(view)  # type: ignore[attr-defined]
        declare.route(permission.name)(enter)
        router.add_api_operation(
            path,
            [method],
            enter,
            auth=Admission(permission.name),
            response=dict(answers),
            operation_id=view.__name__,
            summary=summary or does[:1].upper() + does[1:].removesuffix(" by API"),
            tags=[tag],
        )
        added = enter._ninja_operation  # type: ignore[attr-defined]
        added.response_models.update(dict.fromkeys(sorted(PROBLEMS), ProblemAnswer))
        return view

    return decorate


def _in_one_transaction(request: ApiRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    key = request.headers.get("Idempotency-Key")
    with transaction.atomic():
        return work() if key is None else idempotency.once(request, key, work)


def _work(request: ApiRequest, view: View, values: dict[str, Any], usual: int) -> HttpResponse:
    """The view's answer as text, made while its transaction is still open."""
    result = view(request, **values)
    answered = result if isinstance(result, Answered) else Answered(usual, result)
    if answered.model is None:
        return HttpResponse(status=answered.status)
    return HttpResponse(answered.model.model_dump_json(), content_type="application/json", status=answered.status)


def _refuse_unknown_names(request: ApiRequest, operation: Any) -> None:
    """A misspelt filter would answer with everything."""
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }
    if unknown := sorted(set(request.GET) - known):
        raise Invalid(
            dict.fromkeys(unknown[:20], "There is no such parameter."), "The address names what is not there."
        )
