"""An account to import into, and the shortest way through an import. Hub modules are imported late: see tests/contacts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def imports_folder(tmp_path: Path, settings: Any) -> Path:
    """Uploaded files of a test lie in the test's own folder."""
    settings.HUB_HOME = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def account(db: None) -> Any:
    from hub.accounts import changes as accounts
    from hub.audit.actor import SYSTEM
    from tests.imports.journey import make_ann

    made = accounts.create("Provo", by=SYSTEM, values={"country": "US"})
    make_ann(made)
    return made


@pytest.fixture
def received(account: Any) -> Callable[..., Any]:
    """Upload bytes or text as a file."""
    from hub.imports import changes
    from tests.imports.journey import ANN

    def receive(content: bytes | str, name: str = "people.csv", at: Any = None) -> Any:
        raw = content.encode() if isinstance(content, str) else content
        chunks = [raw[start : start + 1_000] for start in range(0, len(raw), 1_000)]
        return changes.receive(at or account, name, chunks, by=ANN)

    return receive
