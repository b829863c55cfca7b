"""A stranger's machine, made by typing the page about the first add-on; made once, whichever worker needs it first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docs.page import script
from tests.support.strangers import Machine, once, wheelhouse


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all workers of this run share, and no other run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def machine(shared: Path) -> Machine:
    """A stranger's machine on which the whole page was typed; what was printed lies in `page.out` and `page.err`."""
    wheels = wheelhouse(shared)

    def type_the_page(home: Path) -> None:
        done = Machine(home, wheels).sh(script())
        (home / "page.out").write_text(done.stdout)
        (home / "page.err").write_text(f"{done.returncode}\n{done.stderr}")

    return Machine(once(shared / "stranger", type_the_page), wheels)
