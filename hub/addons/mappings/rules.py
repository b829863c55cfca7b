"""What may stand in a mapping. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons.mappings.ours import Shelf, Trouble
from hub.core.manifest import Manifest, MappingManifest

LONGEST = 300
"""Characters of a vendor's choice, and of its label."""

MOST_ROWS = 2_000
"""Rows an account may have for one add-on. Each is looked at for every page of an import."""

MANY = ("plan", "tag")
"""Of these a kind of record may have several by default."""

DEFAULTS = ("lead_source", "plan", "sales_cycle", "tag", "user")
"""In the order in which the defaults stand on the page."""

WORDS = {
    "lead_source": gettext_lazy("lead source"), "plan": gettext_lazy("action plan"),
    "sales_cycle": gettext_lazy("sales cycle"), "tag": gettext_lazy("tag"), "user": gettext_lazy("user"),
}  # fmt: skip
"""Our things in a person's words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the rules see it. ``mapping`` is empty for a default, and ``choice`` is a kind of record then."""

    mapping: str
    choice: str
    right: str
    key: str
    label: str = ""
    name: str = ""
    id: int = 0

    @property
    def is_default(self) -> bool:
        return not self.mapping

    @property
    def place(self) -> tuple[str, str, str]:
        """What it decides: two lines at one place stand together where several are allowed, and in each other's way elsewhere."""
        return (self.mapping, self.choice, self.right)

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes it another row than the next."""
        return (*self.place, self.key)


def table_of(manifest: Manifest, name: str) -> MappingManifest | None:
    """The mapping of this name."""
    return next((one for one in manifest.mappings if one.name == name), None)


def kinds_of(manifest: Manifest) -> dict[str, str]:
    """Kinds of record that have defaults → title. Records without a kind of their own are one, too."""
    return manifest.kinds or {"": _("Records")}


def several(manifest: Manifest, line: Line) -> bool:
    """Whether one choice may have several of these."""
    table = table_of(manifest, line.mapping)
    return table.many if table else line.right in MANY


def decided(manifest: Manifest) -> list[str]:
    """What of ours the add-on's mappings decide: what its defaults are asked for. Every import has a lead source and plans."""
    mapped = {one.right for one in manifest.mappings}
    return [right for right in DEFAULTS if right in mapped or right in ("lead_source", "plan")]


def refused(line: Line, others: Iterable[Line], shelf: Shelf, *, several: bool) -> dict[str, str]:
    """Field → sentence, for a row that cannot stand. Empty: it can."""
    wrong: dict[str, str] = {}
    if not line.is_default and not line.choice:
        wrong["choice"] = _("Choose one of the vendor's, or type in its id.")
    if max(len(line.choice), len(line.label)) > LONGEST:
        wrong["choice"] = _("This is longer than %(n)d characters.") % {"n": LONGEST}
    if problem := _not_ours(line, shelf):
        wrong["key"] = problem
    return wrong or _in_the_way(line, others, several)


def _not_ours(line: Line, shelf: Shelf) -> str:
    if not line.key:
        return _("Choose the %(thing)s.") % {"thing": WORDS[line.right]}
    if shelf.holds(line.key):
        return ""
    found = shelf.things.get(line.key)
    if found and found.trouble:
        return told(line.right, found.name, found.trouble, shelf.locked_by)
    if shelf.locked_by:
        return _("%(account)s has locked this list, and this is not on it.") % {"account": shelf.locked_by}
    return _("This is gone, or never was this account's. Choose another.")


def _in_the_way(line: Line, others: Iterable[Line], several: bool) -> dict[str, str]:
    there = [one for one in others if one.place == line.place]
    what = line.label or line.choice
    if any(one.key == line.key for one in there):
        return {"key": _("“%(choice)s” stands for this already.") % {"choice": what}}
    if there and not several:
        words = _("“%(choice)s” has a %(thing)s already: %(name)s. Remove that mapping first.")
        return {"choice": words % {"choice": what, "thing": WORDS[line.right], "name": there[0].name}}
    return {}


def trouble(line: Line, shelf: Shelf) -> str:
    """Why a row that stands is not followed; empty when it is."""
    if shelf.holds(line.key):
        return ""
    found = shelf.things.get(line.key)
    return told(line.right, line.name, found.trouble if found else None, shelf.locked_by)


def told(right: str, name: str, trouble: Trouble | None, locked_by: str = "") -> str:
    """Why a row is not followed, and what next. None: what it points to is gone altogether."""
    words = {
        Trouble.HIDDEN: _("The %(thing)s “%(name)s” is hidden. Show it again, or map to another."),
        Trouble.ARCHIVED: _("The %(thing)s “%(name)s” is archived. Restore it, or map to another."),
        Trouble.NOT_READY: _("The %(thing)s “%(name)s” has no ready version yet. Make it ready, or map to another."),
        Trouble.PRIVATE: _("This %(thing)s is somebody's private one. Map to a public one."),
        Trouble.LOCKED: _("%(account)s has locked this list, and “%(name)s” is not on it. Map to one that is."),
    }
    gone = _("The %(thing)s “%(name)s” is gone, or is not this account's any more. Map to another.")
    sentence = words[trouble] if trouble else gone
    return sentence % {"thing": WORDS[right], "name": name, "account": locked_by}
