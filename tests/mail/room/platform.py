"""An operator's sender, for the time of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import override_settings

from hub.db import mail_url

URL = "smtp://robot:se%20cret@smtp.platform.example?from=hub@platform.example"


@contextmanager
def platform_sender(url: str = URL) -> Iterator[None]:
    with override_settings(HUB_MAIL_URL=mail_url.read(url)):
        yield
