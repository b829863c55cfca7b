"""The papers are tested, the uncomfortable ones above all: what the paper on isolation does not promise is really not kept."""

from __future__ import annotations

import gc
import os
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.core import AddOn, Contact, Done, Settings, Vendor
from hub.core.guard import PAGE_SECONDS
from hub.dispatch import plain
from hub.dispatch.apart.process import STOP_SECONDS
from hub.dispatch.receiving import HANDLER_SECONDS
from hub.testing.kit import Kit

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "docs" / "isolation.md").read_text()


class Password:
    """Some other connection's secret, somewhere in memory."""

    def __init__(self, value: str) -> None:
        self.value = value


def note_of(deed: Callable[[], str]) -> str:
    """What a plugin that does this in a step brings home."""
    addon = AddOn("harm", title="Harm")

    @addon.action("do", Settings, title="Do")
    async def do(vendor: Vendor, step: Any, contact: Contact) -> Done:
        return Done(note=deed())

    with Kit(addon) as kit:
        return kit.run("harm.do").note


def test_every_promise_names_a_test_that_is_there() -> None:
    promises = PAPER.partition("## What holds")[2].partition("## What is not promised")[0]
    named = re.findall(r"`(tests/\S+)` \|$", promises, re.MULTILINE)

    assert len(named) >= 8
    assert [file for file in named if not (ROOT / file).is_file()] == []


def test_the_times_in_it_are_those_of_the_code() -> None:
    told = dict(re.findall(r"^\| (plain code|a webhook's handler)[^|]* \| (\d+) seconds \|", PAPER, re.MULTILINE))

    assert told == {"plain code": f"{PAGE_SECONDS:g}", "a webhook's handler": f"{HANDLER_SECONDS:g}"}
    assert f"if it has not {STOP_SECONDS:g} seconds later" in PAPER


def test_it_names_each_command_that_imports_a_plugin_where_it_is_typed() -> None:
    aside = PAPER.partition("(The author's commands")[2].partition(")")[0]

    assert set(re.findall(r"`hub\s(\w+)`", aside)) == {"check", "dev", "run", "capsule"}


def test_a_plugin_can_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODYS_KEY", "canary in the environment")

    assert note_of(lambda: os.environ["SOMEBODYS_KEY"]) == "canary in the environment"


def test_a_plugin_can_find_secrets_in_memory() -> None:
    kept = Password("canary in memory")

    found = note_of(lambda: next(thing.value for thing in gc.get_objects() if type(thing) is Password))

    assert found == kept.value


def test_a_plugin_can_open_a_connection_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def call() -> str:
            socket.create_connection(address, 1).close()
            return "it was let through"

        assert note_of(call) == "it was let through"


def test_a_plugin_can_replace_our_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "told", plain.told)  # put back afterwards

    def replace() -> str:
        plain.told = lambda trouble: "mine"
        return plain.told(ValueError())

    assert note_of(replace) == "mine"


def test_a_plugin_can_start_threads() -> None:
    ran = threading.Event()

    def begin() -> str:
        threading.Thread(target=ran.set).start()
        return str(ran.wait(60))

    assert note_of(begin) == "True"
