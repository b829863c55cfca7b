"""What every request gets before its view is looked up: the caller's address, and a limit on its weight.

And what every answer gets: nobody keeps it but the browser's window, unless its view says otherwise. Its name in the logs it has
from :mod:`hub.web.naming`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from hub.db.errors import Problem
from hub.db.texts import storable
from hub.web import answers, caller

log = logging.getLogger("hub.web")


class HubMiddleware:
    """The innermost middleware: sessions, messages and htmx are there already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.ip = caller.address(  # type: ignore[attr-defined]
            request.META.get("REMOTE_ADDR", ""),
            request.META.get("HTTP_X_FORWARDED_FOR", ""),
            tuple(settings.HUB_TRUSTED_PROXIES),
        )
        response = self._refused(request) or self._get_response(request)
        timezone.deactivate()  # the next request on this thread is somebody else's
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    def _refused(self, request: HttpRequest) -> HttpResponse | None:
        if _weight(request) > settings.HUB_UPLOAD_MAX_BYTES:
            return answers.of(request, _too_large())
        if not all(storable(text) for text in (request.path, *_query_texts(request))):
            return answers.of(request, _unreadable())
        return None


class Sessions(SessionMiddleware):
    """Django's, for a database that takes no write just now: the answer to what was done is given all the same.

    Lost is what the session was to remember, such as a message on the next page. Who was signing in is asked once more.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except OperationalError as trouble:
            log.warning("a session could not be kept: %s", trouble)
            return response


class TooLarge(Problem):
    """More than one request may bring."""

    status = 413
    default_code = "too_large"


def _too_large() -> TooLarge:
    megabytes = settings.HUB_UPLOAD_MAX_BYTES // (1024 * 1024)
    return TooLarge(
        _("This is larger than the %(most)s megabytes that can be sent at once.") % {"most": megabytes},
        next=_("Send a smaller file, or split it."),
    )


def _unreadable() -> Problem:
    return Problem(_("The address holds a character that cannot be read."), next=_("Check the address."))


def _weight(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _query_texts(request: HttpRequest) -> list[str]:
    return [text for name, values in request.GET.lists() for text in (name, *values)]
