"""What is shown when no view answers: unknown addresses, refused forms, too much at once, and our own mistakes."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from hub.db.errors import NotFound, Problem, Refused
from hub.web import answers
from hub.web.middleware import TooLarge

log = logging.getLogger("hub.web")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when it was too much."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return answers.of(request, TooLarge(_("This is more than one form can send."), next=_("Send less at once.")))
    return answers.of(request, Problem(_("This request could not be read."), next=_("Go back and try again.")))


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, for refusals that are not the permission checks'."""
    return answers.of(request, Refused(_("This is not allowed.")))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, in the same words as for a record of somebody else."""
    return answers.of(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours, or from one that was open too long."""
    log.warning("a form was refused: %s", reason)
    return answers.of(
        request,
        Refused(
            _("The hub could not be sure that this form came from you, so nothing was changed."),
            next=_("Go back, load the page again, and send the form once more. Cookies must be allowed."),
            reason="csrf",
        ),
    )


def our_mistake(request: HttpRequest) -> HttpResponse:
    """500: nothing that could fail again is asked for, neither the session nor the database."""
    context = {"reference": getattr(request, "reference", ""), "theme_choice": ""}
    return HttpResponse(render_to_string("web/errors/our_mistake.html", context), status=500)
