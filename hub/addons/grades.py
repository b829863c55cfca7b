"""Grades: what `hub check` found out about an add-on's code, kept for the gallery.

A grade is a statement about the very code that was checked, so it is kept with the version and the digest of that code and shown
as outdated as soon as other code is installed. One row an add-on: the last check counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hub.addons.models import Grade
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core.manifest import Manifest
from hub.db import clock

N_ = gettext_noop

MEANS: dict[str, str] = {
    "none": N_("The last check found cases in which it does not keep its word. Its author acts."),
    "bronze": N_("It loads, its forms and lists answer, and a step on a good day is carried out."),
    "silver": N_("Whatever single thing goes wrong at the vendor, nothing is sent twice and nothing is lost."),
    "gold": N_("Two troubles at once change nothing either, and no secret gets out."),
    "platinum": N_("After a crash or a lost answer it finds out by itself what happened; no person is asked."),
}
"""Level → what it means to an admin. ``docs/grades.md`` says what each takes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A grade for a page.

    Attributes:
        level: ``none``, ``bronze``, ``silver``, ``gold``, ``platinum``.
        outdated: other code is installed now than was checked.
        version: of the code that was checked.
        means: a sentence for an admin.
        missing: what the next level lacks, as pairs of badge and failing case.
    """

    level: str
    outdated: bool
    version: str
    at: datetime
    cases: int
    means: str
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def word(self) -> str:
        """For a card: ``Gold``, or that it is of other code."""
        name = _("No grade") if self.level == "none" else self.level.capitalize()
        return _("%(grade)s (outdated)") % {"grade": name} if self.outdated else name


def keep(manifest: Manifest, level: str, badges: Iterable[Mapping[str, Any]], cases: int, *, by: Actor) -> None:
    """Keep what a check found out about this very code.

    Args:
        level: one of :data:`MEANS`.
        badges: as ``{"badge", "level", "cases", "earned", "failure"}``; free of secrets.
    """
    Grade.objects.update_or_create(
        addon=manifest.name,
        defaults={
            "level": level, "version": manifest.version[:60], "digest": manifest.digest, "badges": [dict(one) for one in badges],
            "cases": cases, "at": clock.now(),
        },
    )  # fmt: skip
    record("graded", "addon", manifest.name, by=by, data={"grade": level, "version": manifest.version})


def of(manifests: Iterable[Manifest]) -> dict[str, Shown]:
    """The grades of these add-ons, by name; those that were never checked are not in it. One query."""
    wanted = {manifest.name: manifest for manifest in manifests}
    return {row.addon: _shown(row, wanted[row.addon]) for row in Grade.objects.filter(addon__in=wanted)}


def _shown(row: Grade, manifest: Manifest) -> Shown:
    same = row.version == manifest.version[:60] and row.digest == manifest.digest
    missing = tuple((one.get("badge", ""), one.get("failure", "")) for one in row.badges if not one.get("earned"))
    return Shown(row.level, not same, row.version, row.at, row.cases, _(MEANS.get(row.level, "")), missing)
