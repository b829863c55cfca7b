"""What we carry along of others is what its paper says, byte for byte."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
CARRIED = ROOT / "hub" / "web" / "static" / "vendor" / "trix"


def test_the_editor_s_files_are_those_of_its_paper() -> None:
    paper = (ROOT / "docs" / "decisions" / "editor.md").read_text()
    written = dict(re.findall(r"^\| `([\w.]+)` \| `([0-9a-f]{64})` \|$", paper, re.MULTILINE))

    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in CARRIED.iterdir()} == written


def test_it_names_no_map_that_the_collector_of_static_files_would_miss() -> None:
    assert b"sourceMappingURL" not in (CARRIED / "trix.js").read_bytes()
