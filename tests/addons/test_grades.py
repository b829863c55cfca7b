"""Grades: kept with the code they are about, and shown as outdated for any other."""

from __future__ import annotations

from typing import Any

import pytest

from hub.addons import grades
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.core.manifest import Manifest

CODE = Manifest(name="postpigeon", title="PostPigeon", version="1.0", digest="a" * 64)
BADGES: list[dict[str, Any]] = [
    {"badge": "clean run", "level": "bronze", "cases": 3, "earned": True, "failure": ""},
    {"badge": "secrets", "level": "gold", "cases": 11, "earned": False, "failure": "mail_card: the key is in the note"},
]


@pytest.mark.django_db
def test_a_grade_is_shown_with_what_it_means_and_what_the_next_lacks() -> None:
    grades.keep(CODE, "silver", BADGES, 88, by=SYSTEM)

    shown = grades.of([CODE])["postpigeon"]

    assert (shown.word, shown.outdated, shown.cases) == ("Silver", False, 88)
    assert shown.means == "Whatever single thing goes wrong at the vendor, nothing is sent twice and nothing is lost."
    assert shown.missing == (("secrets", "mail_card: the key is in the note"),)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"version": "1.1"}, {"digest": "b" * 64}, {"digest": ""}])
def test_a_grade_of_other_code_is_outdated(change: dict[str, str]) -> None:
    grades.keep(CODE, "gold", BADGES, 88, by=SYSTEM)

    shown = grades.of([CODE.model_copy(update=change)])["postpigeon"]

    assert (shown.word, shown.outdated) == ("Gold (outdated)", True)


@pytest.mark.django_db
def test_the_last_check_counts_and_each_is_in_the_audit_log() -> None:
    grades.keep(CODE, "gold", BADGES, 88, by=SYSTEM)
    grades.keep(CODE, "none", BADGES, 88, by=SYSTEM)

    assert grades.of([CODE])["postpigeon"].word == "No grade"
    assert AuditRow.objects.filter(verb="graded", object_id="postpigeon").count() == 2


@pytest.mark.django_db
def test_an_add_on_that_was_never_checked_has_no_grade() -> None:
    assert grades.of([CODE]) == {}
