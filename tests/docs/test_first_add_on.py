"""The papers are tested: every command of "Your first add-on" is typed and every file of it written, on a machine of its own
without a network."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hub.testing.templates import AUTHS
from tests.support.strangers import Machine, once, wheelhouse

PAGE = (Path(__file__).parents[2] / "docs" / "first-add-on.md").read_text()
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
"""Language, file, text."""


def script() -> str:
    """The page as one shell script: its commands, and its files written where it says."""
    parts = []
    for language, file, text in BLOCKS:
        if language == "sh":
            parts.append("\n".join(f"echo '@@ {line}'\n{line}" for line in text.splitlines()))
        elif file:
            parts.append(f"cat > {file} <<'END-OF-FILE'\n{text}END-OF-FILE")
    return "\n".join(parts)


def answers(said: str) -> dict[str, str]:
    """Each command and what it printed; of one typed twice, the last."""
    pieces = re.split(r"^@@ (.*)$", said, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all workers of this run share."""
    return tmp_path_factory.getbasetemp().parent


@pytest.fixture(scope="module")
def machine(shared: Path) -> Machine:
    """A stranger's machine on which the whole page was typed; what was printed lies in `page.out` and `page.err`."""
    wheels = wheelhouse(shared)

    def type_the_page(home: Path) -> None:
        done = Machine(home, wheels).sh(script())
        (home / "page.out").write_text(done.stdout)
        (home / "page.err").write_text(f"{done.returncode}\n{done.stderr}")

    return Machine(once(shared / "stranger", type_the_page), wheels)


def there(machine: Machine, line: str) -> subprocess.CompletedProcess[str]:
    """A command in the environment that the page made."""
    return machine.sh(f". .venv/bin/activate; {line}")


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
    assert there(machine, "python -c 'import django'").returncode == 1
    assert there(machine, "hub --help").returncode == 0

    for name in ("up", "doctor", "migrate", "demo", "account list"):
        done = there(machine, f"hub {name}")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("hub: This command needs the server, which is not installed (no module django).")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_wheel_of_the_page_holds_its_forms(machine: Machine) -> None:
    listed = there(machine, "python -m zipfile -l hub-postpigeon/dist/hub_postpigeon-0.1.0-py3-none-any.whl").stdout

    assert "hub_postpigeon-0.1.0.dist-info/hub_manifest.json" in listed


@pytest.mark.slow
def test_every_other_credential_is_green_at_once_on_that_machine(machine: Machine) -> None:
    """With all parts. Every combination of flags is proved to load and to be clean in tests/cli/test_new.py."""
    kinds = " ".join(AUTHS[1:])
    made = f"for a in {kinds}; do hub new all_$a --auth $a --action --trigger --mapping --webhook --folder all/$a; done"

    done = there(machine, f"{made}; for a in {kinds}; do (cd all/$a; python -m pytest -q -x 2>&1 | tail -1); done")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(re.findall(r"^\d{3,} passed", done.stdout, re.MULTILINE)) == len(AUTHS) - 1


def test_the_add_on_is_at_most_fifty_lines_and_its_test_at_most_twenty() -> None:
    lines = {file: [line for line in text.splitlines() if line.strip()] for _, file, text in BLOCKS if file}

    assert len(lines["hub_postpigeon/__init__.py"]) <= 50
    assert len(lines["tests/test_postpigeon.py"]) <= 20
