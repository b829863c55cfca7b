"""The pytest plugin: the fixture ``hub``, a bench with the test module's own ``addon`` on it, and ``cassette``, which plays
recorded traffic on one.

::

    from hub_postpigeon import addon

    def test_the_note_names_the_card(hub):
        assert hub.run("postpigeon.mail_card", campaign="c1").note == "Card id-1 is queued"

A plugin that ends the whole process cannot make a run look green (:mod:`hub.testing.early_end`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from hub.testing import early_end

if TYPE_CHECKING:
    from hub.testing.kit import Kit

early_end.watch()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Somebody may have swallowed what was raised, or have called from a thread."""
    if early_end.noted() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it where it is read."""
    for sentence in early_end.noted():
        terminalreporter.line(f"hub: {sentence}", red=True)


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[Kit]:
    """The bench. The test module names its ``addon``; nothing else need be set up."""
    from hub.testing.kit import Kit  # not before a test asks: every pytest run of the house loads this file

    addon = getattr(request.module, "addon", None)
    if addon is None:
        raise pytest.UsageError("the fixture 'hub' tests the add-on that the module imports as 'addon'")
    with Kit(addon) as kit:
        yield kit


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Kit]]:
    """Plays a cassette of the folder ``cassettes`` beside the test: ``hub = cassette("mail.jsonl")``. What is recorded and was
    not asked for fails the test at its end."""
    from hub.testing.cassette import replay

    folder, addon = request.path.parent / "cassettes", getattr(request.module, "addon", None)
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(replay(folder / name, addon))
