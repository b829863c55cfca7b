"""The author's kit against plugins in processes of their own: the same cases, the same ends.

`make test` plays every case of one bundled plugin and a sample of two others; `make isolation` (`--faults=large`) plays all cases
of all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from hub.core.registry import from_entry_points
from hub.dispatch.apart.loading import Apart
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import carry_out
from hub.testing.proofs.case import Badge, Case, Unproved
from tests.dispatch.apart.behind import entry

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).parents[3]

PLUGINS = {
    "hub_mailbox_power": (HOUSE / "plugins" / "mailbox_power", 1),
    "hub_smtp_custom": (HOUSE / "plugins" / "smtp_custom", 9),
    "hub_larkline": (HOUSE / "examples" / "larkline", 31),
    "hub_clubready": (HOUSE / "plugins" / "clubready", 1),
    "hub_gmail": (HOUSE / "plugins" / "gmail", 23),
    "hub_outlook": (HOUSE / "plugins" / "outlook", 31),
    "hub_outlook.smtp": (HOUSE / "plugins" / "outlook", 23),
    "hub_zapier": (HOUSE / "plugins" / "zapier", 19),
    "hub_aviary": (HOUSE / "tests" / "testing", 1),
    "hub_postpigeon": (HOUSE / "tests" / "testing", 1),
    "hub_kestrel": (HOUSE / "tests" / "testing", 1),
}
"""Package → where it lies, and of how many cases one is played."""


@contextmanager
def bench(package: str, folder: Path) -> Iterator[Bench]:
    """The plugin twice: in its process, to be played, and in ours, for the vendor to be grown from."""
    sys.path.insert(0, str(folder))
    apart = Apart()
    try:
        name = package.removeprefix("hub_").replace(".", "_")
        registry = from_entry_points([entry(name, f"{package}:addon")], loaders=apart.loaders)
        assert not registry.troubles
        with Bench(import_module(package).addon, apart=registry) as made:
            yield made
    finally:
        apart.close()
        sys.path.remove(str(folder))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    large = metafunc.config.getoption("--faults") == "large"
    metafunc.parametrize("package", list(PLUGINS) if large else list(PLUGINS)[:3])


def test_behind_the_wall_every_case_ends_as_it_does_in_the_hub(package: str, request: pytest.FixtureRequest) -> None:
    folder, every = PLUGINS[package]
    with bench(package, folder) as given:
        cases = [case for case in cases_of(given) if not case.for_grade and case.badge is not Badge.PAPERS]
        played = cases if request.config.getoption("--faults") == "large" else cases[::every]

        red = [said for case in played if (said := _said(case, given))]

    assert not red, f"{len(red)} of {len(played)} are red:\n" + "\n".join(red[:5])
    assert len(played) >= 25


def _said(case: Case, given: Bench) -> str:
    try:
        carry_out(case, given)
    except Unproved as unproved:
        return str(unproved)
    return ""
