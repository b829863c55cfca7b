"""The world of the matrix, built once for all its tests; its requests are named alike and its logs quiet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.isolation.world import World


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everybody and everything. What a test does to it is taken back after that test."""
    import hub.api.urls  # noqa: F401  # as a serving process has them: then the endpoints are known
    from hub.web import naming

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        from django.conf import settings

        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        patch.setattr(settings, "HUB_HOME", tmp_path_factory.mktemp("home"))
        patch.setattr(naming, "secrets", SimpleNamespace(token_hex=lambda _bytes: "reference"))
        logging.disable(logging.CRITICAL)
        try:
            yield from _built()
        finally:
            logging.disable(logging.NOTSET)


def _built() -> Iterator[World]:
    from django.db import transaction

    from hub.addons import installed
    from hub.plans import loading
    from tests.isolation import bands
    from tests.isolation import world as worlds
    from tests.web.plans.world import build_registry

    loading.forget()
    with bands.given_back(), transaction.atomic(), installed.use(build_registry()) as registry:
        yield worlds.build(registry)
        transaction.set_rollback(True)
    loading.forget()
