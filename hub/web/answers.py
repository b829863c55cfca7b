"""From a `Problem` to an answer that one can act on: a page, a toast where htmx asked, JSON for programs.

A page stands in the frame when its account may be shown, and plain when not. Nothing is written here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hub.db.errors import Conflict, Problem, Throttled

SECRET_NAMES = re.compile(r"pass|secret|token|key|word", re.IGNORECASE)
LONGEST_ECHO = 4_000  # characters of one field that a conflict page gives back
MOST_ECHOED = 30
OF_PROGRAMS = ("/api/", "/v2/api/")
"""Addresses that programs call: they are told in problem+json."""


def of(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer to a problem that the view did not handle itself."""
    response = _drawn(request, problem)
    if isinstance(problem, Throttled):
        response["Retry-After"] = str(problem.retry_after)
    return response


def toast(response: HttpResponse, text: str, tone: str = "success") -> HttpResponse:
    """Put a short message on an htmx answer; `tone`: success, info, warning or danger."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": tone}})
    return response


def _drawn(request: HttpRequest, problem: Problem) -> HttpResponse:
    if request.path.startswith(OF_PROGRAMS):
        # Only what is refused before the API's own door comes by here.
        return HttpResponse(
            json.dumps(problem.as_json()), content_type="application/problem+json", status=problem.status
        )
    return _toast(problem) if getattr(request, "htmx", False) else _page(request, problem)


def _toast(problem: Problem) -> HttpResponse:
    text = " ".join([problem.sentence, *problem.fields.values()])
    response = HttpResponse(status=problem.status)
    response["HX-Reswap"] = "none"  # nothing on the page is replaced by an empty answer
    return toast(response, text, "danger")


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    framed = getattr(request, "framed", False)
    context = {
        "problem": problem,
        "who": problem.who or _("You"),
        "next": problem.next or _("Go back and try again."),
        "reference": getattr(request, "reference", ""),
        "typed": _typed(request) if isinstance(problem, Conflict) else [],
        "home": getattr(request, "home", "/"),
        "here": request.path if request.method == "GET" else "",
    }
    template = "web/errors/problem.html" if framed else "web/errors/problem_plain.html"
    return render(request, template, context, status=problem.status)


def _typed(request: HttpRequest) -> list[tuple[str, Any]]:
    """What was sent, to be copied: a conflict must not cost anybody their text."""
    if request.method != "POST":
        return []
    pairs = [(name, value[:LONGEST_ECHO]) for name, values in request.POST.lists() for value in values if value]
    return [pair for pair in pairs if not SECRET_NAMES.search(pair[0])][:MOST_ECHOED]
