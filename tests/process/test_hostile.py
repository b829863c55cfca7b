"""Five hostile plugins at once, and one that is wild while it works: the hub is up, the others run, each has its reason."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli.demo.children import Children
from tests.cli.program import environment, hub
from tests.core.distributions import Shelf
from tests.process.company import make, states
from tests.process.test_up import until

pytestmark = pytest.mark.slow

HOSTILE = {
    "raises": ("raise RuntimeError('not today')", "RuntimeError: not today"),
    "asserts": ("assert False, 'half-built'", "AssertionError: half-built"),
    "exits": ("import sys; sys.exit(3)", "it called sys.exit(3)"),
    "hangs": ("import threading; threading.Event().wait(600)", "it did not answer within"),
    "floods": (
        "import sys; sys.stderr.write('noise ' * 200_000); raise RuntimeError('x' * 5_000_000)",
        "RuntimeError: xxx",
    ),
}
"""Name → what its import does, and the words by which it is listed."""

WILD = """
    import logging
    import sys
    from hub.core import AddOn, Done, Settings

    addon = AddOn("wild", title="Wild", always_on=True)

    class Nothing(Settings):
        '''A step without settings.'''

    @addon.action("leave", Nothing, title="Leave")
    async def leave(vendor, step, contact):
        sys.exit(3)

    @addon.action("flood", Nothing, title="Flood")
    async def flood(vendor, step, contact):
        logging.getLogger("wild").error("noise " * 200_000)
        return Done("x" * 20_000_000)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def children(tmp_path: Path, home: Path) -> Iterator[Children]:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name, (code, _) in HOSTILE.items():
        Shelf(folder).put(name, code)
    Shelf(folder).put("wild", WILD)
    with Children(tmp_path / "logs", environment(home, PYTHONPATH=str(folder))) as all_of_them:
        yield all_of_them


def test_the_hub_is_up_the_others_run_and_each_is_listed_with_its_reason(
    children: Children, home: Path, tmp_path: Path
) -> None:
    _, catcher = children.start("catcher", "hub.cli.demo.catch", "--ledger", str(tmp_path / "ledger"))
    children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
    _, line = children.start("hub", "hub.cli.main", "up", "--port", "0")

    make(home, children.environment, f"wild.leave,wild.flood,{catcher}", contacts=2)
    until(lambda: not {"scheduled", "claimed", "calling"} & set(states(home)), 90)

    assert states(home)["done"] == 4, "the flood's two are done, cut to a size, and so are the neighbour's"
    assert sum(states(home).values()) == 6
    with urllib.request.urlopen(line.removeprefix("ready: ") + "health/live", timeout=20) as answer:
        assert answer.status == 200
    listed = hub(home, "plugins", "--json", PYTHONPATH=children.environment["PYTHONPATH"])
    troubles = {one["name"]: one["reason"] for one in json.loads(listed.stdout)["not_loaded"]}
    for name, (_, words) in HOSTILE.items():
        assert words in troubles[name]
        assert len(troubles[name]) < 1_000
