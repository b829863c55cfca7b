"""The papers are tested: the mailer with an API of "Writing a mailer", copied into the folder that `hub new` made, is green."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.authors import new

ROOT = Path(__file__).parents[2]
SECONDS = 600.0
PAGE = (ROOT / "docs" / "mailers.md").read_text()
FILES = dict(re.findall(r"^```python (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


def there(folder: Path, *words: str) -> str:
    """What a command in that folder says. It must end well."""
    own = os.environ | {"PYTHONPATH": str(folder), "MYPYPATH": str(ROOT), "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=own, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    return done.stdout


@pytest.mark.slow
def test_the_mailer_with_an_api_is_green_as_it_is_printed(tmp_path: Path) -> None:
    folder = new(tmp_path, "larkmail", "--mailer")
    assert set(FILES) == {"hub_larkmail/__init__.py", "hub_larkmail/simulation.py", "tests/test_larkmail.py"}
    for name, text in FILES.items():
        (folder / name).write_text(text)
    with (folder / "README.md").open("a") as readme:
        readme.write("\n### API key\n\nMade at Larkmail under Settings, API.\n")

    assert re.search(r"\d{3} passed", there(folder, "pytest", "-q", "-p", "no:cacheprovider"))
    assert "larkmail: platinum" in there(folder, "hub.cli.main", "check", ".", "--no-keep")
    assert "Success: no issues found" in there(folder, "mypy", "--strict", "hub_larkmail", "--follow-imports=silent")
