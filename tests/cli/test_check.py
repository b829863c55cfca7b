"""`hub check`: the grade at the command line, its exit code, and where it is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.cli import keeping
from hub.cli import main as cli
from tests.cli.authors import new, working_in
from tests.cli.program import hub
from tests.support.homes import with_tables


@pytest.fixture
def larkmail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a new add-on with a small declaration, and we are in it. This machine has no hub."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "no-hub"))
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    with working_in(new(tmp_path, "larkmail", "--mapping"), monkeypatch) as folder:
        yield folder


def break_the_check(folder: Path) -> None:
    """Whatever the key, the Test button is content."""
    file = folder / "hub_larkmail" / "__init__.py"
    file.write_text(file.read_text().replace("return (await vendor(me)).name", "return 'fine'"))


def test_it_prints_the_grade_and_ends_well(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", ".", "--at-least", "platinum"]) == 0

    assert capsys.readouterr().out.startswith("larkmail: platinum\n")


def test_below_the_level_it_names_the_failing_case_and_who_acts(
    larkmail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    break_the_check(larkmail)

    assert cli.main(["check"]) == 1

    said = capsys.readouterr()
    assert "- bronze    connection test" in said.out
    assert "check: a wrong key" in said.out
    assert "has not reached bronze. Its author acts" in said.err


def test_what_the_vendor_does_not_offer_is_not_asked_of_the_author(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with working_in(new(tmp_path, "larkmail", "--action"), monkeypatch) as folder:
        file = folder / "hub_larkmail" / "__init__.py"
        file.write_text(file.read_text().partition("\n\n\n@send_message.reconcile")[0] + "\n")

        assert cli.main(["check", "--no-keep", "--at-least", "platinum"]) == 1

    said = capsys.readouterr()
    assert "gold is the highest level: check with --at-least gold" in said.err
    assert "run the tests to see them all" not in said.out  # they hold no case that decides about the level only


def test_for_programs_it_is_json(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_the_check(larkmail)

    cli.main(["check", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert (said["addon"], said["level"]) == ("larkmail", "none")
    failing = next(one for one in said["badges"] if not one["earned"])
    assert failing["badge"] == "connection test"
    assert failing["failure"].startswith("check: ")


def test_what_the_plugin_prints_is_not_in_the_json(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = larkmail / "hub_larkmail" / "__init__.py"
    file.write_text(file.read_text().replace("return (await vendor(me)).name", "print('hello'); return 'fine'"))

    cli.main(["check", "--json"])

    said = capsys.readouterr()
    assert json.loads(said.out)["addon"] == "larkmail"
    assert "hello" in said.err


def test_a_machine_without_a_hub_gets_none(larkmail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["check"])

    assert "The grade" not in capsys.readouterr().out
    assert not (tmp_path / "no-hub").exists()


def test_an_add_on_that_does_not_load_is_a_sentence(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (larkmail / "hub_larkmail" / "__init__.py").write_text("assert False, 'not ready'")

    assert cli.main(["check"]) == 1

    assert "its import failed: AssertionError: not ready" in capsys.readouterr().err


def test_a_hub_is_at_hand_when_it_has_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    assert not keeping.at_hand()

    (tmp_path / "hub.sqlite3").touch()
    assert keeping.at_hand()


@pytest.mark.slow
def test_a_hub_of_another_version_is_named_once_and_left_as_it_is(larkmail: Path, tmp_path: Path) -> None:
    home = tmp_path / "old"
    home.mkdir()
    (home / "hub.sqlite3").touch()

    done = hub(home, "check", ".", "--at-least", "bronze")

    assert done.returncode == 0, done.stdout + done.stderr
    [line] = [line for line in done.stdout.splitlines() if "kept" in line]
    assert f"It was not kept in the hub of this machine ({home}), which is no matter of your add-on" in line
    with closing(sqlite3.connect(home / "hub.sqlite3")) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []


@pytest.mark.slow
def test_the_grade_is_kept_in_this_machines_hub(tmp_path: Path) -> None:
    home = with_tables(tmp_path / "home")

    kept = hub(home, "check", "mailbox_power", "--at-least", "bronze")
    asked = hub(home, "check", "mailbox_power", "--no-keep")

    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert "The grade is kept in this machine's hub" in kept.stdout
    assert "The grade is kept" not in asked.stdout
