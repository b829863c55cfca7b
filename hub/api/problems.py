"""What goes wrong, as problem+json (RFC 9457): the same three sentences that a person reads, and a code for programs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, Field

from hub.db.errors import Busy, Invalid, NotFound, Problem, Throttled, Unauthenticated

log = logging.getLogger("hub.api")

MEDIA_TYPE = "application/problem+json"


class ProblemOut(BaseModel):
    """What happened, who acts, what next."""

    type: str = Field(description="Always about:blank; `code` tells problems apart.")
    title: str = Field(description="What happened, in one sentence.")
    status: int
    detail: str = Field(description="What happened, who can act, and what to do next.")
    code: str = Field(description="Stable, for programs.")
    fields: dict[str, str] | None = Field(default=None, description="Field → what is wrong with it.")
    reference: str | None = Field(default=None, description="Names this call in the hub's logs.")


SENT, AGAIN = "Some of what was sent cannot be used.", "Correct the fields and send again."
NO_OBJECT = ("model_type", "model_attributes_type", "dict_type")
"""Pydantic's words for a list or a text where an object belongs."""


class WrongMethod(Problem):
    """The call is there, and made with another method."""

    status = 405
    default_code = "wrong_method"

    def __init__(self, methods: Iterable[str]) -> None:
        super().__init__(f"This call is made with {' or '.join(sorted(methods))}.")


class TooLarge(Problem):
    """More than one call may bring."""

    status = 413
    default_code = "too_large"


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem as the API answers it."""
    told = _to_a_program(problem).as_json()
    if reference := getattr(request, "reference", ""):
        told["reference"] = reference
    response = HttpResponse(json.dumps(told, ensure_ascii=False), content_type=MEDIA_TYPE, status=problem.status)
    if isinstance(problem, Throttled):
        response["Retry-After"] = str(problem.retry_after)
    if isinstance(problem, Unauthenticated):
        response["WWW-Authenticate"] = 'Bearer realm="hub"'
    return response


def _to_a_program(problem: Problem) -> Problem:
    """What is wrong in a form is said to somebody before a form; a program has sent it."""
    if isinstance(problem, Invalid):
        problem.what = SENT if problem.what == Invalid.usual else problem.what
        problem.next = AGAIN
    return problem


def handle_in(api: NinjaAPI) -> None:
    """Have every exception of an operation answered so. What is none of these is our mistake: Django logs it and answers 500."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Problem: answer,
        ValidationError: lambda request, error: answer(request, invalid(error.errors)),
        HttpError: lambda request, error: answer(request, _of_http(error)),
        Http404: lambda request, _: answer(request, NotFound()),
        RequestDataTooBig: lambda request, _: answer(request, too_large()),
        UnreadablePostError: lambda request, _: answer(request, _broken_off()),
        OperationalError: _busy,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def invalid(errors: list[dict[str, Any]]) -> Invalid:
    """Pydantic's errors, each under the name of its field as it was sent."""
    fields: dict[str, str] = {}
    for error in errors:
        fields.setdefault(_field(error["loc"]), _sentence(error))
    return Invalid(fields)


def too_large() -> TooLarge:
    return TooLarge("This is more than one call may bring.", next="Send less at a time.")


def _field(location: tuple[Any, ...]) -> str:
    """`("body", "body", "consent", "email")` is `consent.email`: where it came from, and our parameter's name, go."""
    parts = [str(part) for part in location[1:]]
    if location and location[0] == "body" and len(parts) > 1:
        parts = parts[1:]
    return ".".join(parts) or "body"


BODY_ITSELF = 2
"""Parts of the location of a body that is not there: where it comes from, and our parameter's name."""


def _sentence(error: dict[str, Any]) -> str:
    if error.get("type") == "extra_forbidden":
        return "There is no such field."
    if error.get("type") in NO_OBJECT:
        return "This must be a JSON object."
    if error.get("type") == "missing" and len(error["loc"]) == BODY_ITSELF and error["loc"][0] == "body":
        return "This call needs a body, which is a JSON object."
    words = str(error.get("msg", "This cannot be used.")).removeprefix("Value error, ")
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")


def _of_http(error: HttpError) -> Problem:
    if isinstance(error.__cause__, Problem):
        return error.__cause__
    if error.status_code == 400:
        return Problem("The body is no JSON that can be read.", next="Correct it and send again.", code="unreadable")
    problem = Problem(str(error), code="problem")
    problem.status = error.status_code
    return problem


def _broken_off() -> Problem:
    return Problem("The body did not arrive whole.", next="Send it again.", code="unreadable")


def _busy(request: HttpRequest, trouble: OperationalError) -> HttpResponse:
    log.warning("the database did not take a call: %s", trouble)
    return answer(request, Busy())
