"""The app for Zapier's platform, by that platform's own validator and tester: alone, and against a hub that runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from hub.cli.demo.children import Children
from hub.users.keys import making
from tests.cli.program import environment
from tests.support.homes import with_tables
from tests.support.servers import free_port

APP = Path(__file__).parents[2] / "plugins" / "zapier" / "app"
SECONDS = 600


def npm_test(script: str, **more: str) -> tuple[int, str]:
    """Run one of the app's scripts; how many of its tests passed, and what it said."""
    done = subprocess.run(
        ["npm", "run", "--silent", script], cwd=APP, env={**os.environ, **more}, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert (APP / "node_modules").is_dir(), (
        "The app's packages are missing: run tools/node-packages (`make test` does)."
    )
    assert done.returncode == 0, said[-6_000:]
    passed = re.search(r"^(?:#|ℹ) pass (\d+)$", said, re.MULTILINE)
    assert passed, said[-6_000:]
    return int(passed[1]), said


def company(given: Mapping[str, str]) -> dict[str, str]:
    """Made by a program of its own in the hub's folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.zapier_company"], env=given, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
def test_the_app_alone_fits_the_platform_and_reads_every_answer() -> None:
    passed, _ = npm_test("test")

    assert passed >= 28


@pytest.mark.slow
def test_the_app_does_everything_it_offers_at_a_hub_that_runs(tmp_path: Path) -> None:
    target = f"127.0.0.1:{free_port()}"
    home = with_tables(tmp_path / "home")
    given = environment(home, HUB_EGRESS_ALLOWED=target, HUB_LOG_LEVEL="warning")
    keys = company(given)

    with Children(tmp_path / "logs", given) as children:
        _, line = children.start("hub", "hub.cli.main", "up", "--port", "0")
        passed, _ = npm_test(
            "test:hub", HUB_URL=line.removeprefix("ready: "), HUB_TEST_TARGET=f"http://{target}/",
            HUB_TEST_WEB_KEY=keys["web_key"], HUB_TEST_ACCESS_TOKEN=keys["access_token"],
        )  # fmt: skip

    assert passed >= 13


def test_the_app_and_the_hub_agree_on_the_dummy_keys() -> None:
    words = (APP / "lib" / "hub.js").read_text(encoding="utf-8")

    assert f"DUMMY_WEB_KEY = '{making.DUMMY_WEB_KEY}'" in words
    assert f"DUMMY_ACCESS_TOKEN = '{making.DUMMY_ACCESS_TOKEN}'" in words


def test_the_platform_is_pinned_and_no_registry_is_named() -> None:
    lock = (APP / "package-lock.json").read_text(encoding="utf-8")

    assert json.loads((APP / "package.json").read_text())["dependencies"] == {"zapier-platform-core": "19.1.0"}
    assert json.loads(lock)["packages"]["node_modules/zapier-platform-core"]["version"] == "19.1.0"
    assert '"resolved"' not in lock
    assert not (APP / ".npmrc").exists()
