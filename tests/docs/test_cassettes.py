"""The papers are tested: the file of "A cassette" records against the simulator and plays again, as it is printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.authors import new
from tests.cli.program import SECONDS, environment

PAGE = (Path(__file__).parents[2] / "docs" / "capsules-and-cassettes.md").read_text()
[(NAME, TEXT)] = re.findall(r"^```python (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def there(folder: Path, *words: str) -> str:
    """What a command in that folder says. It must end well."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment(folder, PYTHONPATH=str(folder)), capture_output=True,
        text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    return done.stdout


@pytest.mark.slow
def test_the_story_of_the_page_is_recorded_against_the_simulator_and_plays_again(tmp_path: Path) -> None:
    folder = new(tmp_path, "larkmail", "--action")
    (folder / NAME).write_text(TEXT)

    said = there(folder, NAME)

    assert f"$ python {NAME}\n{said}" in PAGE
    recorded = (folder / "tests" / "cassettes" / "message.jsonl").read_text()
    assert "https://api.larkmail.example/v1/orders" in recorded
    assert "masked-secret" in recorded
    assert "1 passed" in there(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", NAME)
