"""Two texts side by side, as lines a person can compare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class DiffRow:
    """A pair of lines: `kind` is same, changed, added or removed. A missing side is None."""

    kind: str
    before: str | None
    after: str | None


def diff_rows(before: str, after: str) -> list[DiffRow]:
    """Return the rows of a side-by-side comparison of two texts, line by line."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        row for tag, i1, i2, j1, j2 in matcher.get_opcodes() for row in _rows(tag == "equal", old[i1:i2], new[j1:j2])
    ]


def _rows(same: bool, old: Sequence[str], new: Sequence[str]) -> Iterator[DiffRow]:
    for index in range(max(len(old), len(new))):
        left = old[index] if index < len(old) else None
        right = new[index] if index < len(new) else None
        yield DiffRow("same" if same else _kind(left, right), left, right)


def _kind(left: str | None, right: str | None) -> str:
    if left is None:
        return "added"
    return "removed" if right is None else "changed"
