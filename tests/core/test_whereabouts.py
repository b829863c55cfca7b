"""Where in its author's own code an exception came from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core import whereabouts

CODE = """
import json
from pydantic import BaseModel, field_validator

def deep():
    json.loads("{")

def shallow():
    deep()

class Form(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def stumbles(cls, value):
        return {}[value]
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    (tmp_path / "wherelark").mkdir()
    (tmp_path / "wherelark" / "__init__.py").write_text("")
    (tmp_path / "wherelark" / "steps.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    from importlib import import_module

    yield import_module("wherelark.steps")
    for name in [name for name in sys.modules if name.startswith("wherelark")]:
        del sys.modules[name]


def told(call) -> str:
    """The place of what a call raises, without the frames of this test, which are a stranger's too."""
    with pytest.raises(Exception) as raised:  # whatever it is, it is its way that counts
        call()
    here = raised.value.__traceback__
    return whereabouts.place(raised.value.with_traceback(here.tb_next.tb_next))


def test_the_deepest_line_of_the_plugin_is_named_and_not_that_of_a_library(plugin) -> None:
    assert told(lambda: plugin.shallow()) == "wherelark/steps.py, line 6, in deep"


def test_a_form_called_by_way_of_a_library_is_found(plugin) -> None:
    assert told(lambda: plugin.Form(name="x")).startswith("wherelark/steps.py, line 17, in stumbles")


def test_what_does_not_compile_names_its_own_file() -> None:
    assert told(lambda: compile("x = = 1", "/somewhere/hub_lark/__init__.py", "exec")) == "hub_lark/__init__.py, line 1"


def test_what_never_came_to_a_plugin_has_no_place() -> None:
    assert whereabouts.place(ValueError("oh")) == ""


def test_a_file_is_named_from_its_package_on() -> None:
    assert whereabouts.shortened("/a/hub_x/site-packages/hub_x/steps.py", "hub_x") == "hub_x/steps.py"
    assert whereabouts.shortened("/a/one_file.py", "one_file") == "one_file.py"
