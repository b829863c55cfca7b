"""The papers are tested: every command of "Your first add-on" is typed and every file of it written, on a machine of its own
without a network."""

from __future__ import annotations

import re

import pytest

from hub.testing.templates import AUTHS
from tests.docs.page import BLOCKS, answers
from tests.support.strangers import Machine


@pytest.mark.slow
def test_the_page_works_word_for_word_and_offline(machine: Machine) -> None:
    out, err = (machine.home / "page.out").read_text(), (machine.home / "page.err").read_text()

    assert err.splitlines()[0] == "0", out[-3000:] + err[-3000:]
    said = answers(out)
    assert "Done: PostPigeon took it as id-1." in said["hub run . --option design=d1"]
    assert "X-Api-Key: •••" in said["hub run . --option design=d1 --dry-run"]
    assert re.search(r"\d{3} passed", said["pytest"])
    assert "Success: no issues found" in said["mypy"]
    assert "postpigeon: platinum" in said["hub check . --at-least platinum"]
    assert '"campaign":"c1"' in said["hub run . --option campaign=c1 --dry-run"]
    assert "claims postpigeon.mail_card" in said["hub plugins"]


@pytest.mark.slow
def test_the_light_install_has_no_server_and_says_so_in_one_sentence(machine: Machine) -> None:
    assert machine.there("python -c 'import django'").returncode == 1
    assert machine.there("hub --help").returncode == 0

    for name in ("up", "dev", "doctor", "migrate", "demo", "account list"):
        done = machine.there(f"hub {name}")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("hub: This command needs the server, which is not installed (no module django).")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_wheel_of_the_page_holds_its_forms(machine: Machine) -> None:
    listed = machine.there("python -m zipfile -l hub-postpigeon/dist/hub_postpigeon-0.1.0-py3-none-any.whl").stdout

    assert "hub_postpigeon-0.1.0.dist-info/hub_manifest.json" in listed


@pytest.mark.slow
def test_every_other_credential_is_green_at_once_on_that_machine(machine: Machine) -> None:
    """With all parts, and without the pairs of faults, which know nothing of credentials. That every combination of flags
    loads and is clean is proved in tests/cli/test_new.py."""
    kinds = " ".join(AUTHS[1:])
    made = f"for a in {kinds}; do hub new all_$a --auth $a --action --trigger --mapping --webhook --folder all/$a; done"

    done = machine.there(
        f"{made}; for a in {kinds}; do (cd all/$a; python -m pytest -q -x -k 'not then' 2>&1 | tail -1); done"
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(re.findall(r"^\d{3,} passed", done.stdout, re.MULTILINE)) == len(AUTHS) - 1


@pytest.mark.slow
def test_every_command_of_the_readme_that_hub_new_writes_works_there(machine: Machine) -> None:
    made = machine.there("hub new larkmail --folder readme/larkmail --action --trigger --mapping --webhook")
    assert made.returncode == 0, made.stderr
    readme = (machine.home / "readme" / "larkmail" / "README.md").read_text()
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL))

    done = machine.there(f"cd readme/larkmail; {commands}")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "larkmail: platinum" in done.stdout
    assert "Done: Larkmail took it as id-1." in done.stdout
    assert "POST https://api.larkmail.example/v1/orders" in done.stdout
    assert list((machine.home / "readme" / "larkmail" / "dist").glob("*.whl"))


def test_the_add_on_is_at_most_fifty_lines_and_its_test_at_most_twenty() -> None:
    lines = {file: [line for line in text.splitlines() if line.strip()] for _, file, text in BLOCKS if file}

    assert len(lines["hub_postpigeon/__init__.py"]) <= 50
    assert len(lines["tests/test_postpigeon.py"]) <= 20
