"""`hub new`: what it writes, what it asks, and what it refuses."""

from __future__ import annotations

import builtins
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli import main as cli
from hub.cli import new
from hub.core.registry import Registry
from hub.core.worktree import load
from hub.testing.kit import Kit
from hub.testing.templates import AUTHS, core_import, kept
from tests.cli.authors import new as make
from tests.cli.authors import working_in

ROOT = Path(__file__).parents[2]
PARTS = ("action", "trigger", "mapping", "webhook")
CHOICES = [
    (auth, tuple(part for part, on in zip(PARTS, parts, strict=True) if on))
    for auth in AUTHS
    for parts in itertools.product((True, False), repeat=4)
]
"""Every combination of flags."""


def tool(folder: Path, *words: str) -> str:
    """Run a tool there; its output when it is not content, else nothing."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "MYPYPATH": str(ROOT)},
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One distribution for each combination of flags, side by side."""
    folder = tmp_path_factory.mktemp("every-kind")
    for number, (auth, parts) in enumerate(CHOICES):
        make(folder, f"kind{number}", "--auth", auth, *(f"--{part}" for part in parts))
    return folder


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """An add-on with everything, loaded."""
    folder = make(tmp_path, "larkmail", *(f"--{part}" for part in PARTS))
    with working_in(folder, monkeypatch):
        yield load(folder)


def test_what_it_writes_loads_and_claims_what_was_asked_for(whole: Registry) -> None:
    plugin = whole.plugins["larkmail"]

    assert whole.troubles == ()
    assert [action.type for action in plugin.actions] == ["larkmail.send_message"]
    assert [way.name for way in plugin.ways_in] == ["larkmail.new_people", "person.created"]
    assert [mapping.name for mapping in plugin.mappings] == ["larkmail.sources"]
    assert plugin.source.distribution == "hub-larkmail"


def test_its_step_is_carried_out_once_by_the_production_dispatcher(whole: Registry) -> None:
    with Kit(whole.plugins["larkmail"].subject) as kit:
        run = kit.run("larkmail.send_message", design="d1")

        assert run.note == "Larkmail took it as id-1."
        assert kit.vendor.count(run.ref) == 1


def test_it_has_a_licence_a_readme_types_and_nothing_to_fill_in(tmp_path: Path) -> None:
    folder = make(tmp_path, "larkmail", "--license", "BSD-3-Clause", "--author", "Ada Lovelace")

    assert "BSD 3-Clause" in (folder / "LICENSE").read_text()
    assert "Ada Lovelace" in (folder / "LICENSE").read_text()
    assert (folder / "hub_larkmail" / "py.typed").exists()
    written = [file for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in written for mark in ("$", "%%", "@@", "TODO") if mark in file.read_text()]


@pytest.mark.slow
def test_every_combination_of_flags_is_clean_and_loads(every_kind: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tool(every_kind, "ruff", "check", ".") == ""
    assert tool(every_kind, "ruff", "format", "--check", ".") == ""
    for number, (_, parts) in enumerate(CHOICES):
        with working_in(every_kind / f"hub-kind{number}", monkeypatch) as folder:
            registry = load(folder)
            assert registry.troubles == ()
            assert bool(registry.claims) == ("action" in parts or not parts)


@pytest.mark.slow
def test_every_combination_of_flags_type_checks_strictly(every_kind: Path) -> None:
    packages = [
        str(folder / f"hub_kind{n}")
        for n, folder in enumerate(every_kind / f"hub-kind{n}" for n in range(len(CHOICES)))
    ]

    assert tool(every_kind, "mypy", "--strict", *packages) == ""


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(tmp_path, "larkmail")
    (folder / "README.md").write_text("mine")

    assert cli.main(["new", "larkmail", "--folder", str(folder)]) == 1

    assert "nothing is overwritten" in capsys.readouterr().err
    assert (folder / "README.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Lark-Mail"], "cannot be an add-on's name"),
        (["steps"], "a word the hub uses itself"),
        (["mailbox_power"], "taken by hub-mailbox-power"),
        (["larkmail", "--action", "class"], "class is a word of Python's own. Choose another name for the action"),
        (["larkmail", "--action", "list"], "list is a built-in name of Python's"),
        (["larkmail", "--mapping", "designs"], "designs is a name that stands in the written file already"),
        (["larkmail", "--action", "x1", "--mapping", "kinds"], "kinds is a name that stands in the written file already"),
        (["larkmail", "--trigger", "New Leads"], "cannot be the name of a trigger"),
        (["larkmail", "--action", "once"], "once is a name of hub.core's"),
        (["larkmail", "--action", "leads", "--trigger", "leads"], "Two parts are named leads"),
        (["larkmail", "--action", "on_x1", "--webhook", "x1"], "Two parts would be written as the function on_x1"),
        (["larkmail", "--action", "x"], "Use two to sixty small letters"),
        (["larkmail", "--webhook", "a b"], "cannot be a webhook's name"),
        (["larkmail", "--title", 'a "b"'], "must be one line without"),
        (["larkmail", "--title", " "], "The title is empty. Say one, or leave out --title"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)

    assert cli.main(["new", *words]) == 2

    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--action", "a_b", "--action", "c_d"], "--action is given twice, and hub new writes one of each."),
        (["--webhook", "--webhook", "x.y"], "--webhook is given twice, and hub new writes one of each."),
        (["--auth", "bearer"], "A bearer key is a key in a header: --auth header"),
        (["--auth", "Bearer"], "A bearer key is a key in a header: --auth header"),
        (["--auth", "jwt"], "invalid choice: 'jwt'"),
    ],
)
def test_a_flag_that_cannot_be_meant_so_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        cli.main(["new", "larkmail", *words])

    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_it_asks_and_takes_what_stands_in_brackets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["7", "basic", "", "post_card", "y", "", "n", "n", "3"])
    monkeypatch.setattr(new.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "input", lambda _question: next(answers))

    folder = make(tmp_path, "larkmail")

    code = (folder / "hub_larkmail" / "__init__.py").read_text()
    assert 'auth=Basic("user_name", "password")' in code
    assert '"post_card"' in code
    assert '"new_people"' in code
    assert "webhook" not in code
    assert "All rights reserved" in (folder / "LICENSE").read_text()
    assert "7 is not one of them." in capsys.readouterr().out


def test_a_name_that_cannot_be_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["", "", "Post Card", "class", "post_card", "n", "n", "n", ""])
    monkeypatch.setattr(builtins, "input", lambda _question: next(answers))

    _auth, parts, _license = new.asking.all_of("larkmail", new.PARTS)

    assert parts["action"] == "post_card"
    said = capsys.readouterr().out
    assert "Post Card cannot be the name of an action." in said
    assert "class is a word of Python's own" in said


def test_no_answer_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(_question: str) -> str:
        raise EOFError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(new.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "input", gone)

    assert cli.main(["new", "larkmail"]) == 1

    assert capsys.readouterr().err == "hub: Stopped: no answer came.\n"
    assert list(tmp_path.iterdir()) == []


def test_parts_of_a_template_stay_where_all_their_words_hold() -> None:
    text = "a\n%% if x\nb\n%% if y\nc\n%% end\n%% end\n%% if !x\nd\n%% end\n"

    assert kept(text, {"x"}) == "a\nb\n"
    assert kept(text, {"x", "y"}) == "a\nb\nc\n"
    assert kept(text, {"y"}) == "a\nd\n"


def test_imports_are_read_off_the_code_and_not_off_its_words() -> None:
    assert core_import('"""Sent, Page."""\nx = AddOn("Vendor", effect=once())') == "from hub.core import AddOn, once"
