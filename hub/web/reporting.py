"""The detailed error page of ``HUB_DEBUG``, without secrets: a traceback shows the value of every variable, and Django hides by
name only."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from hub.core import redact


class Reporter(ExceptionReporter):
    """Django's own, with every secret that this process has opened taken out by value."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(redact.text(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(redact.text(super().get_traceback_text()))
