"""Finding and calling commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli import main as cli
from hub.users import declare
from tests.cli.program import hub

DOCS = Path(__file__).parents[2] / "docs"
PAPERS = (DOCS / "operations.md", DOCS / "first-add-on.md")


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    script = "import sys; from hub.cli.main import main; main(['--help']); print(sorted({'django', 'httpx'} & set(sys.modules)))"

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said.strip().endswith("[]")
    assert all(f"  {name} " in said for name in cli.COMMANDS)


def test_each_command_says_what_it_does_and_which_permission_it_needs() -> None:
    functions = cli.functions()

    assert declare.undeclared_commands(functions) == []
    assert declare.unknown(functions.values()) == []


def test_a_misspelt_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["docter"]) == 2

    assert capsys.readouterr().err == "There is no command docter. Did you mean: hub doctor? See: hub --help\n"


def test_of_two_that_are_as_near_the_one_with_the_same_letters_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["nwe"]) == 2

    assert capsys.readouterr().err == "There is no command nwe. Did you mean: hub new? See: hub --help\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["new", "Lark"], "Lark cannot be an add-on's name."),
        (["run", "./nowhere"], "There is no folder nowhere."),
        (["check", "./nowhere"], "There is no folder nowhere."),
        (["check", ".send_card"], "A check takes the whole add-on: hub check . For one action: hub run .send_card"),
        (["check", "nobody"], "There is no add-on nobody installed."),
        (["check", ""], "Name an add-on, or a folder with one: ."),
        (["dev", "./nowhere"], "nowhere."),
        (["capsule", "nonsense"], "nonsense is no step's id."),
    ],
)
def test_what_is_named_and_is_not_there_ends_with_2_in_every_command_of_authors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)

    assert cli.main(words) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("name", sorted(cli.GROUPS["Write an add-on (light install)"]))
def test_a_flag_nobody_knows_ends_with_2_and_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "x", "--frobnicate"])

    assert ended.value.code == 2
    assert capsys.readouterr().err == f"hub: unrecognized arguments: --frobnicate. See: hub {name} --help\n"


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0

    assert re.fullmatch(r"hub \d+\.\d+.*\n", capsys.readouterr().out)


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_has_a_heading_in_the_papers_for_operators_or_authors(name: str) -> None:
    lines = [line for paper in PAPERS for line in paper.read_text().splitlines()]
    headings = [line.strip("# `\n") for line in lines if line.startswith("#")]

    assert f"hub {name}" in headings


@pytest.mark.parametrize("name", ["up", "doctor", "migrate"])
def test_a_command_of_the_server_says_in_one_sentence_what_is_missing(name: str) -> None:
    script = f"import sys; sys.modules['django'] = None; from hub.cli.main import main; sys.exit(main(['{name}']))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "hub: This command needs the server, which is not installed (no module django). Whoever installed the hub acts: run "
        "pip install 'integration-hub[server]', then try again.\n"
    )


@pytest.mark.slow
def test_a_variable_that_makes_no_sense_is_a_sentence_and_not_a_traceback(tmp_path: Path) -> None:
    done = hub(tmp_path, "migrate", HUB_DATABASE_URL="mysql://nowhere/hub")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "hub: HUB_DATABASE_URL must begin with sqlite:/// or postgres://.\n"


@pytest.mark.slow
def test_a_database_that_is_not_there_is_a_sentence_and_not_a_traceback(tmp_path: Path) -> None:
    done = hub(
        tmp_path, "account", "list", HUB_DATABASE_URL="postgres://hub@127.0.0.1:1/hub", HUB_DEBUG="1",
    )  # fmt: skip

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Run: hub doctor" in done.stderr


@pytest.mark.slow
def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    done = hub(tmp_path, "account", "list")

    assert done.returncode == 1
    assert "Run: hub migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "worker", "ticker"])
def test_the_parts_of_the_scaled_out_hub_refuse_to_run_embedded(tmp_path: Path, name: str) -> None:
    done = hub(tmp_path, name)

    assert done.returncode == 1
    assert "HUB_DATABASE_URL (PostgreSQL) is not set" in done.stderr
    assert "hub up" in done.stderr


@pytest.mark.slow
def test_a_queue_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    done = hub(tmp_path, "worker", "--queues", "steps,post")

    assert done.returncode == 1
    assert "There is no queue post. There are: steps," in done.stderr


def test_a_port_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["up", "--port", "99999"])

    assert ended.value.code == 2
    assert "use a number from 0 to 65535" in capsys.readouterr().err
