"""Backup and restore of the embedded store, with real programs on real folders."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.cli.demo.children import Children
from tests.cli.program import environment, hub
from tests.process.company import make, states
from tests.support.homes import with_tables

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9/"

SECRETS = "2 secrets"
"""What the company has: the vendor's key, and the address of a web server in a step."""


def rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    file = sqlite3.connect(home / "hub.sqlite3")
    try:
        found = file.execute(sql).fetchall()
        file.commit()
        return found
    finally:
        file.close()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub at rest, with four contacts on a plan whose step is due; nobody changes this one. The step's address may be called
    only where it is typed, so that no call leaves a hub that goes on with it."""
    place = with_tables(tmp_path_factory.mktemp("company") / "home")
    make(place, environment(place, HUB_EGRESS_ALLOWED=urlsplit(NOWHERE).netloc), NOWHERE, contacts=4)
    return place


@pytest.fixture(scope="module")
def of_the_company(company: Path) -> Path:
    """A backup of it."""
    return saved(company)


@pytest.fixture
def home(tmp_path: Path, company: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(company, tmp_path / "home")


@pytest.fixture
def monday(home: Path, of_the_company: Path) -> Path:
    """The backup beside the copy."""
    return shutil.copy(of_the_company, home.parent / "monday.backup")


def saved(home: Path, *words: str) -> Path:
    file = home.parent / "monday.backup"
    done = hub(home, "backup", str(file), *words)
    assert done.returncode == 0, done.stderr
    return file


def test_a_backup_holds_the_keys_only_when_asked(home: Path) -> None:
    without = zipfile.ZipFile(saved(home)).namelist()
    with_keys = zipfile.ZipFile(saved(home, "--keys", "--force"))

    assert without == ["backup.json", "hub.sqlite3"]
    assert with_keys.read("sealing.key").decode().split() == (home / "sealing.key").read_text().split()
    assert (home.parent / "monday.backup").stat().st_mode & 0o077 == 0


def test_uploaded_files_are_saved_and_come_back_and_those_from_before_are_kept(home: Path) -> None:
    uploads, name = home / "imports", "0" * 32 + ".csv"
    uploads.mkdir(exist_ok=True)
    (uploads / name).write_text("email\nada@example.com\n")
    (uploads / "elsewhere").symlink_to("/etc/hostname")
    file = home.parent / "monday.backup"
    told = hub(home, "backup", str(file)).stdout
    (uploads / name).unlink()
    (uploads / "later.csv").write_text("since then")

    done = hub(home, "restore", str(file), "--yes")

    assert done.returncode == 0, done.stderr
    assert "and 1 uploaded file (0 KB)." in told
    assert "1 uploaded file came back with it." in done.stdout
    assert [path.name for path in uploads.iterdir()] == [name]
    assert (uploads / name).read_text() == "email\nada@example.com\n"
    assert ((uploads / name).stat().st_mode & 0o077, uploads.stat().st_mode & 0o077) == (0, 0)
    (aside,) = home.glob("imports.before-restore-*")
    assert (aside / "later.csv").read_text() == "since then"
    assert list(home.glob(".restoring*")) == []


def test_a_backup_of_an_older_hub_has_no_files_and_leaves_those_that_are_here(home: Path, monday: Path) -> None:
    with zipfile.ZipFile(monday) as pack:
        about, database = json.loads(pack.read("backup.json")), pack.read("hub.sqlite3")
    with zipfile.ZipFile(monday, "w") as pack:
        pack.writestr("backup.json", json.dumps({**about, "format": 1}))
        pack.writestr("hub.sqlite3", database)
    (home / "imports").mkdir(exist_ok=True)
    (home / "imports" / "here.csv").write_text("email")

    done = hub(home, "restore", str(monday), "--yes")

    assert "holds no uploaded files" in done.stdout
    assert (home / "imports" / "here.csv").read_text() == "email"


def test_a_backup_is_taken_while_the_hub_runs_and_replaces_nothing_unasked(home: Path, tmp_path: Path) -> None:
    with Children(tmp_path / "logs", environment(home)) as children:
        children.start("hub", "hub.cli.main", "up", "--port", "0")
        file = saved(home)
        again = hub(home, "backup", str(file))

    assert "is there already" in again.stderr
    assert json.loads(zipfile.ZipFile(file).read("backup.json"))["keys"] is False


def test_what_may_have_been_sent_since_waits_for_a_person_and_the_rest_goes_on(home: Path) -> None:
    first, second, third, fourth = [row[0] for row in rows(home, "SELECT id FROM plans_steprun ORDER BY contact_id")]
    rows(home, f"UPDATE plans_steprun SET state='calling', fence=4, worker_no=1 WHERE id='{first}'")
    rows(home, f"UPDATE plans_steprun SET state='held', hold_reason='account_paused' WHERE id='{second}'")
    rows(home, f"UPDATE plans_steprun SET due_at='2099-01-01 09:00:00' WHERE id='{third}'")
    rows(home, f"UPDATE plans_steprun SET state='done' WHERE id='{fourth}'")
    rows(
        home,
        'INSERT INTO imports_importschedule (account_id, addon, trigger, every_minutes, "on", next_at, overwrites) '
        "SELECT MAX(id), 'clubready', 'prospects', 60, 1, '2026-01-01 09:00:00', '[]' FROM accounts_account",
    )
    old = rows(home, "SELECT ref FROM db_installation")
    file = saved(home)
    rows(home, "UPDATE plans_steprun SET state='done'")  # the hub went on, and its rows were lost

    done = hub(home, "restore", str(file), "--yes")

    assert done.returncode == 0, done.stderr
    found = dict(rows(home, "SELECT id, state || ' ' || hold_reason || ' ' || open_attempts FROM plans_steprun"))
    assert found == {
        first: "review restored 1", second: "review restored 1", third: "scheduled  0", fourth: "done  0",
    }  # fmt: skip
    assert rows(home, "SELECT ref FROM db_installation") != old
    assert "2 steps may have been sent since the backup" in done.stdout
    assert "1 timetable of imports went off" in done.stdout
    assert rows(home, 'SELECT "on", next_at FROM imports_importschedule') == [(0, None)]
    assert len(rows(home, "SELECT enrollment_id FROM engine_doubt")) == 2
    assert len(rows(home, "SELECT id FROM history_note WHERE kind='step.review'")) == 2


def test_the_database_from_before_is_kept_beside(home: Path, monday: Path) -> None:
    rows(home, "UPDATE accounts_account SET name='After the backup' WHERE parent_id IS NULL")

    hub(home, "restore", str(monday), "--yes")

    (aside,) = home.glob("hub.before-restore-*.sqlite3")
    names = [
        row[0] for row in sqlite3.connect(aside).execute("SELECT name FROM accounts_account WHERE parent_id IS NULL")
    ]
    assert names == ["After the backup"]
    assert rows(home, "SELECT name FROM accounts_account WHERE parent_id IS NULL") == [("Northside Fitness",)]


def test_a_running_hub_is_not_restored_under(home: Path, monday: Path, tmp_path: Path) -> None:
    with Children(tmp_path / "logs", environment(home)) as children:
        children.start("hub", "hub.cli.main", "up", "--port", "0")

        refused = hub(home, "restore", str(monday), "--yes")

    assert refused.returncode == 1
    assert "The hub is running. Stop it first" in refused.stderr


def test_nobody_to_ask_means_no(home: Path, monday: Path) -> None:
    before = states(home)

    refused = hub(home, "restore", str(monday))

    assert refused.returncode == 1
    assert "--yes" in refused.stderr
    assert states(home) == before


@pytest.mark.parametrize(
    "damage", ["not a zip", "no database", "broken database", "cut", "a file that points elsewhere"]
)
def test_a_damaged_backup_changes_nothing(home: Path, monday: Path, damage: str) -> None:
    before = (home / "hub.sqlite3").read_bytes()
    about = zipfile.ZipFile(monday).read("backup.json")
    if damage == "not a zip":
        monday.write_text("hello")
    elif damage == "cut":
        monday.write_bytes(monday.read_bytes()[: monday.stat().st_size // 2])
    else:
        with zipfile.ZipFile(monday, "w") as pack:
            pack.writestr("backup.json", about)
            if damage == "a file that points elsewhere":
                pack.writestr("hub.sqlite3", before)
                pack.writestr("imports/../../outside.csv", "email")
            if damage == "broken database":
                pack.writestr("hub.sqlite3", b"SQLite format 3\x00" + b"\xff" * 5000)

    refused = hub(home, "restore", str(monday), "--yes")

    assert refused.returncode == 1
    assert "Nothing was changed." in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (home / "hub.sqlite3").read_bytes() == before
    assert list(home.glob(".restoring*")) == []
    assert not (home.parent / "outside.csv").exists()


def test_on_a_new_machine_the_keys_come_from_the_backup_or_the_restore_is_refused(home: Path, tmp_path: Path) -> None:
    file, new = saved(home, "--keys"), tmp_path / "new"

    refused = hub(new, "restore", str(file), "--yes")
    assert refused.returncode == 1
    assert "sealed with a key that this hub does not have" in refused.stderr

    done = hub(new, "restore", str(file), "--yes", "--keys")
    assert done.returncode == 0, done.stderr
    assert hub(new, "rotate-keys").stdout.startswith(f"{SECRETS} moved to the current key, 0 left.")


def test_a_new_key_is_made_and_the_old_one_dropped(home: Path) -> None:
    old = (home / "sealing.key").read_text().split()

    done = hub(home, "rotate-keys", "--new", "--drop-old")

    new = (home / "sealing.key").read_text().split()
    assert done.returncode == 0, done.stderr
    assert len(new) == 1
    assert new != old
    assert f"{SECRETS} moved to the current key, 0 left." in done.stdout
    assert hub(home, "doctor").stdout.count("ok   secrets: every stored secret is under the current key.") == 1
