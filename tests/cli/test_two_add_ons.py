"""A folder with two add-ons at the command line: each can be named, and whoever names none is told of both."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from hub.cli import main as cli
from hub.cli import named_step
from hub.cli.dev import ground, site
from hub.cli.trouble import Stop
from hub.core import AddOn
from hub.core.freezing import frozen
from hub.testing import grading
from hub.testing.grading import Earned, Failure, Grade, Level
from hub.testing.proofs.case import Badge
from tests.cli.authors import working_in
from tests.support.rookery import rookery


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a distribution with two add-ons, and we are in it. This machine has no hub."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "no-hub"))
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    with working_in(rookery(tmp_path), monkeypatch) as made:
        yield made


def break_the_crow(folder: Path) -> None:
    (folder / "hub_rookery" / "crow" / "__init__.py").write_text("assert False, 'not ready'")


@pytest.fixture
def graded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit plays no case: the rook has earned everything, the crow lacks the papers."""

    def grade(addon: AddOn) -> Grade:
        failed = (
            Failure("README: action caw", Badge.PAPERS, ("There is no word of it.",)) if addon.name == "crow" else None
        )
        level = Level.GOLD if failed else Level.PLATINUM
        return Grade(
            addon.name, level, (Earned(Badge.PAPERS, "platinum", 1, failed),), 1, (failed,) if failed else (), 0.1
        )

    monkeypatch.setattr(grading, "grade", grade)


@pytest.mark.usefixtures("graded")
def test_a_check_proves_both_and_the_worse_one_decides(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--at-least", "platinum"]) == 1

    told = capsys.readouterr()
    assert re.findall(r"^(\w+): (\w+)$", told.out, re.MULTILINE) == [("crow", "gold"), ("rook", "platinum")]
    assert "Crow has not reached platinum" in told.err
    assert "Rook has not" not in told.err


@pytest.mark.usefixtures("graded")
def test_for_programs_two_are_a_list_and_one_is_named_by_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--json", "--at-least", "gold"]) == 0
    both = json.loads(capsys.readouterr().out)
    assert cli.main(["check", "rook", "--json", "--at-least", "platinum"]) == 0
    one = json.loads(capsys.readouterr().out)

    assert [(each["addon"], each["level"]) for each in both] == [("crow", "gold"), ("rook", "platinum")]
    assert one["addon"] == "rook"


def test_an_add_on_of_this_folder_can_be_named_although_nothing_is_installed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "crow.caw"]) == 0
    assert cli.main(["run", "rook.caw", "--dry-run"]) == 0

    said = capsys.readouterr().out
    assert "https://rook.example/caws" in said
    assert '"of the rook"' in said


def test_whoever_names_none_is_told_of_both(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["run", "."], ["run", ".caw"], ["dev"]):
        assert cli.main(words) == 2
        assert "holds several add-ons: crow, rook. Name one" in capsys.readouterr().err
    assert cli.main(["dev", "--addon", "raven"]) == 2
    assert "holds no add-on raven. There are: crow, rook." in capsys.readouterr().err


def test_one_that_does_not_load_is_no_trouble_of_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_the_crow(folder)

    assert cli.main(["run", "rook.caw"]) == 0
    assert cli.main(["run", "crow.caw"]) == 1
    assert "The plugin crow (hub-rookery) is not loaded" in capsys.readouterr().err


def test_a_hub_of_an_author_announces_the_one_that_was_chosen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_the_crow(folder)

    plugin = site.announced(folder, folder / ground.HOME, "rook")
    monkeypatch.syspath_prepend(str(folder / ground.HOME / "site"))

    assert plugin.info.name == "rook"
    assert [(point.name, point.value) for point in distribution("hub-rookery").entry_points] == [
        ("rook", "hub_rookery:addon")
    ]
    with pytest.raises(Stop, match=r"The plugin crow .* Mend it and save"):
        site.announced(folder, folder / ground.HOME, "crow")


def test_each_has_a_hub_of_its_own_and_the_one_that_ran_last_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_HOME", "")
    homes = {name: ground.home(folder, name) for name in ("crow", "rook")}
    for home in homes.values():
        ground.ready(home, fresh=False)
        (home / "hub.sqlite3").touch()
    os.utime(homes["crow"], (1, 1))

    named_step.at_hand()

    assert os.environ["HUB_HOME"] == str(homes["rook"])


def test_the_wheel_has_the_forms_of_both(folder: Path) -> None:
    assert sorted(json.loads(frozen(folder) or "{}")) == ["crow", "rook"]
