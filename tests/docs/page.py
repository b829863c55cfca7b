"""The page about the first add-on, as something that can be typed: its commands and its files, in order."""

from __future__ import annotations

import re
from pathlib import Path

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
