"""What nearly every test would pay for, and only few are about.

Passwords are hashed quickly (those who mean the hub's own hashers ask for them), emptying looks at what has rows, every test's
browser gets the static files that the first one found, an answer remembers what its page was given and not what each part of
the page was, and garbage is looked for seldom.
"""

from __future__ import annotations

import gc
from typing import Any

HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

GARBAGE = 50_000
"""So many objects more are made before anybody looks for those that hold each other. At Python's own 700 the looking takes a
tenth of the time of a test that draws pages; this many are a few megabytes."""


def begin() -> None:
    """From now on, in this process. Django is set up."""
    from django.conf import settings

    from tests.support import emptying  # models can be imported only once the house has set Django up

    settings.PASSWORD_HASHERS = HASHERS
    gc.set_threshold(GARBAGE)
    emptying.begin()
    _look_for_static_files_once()
    _remember_pages_only()


def _look_for_static_files_once() -> None:
    """Each client of a test loads the middleware anew, and WhiteNoise with it would walk every folder of static files; no test
    writes there."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look, found = WhiteNoiseMiddleware.add_files_from_finders, dict[str, Any]()

    def once(noise: WhiteNoiseMiddleware) -> None:
        if not found:
            others = set(noise.files)
            look(noise)
            found.update({url: file for url, file in noise.files.items() if url not in others})
        noise.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = once


def _remember_pages_only() -> None:
    """A hundred parts make a page, and Django's client would copy the whole context for each."""
    from django.test import client

    remember = client.store_rendered_templates

    def of_pages(store: dict[str, Any], signal: Any, sender: Any, template: Any, context: Any, **more: Any) -> None:
        if context.template is template:
            remember(store, signal, sender, template, context, **more)

    client.store_rendered_templates = of_pages
