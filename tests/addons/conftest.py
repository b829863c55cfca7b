"""An enterprise with one branch, and PostPigeon loaded and catalogued.

What needs Django is imported inside the fixtures: this file is read before the settings are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def registry() -> Iterator[Any]:
    """PostPigeon is the only plugin this process has loaded."""
    from hub.addons import installed
    from hub.core.registry import from_objects
    from tests.core import postpigeon

    with installed.use(from_objects({"postpigeon": postpigeon.addon})) as given:
        yield given


@pytest.fixture
def enterprise(db: None) -> Any:
    """The root of a tree."""
    from hub.accounts import changes as accounts
    from hub.accounts.models import Account
    from hub.audit.actor import SYSTEM

    return accounts.create("Acme", by=SYSTEM, kind=Account.Kind.ENTERPRISE)


@pytest.fixture
def branch(enterprise: Any) -> Any:
    """An account beneath it."""
    from django.db import transaction

    from hub.accounts import changes as accounts
    from hub.audit.actor import SYSTEM

    with transaction.atomic():
        return accounts.create("Branch", by=SYSTEM, parent=enterprise)


@pytest.fixture
def catalogued(db: None, registry: Any) -> Any:
    """The catalog knows PostPigeon."""
    from hub.addons import catalog

    catalog.sync(registry)
    return registry


@pytest.fixture
def on(branch: Any, catalogued: Any) -> Any:
    """The branch with PostPigeon available, switched on, and set."""
    from django.db import transaction

    from hub.addons import changes
    from hub.audit.actor import SYSTEM
    from tests.addons.world import ADMIN, SETTINGS

    with transaction.atomic():  # as the edge would
        changes.make_available(branch, "postpigeon", by=SYSTEM)
        changes.enable(branch, "postpigeon", by=ADMIN)
        changes.save_settings(branch, "postpigeon", SETTINGS, by=ADMIN)
    return branch
