"""The list of metrics, the page about them and the calls in the code say the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hub.process.metrics.catalog import BY_NAME, COUNTED, LOOKED_UP

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "metrics.md").read_text()

PERSONAL = {"account", "contact", "run", "user", "email", "name", "connection", "ip", "plan", "step", "url", "path"}


def sections() -> dict[str, str]:
    parts = re.split(r"^### `(\w+)`\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def calls() -> Iterator[tuple[str, set[str]]]:
    """Every metric that the code counts, with the labels it gives."""
    for file in (ROOT / "hub").rglob("*.py"):
        text = file.read_text()
        for node in ast.walk(ast.parse(text)) if "counting." in text else ():
            if (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name) and node.func.value.id == "counting"
                and node.func.attr in ("add", "observe")
            ):  # fmt: skip
                assert isinstance(node.args[0], ast.Constant), f"{file}: a metric's name is written out"
                yield str(node.args[0].value), {str(keyword.arg) for keyword in node.keywords}


def test_every_metric_has_its_heading_and_no_heading_is_about_another() -> None:
    assert sections().keys() == BY_NAME.keys()


def test_every_section_names_the_labels() -> None:
    for name, text in sections().items():
        opening = text.split("\n\n")[1] if text.startswith("\n\n") else text.strip()
        missing = [label for label in BY_NAME[name].labels if f"`{label}`" not in opening.partition(". ")[0] + opening]
        assert missing == [], name


def test_the_code_counts_what_is_in_the_list_and_nothing_else() -> None:
    counted = dict(calls())

    assert counted.keys() == {metric.name for metric in COUNTED}
    for name, labels in counted.items():
        assert labels == set(BY_NAME[name].labels), name


def test_no_label_can_name_a_person_or_an_account() -> None:
    assert [metric.name for metric in (*COUNTED, *LOOKED_UP) if PERSONAL & set(metric.labels)] == []
