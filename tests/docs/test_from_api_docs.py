"""The papers are tested: the example of "From HTTP API docs to add-on" that reads a *no* does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hub.testing.faults import Fault
from hub.testing.kit import Kit

PAGE = (Path(__file__).parents[2] / "docs" / "from-api-docs.md").read_text()
[EXAMPLE] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
BEFORE = """
from hub.core import *

class Join(Settings): pass
class NewMember(Answer):
    email: str
    ref: str
class Member(Answer):
    uid: str
addon = AddOn("klubs", title="Klubs", base_url="https://klubs.example")
"""


@pytest.fixture
def hub() -> Any:
    names: dict[str, Any] = {"__name__": "klubs"}
    exec(BEFORE + EXAMPLE, names)
    with Kit(names["addon"]) as hub:
        yield hub


@pytest.mark.parametrize(
    ("code", "state", "reference"), [("exists", "done", "m-7"), ("closed", "failed", "")], ids=["exists", "closed"]
)
def test_two_answers_of_one_status_are_told_apart_by_their_code(
    hub: Kit, code: str, state: str, reference: str
) -> None:
    hub.vendor.fail(Fault("no", 409, body=b'{"code": "%s", "uid": "m-7"}' % code.encode()).at("write"))

    run = hub.run("klubs.join")

    assert (run.state, run.reference) == (state, reference)
