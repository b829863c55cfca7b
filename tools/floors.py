"""An import-linter contract for rooms that may know only a few others: the contract, the kit, and every plugin.

import-linter's own *forbidden* contract needs a list of everything that is not allowed, and a new room would be allowed until
somebody remembered it. This one lists what is allowed. It looks at direct imports only: what is imported is held to its own
contract.
"""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

HOUSE = "hub"


class OnlyContract(Contract):
    """Of the house, `source_packages` import themselves and `allowed_packages`; of the world, not `banned_libraries`."""

    source_packages = fields.SetField(subfield=fields.StringField())
    allowed_packages = fields.SetField(subfield=fields.StringField(), required=False)
    banned_libraries = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        arrows = [
            (importer, imported)
            for importer in sorted(graph.modules)
            if (source := _package_of(importer, self.source_packages))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may_import(source, imported)
        ]
        broken = [detail for arrow in arrows for detail in _details(graph, *arrow)]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)
        output.new_line()

    def _may_import(self, source: str, imported: str) -> bool:
        if _package_of(imported, {source} | set(self.allowed_packages or ())):
            return True
        return not _package_of(imported, {HOUSE} | set(self.banned_libraries or ()))


def _package_of(module: str, packages: set[str]) -> str | None:
    """The one of `packages` that `module` is or lies in."""
    return next((package for package in packages if module == package or module.startswith(f"{package}.")), None)


def _details(graph: ImportGraph, importer: str, imported: str) -> list[str]:
    found = graph.get_import_details(importer=importer, imported=imported)
    return [f"{importer} -> {imported} (line {detail['line_number']}: {detail['line_contents']})" for detail in found]
