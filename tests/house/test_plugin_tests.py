"""A plugin's tests use the contract and the kit, as a stranger's would have to."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED = ("hub.core", "hub.testing")


def imported_by(source: str) -> set[str]:
    """The modules that a source text imports, `from hub import core` read as `hub.core`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"hub.{alias.name}" for alias in node.names} if node.module == "hub" else {node.module}
    return found


def beyond_the_contract(source: str) -> set[str]:
    house = {name for name in imported_by(source) if name == "hub" or name.startswith("hub.")}
    return {name for name in house if not any(name == ok or name.startswith(f"{ok}.") for ok in ALLOWED)}


def test_plugin_tests_import_only_the_contract_and_the_kit() -> None:
    files = list((ROOT / "plugins").glob("*/tests/**/*.py"))

    wrong = {str(file.relative_to(ROOT)): found for file in files if (found := beyond_the_contract(file.read_text()))}

    assert wrong == {}


def test_the_guard_sees_every_way_to_import() -> None:
    source = "import hub.db\nfrom hub import plans\nfrom hub.core import AddOn\ndef f():\n    from hub.engine.due import ring\n"

    assert beyond_the_contract(source) == {"hub.db", "hub.plans", "hub.engine.due"}
