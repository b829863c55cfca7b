"""Passing mappings on: first what would happen in each account, then all of it or nothing, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts import reads as tree
from hub.accounts.models import Account
from hub.addons.mappings import changes, cloning, passing_on, reads
from hub.addons.mappings.cloning import Preview
from hub.addons.mappings.models import MappingClone, MappingRow
from hub.addons.models import Availability, Connection
from hub.audit.models import AuditRow
from hub.contacts.models import LeadSource
from hub.db.errors import Conflict, NotFound, Problem
from hub.plans.models import Plan, PlanVersion
from tests.addons.mappings import world
from tests.addons.mappings.world import ADA
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


def add(account: Any, mapping: str, choice: str, name: str) -> MappingRow:
    model: Any = LeadSource if mapping == "sources" else Plan
    key = str(model.objects.get(account=account, name=name).pk)
    return changes.add(account, world.manifest(), f"gym.{mapping}", choice, key, label=world.TYPES[choice], by=ADA)


def anybody(account: Account) -> str:
    return ""


def look(account: Any, refuses: passing_on.Refuses = anybody) -> Preview:
    return passing_on.preview(account, world.manifest(), tree.children(account), refuses)


def pass_on(account: Any, choices: Mapping[int, Any] | None = None, seen: str = "") -> MappingClone | None:
    with transaction.atomic():
        return passing_on.pass_on(
            account, world.manifest(), tree.children(account), anybody,
            choices=choices or {}, seen=seen or look(account).digest, by=ADA,
        )  # fmt: skip


def words(account: Any) -> set[str]:
    return {f"{line.label}: {line.name}" for line in reads.lines(account, "gym")}


@pytest.fixture
def boulder(acme: Any) -> Any:
    """A branch with a lead source and a plan of the same names, and ids of its own."""
    account = world.branch(acme, "Boulder")
    world.source(account, "Web")
    world.plan(account, "Welcome")
    return account


def test_rows_go_to_the_branch_s_own_things_of_the_same_name(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    add(acme, "plans", "t1", "Welcome")

    assert pass_on(acme) is not None

    lines = reads.lines(boulder, "gym")
    assert [(line.label, line.name) for line in lines] == [("Trial", "Web"), ("Trial", "Welcome")]
    own = {str(LeadSource.objects.get(account=boulder).pk), str(Plan.objects.get(account=boulder).pk)}
    assert {line.key for line in lines} == own


def test_the_preview_tells_what_is_added_kept_in_conflict_and_cannot_be(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    add(acme, "sources", "t2", "Friends")
    add(acme, "sources", "t3", "Web")
    add(acme, "plans", "t1", "Trial week")
    world.source(boulder, "Mailing")
    add(boulder, "sources", "t1", "Web")
    add(boulder, "sources", "t3", "Mailing")

    (there,) = look(acme).beneath

    assert [step.line.label for step in there.kept] == ["Trial"]
    ((conflict,), impossible) = there.conflicts, there.impossible
    assert (conflict.there and conflict.there.name, conflict.wanted and conflict.wanted.name) == ("Mailing", "Web")
    assert [step.why for step in impossible] == [
        "There is no lead source “Friends” there.",
        "There is no action plan “Trial week” there.",
    ]
    assert there.added == []


def test_several_plans_are_never_in_each_other_s_way(acme: Any, boulder: Any) -> None:
    world.plan(boulder, "Trial week")
    add(acme, "plans", "t1", "Welcome")
    add(boulder, "plans", "t1", "Trial week")

    pass_on(acme)

    assert words(boulder) == {"Trial: Trial week", "Trial: Welcome"}


@pytest.mark.parametrize(("choice", "left"), [("keep", "Trial: Mailing"), ("take", "Trial: Web")])
def test_in_a_conflict_the_branch_keeps_its_word_or_takes_the_one_from_above(
    acme: Any, boulder: Any, choice: str, left: str
) -> None:
    add(acme, "sources", "t1", "Web")
    world.source(boulder, "Mailing")
    add(boulder, "sources", "t1", "Mailing")

    pass_on(acme, {boulder.pk: choice})

    assert words(boulder) == {left}


def test_defaults_are_passed_on_too(acme: Any, boulder: Any) -> None:
    web = str(LeadSource.objects.get(account=acme, name="Web").pk)
    changes.set_defaults(acme, world.manifest(), "client", {"lead_source": [web]}, by=ADA)

    pass_on(acme)

    (line,) = reads.lines(boulder, "gym")
    assert (line.is_default, line.choice, line.name) == (True, "client", "Web")


def test_where_a_list_is_locked_the_branch_has_the_entries_from_above_and_is_told_of_what_is_not_on_it(
    acme: Any, boulder: Any
) -> None:
    accounts.lock(acme, "lead_sources", by=ADA)
    add(acme, "sources", "t1", "Friends")

    pass_on(acme)

    (line,) = reads.lines(boulder, "gym")
    assert line.key == str(LeadSource.objects.get(account=acme, name="Friends").pk)


def test_a_grandchild_s_locked_list_says_who_locked_it(acme: Any, boulder: Any) -> None:
    below = world.branch(boulder, "Pearl Street")
    world.source(boulder, "Mailing")
    add(boulder, "sources", "t1", "Mailing")
    accounts.lock(acme, "lead_sources", by=ADA)

    (there,) = look(boulder).beneath

    assert there.name == below.name
    assert there.impossible[0].why.startswith("Acme has locked that list")


def test_two_plans_of_one_name_are_not_guessed_between(acme: Any, boulder: Any) -> None:
    world.plan(boulder, "Welcome")
    add(acme, "plans", "t1", "Welcome")

    (there,) = look(acme).beneath

    assert there.impossible[0].why.startswith("More than one action plan is called “Welcome” there")


@pytest.mark.parametrize(("how", "says"), [
    ("archived", "The action plan “Welcome” is archived. Restore it, or map to another."),
    ("a draft", "The action plan “Welcome” has no ready version yet. Make it ready, or map to another."),
    ("private", "This action plan is somebody's private one. Map to a public one."),
])  # fmt: skip
def test_a_plan_that_cannot_take_anybody_there_is_told_with_what_to_do(
    acme: Any, boulder: Any, how: str, says: str
) -> None:
    add(acme, "plans", "t1", "Welcome")
    there = Plan.objects.filter(account=boulder)
    if how == "archived":
        there.update(archived_at="2026-11-01T00:00Z")
    elif how == "private":
        there.update(visibility="private", owner=make_user(boulder, "owner"))
    else:
        PlanVersion.objects.filter(plan__in=there).update(state="draft")

    (one,) = look(acme).beneath

    assert [step.why for step in one.steps] == [says]


def test_what_has_gone_above_is_not_passed_on(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    LeadSource.objects.filter(account=acme).update(hidden=True)

    assert look(acme).beneath[0].impossible[0].why.startswith("It points to something that is gone or hidden here.")


def test_a_branch_without_a_key_gets_its_mapping_before_and_is_told_what_it_still_needs(
    acme: Any, boulder: Any
) -> None:
    add(acme, "sources", "t1", "Web")

    (there,) = look(acme).beneath

    assert there.note == "Gym is switched off for this account. An admin can switch it on under Add-Ons."
    assert pass_on(acme) is not None
    assert not Connection.objects.filter(account=boulder).exists()  # nothing of a connection goes along


def test_where_the_add_on_is_not_available_nothing_can_be(acme: Any, boulder: Any) -> None:
    Availability.objects.all().delete()
    add(acme, "sources", "t1", "Web")

    assert "not available to this account" in look(acme).beneath[0].refused
    assert pass_on(acme) is None
    assert reads.lines(boulder, "gym") == []


def test_where_the_person_may_not_nothing_is_looked_at_or_written(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")

    (there,) = look(acme, lambda account: "You may not.").beneath

    assert (there.refused, there.steps) == ("You may not.", ())


def test_what_changed_since_the_preview_stops_it_everywhere(acme: Any, boulder: Any) -> None:
    second = world.branch(acme, "Aurora")
    world.source(second, "Web")
    add(acme, "sources", "t1", "Web")
    seen = look(acme).digest
    add(boulder, "sources", "t1", "Web")

    with pytest.raises(Conflict):
        pass_on(acme, seen=seen)

    assert reads.lines(second, "gym") == []


def test_it_is_written_down_in_every_account_with_who_and_what(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")

    pass_on(acme)

    (above,) = AuditRow.objects.filter(verb="mappings_passed_on")
    (below,) = AuditRow.objects.filter(verb="mappings_taken_over")
    assert (above.account_id, above.data["accounts"]) == (acme.pk, ["Boulder"])
    assert (below.account_id, below.data["from"], below.data["rows"]) == (boulder.pk, "Acme", ["Trial: Web"])


def test_the_second_time_there_is_nothing_to_do(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    pass_on(acme)

    assert pass_on(acme) is None


def test_taking_back_removes_what_was_made_and_brings_back_what_was_replaced(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    add(acme, "sources", "t2", "Web")
    world.source(boulder, "Mailing")
    add(boulder, "sources", "t1", "Mailing")
    clone = pass_on(acme, {boulder.pk: "take"})
    assert clone
    assert words(boulder) == {"Trial: Web", "Walk-in: Web"}

    (done,) = passing_on.undo(acme, "gym", clone.pk, anybody, by=ADA)

    assert words(boulder) == {"Trial: Mailing"}
    assert (len(done.goes), len(done.restored), done.stays) == (2, 1, 0)
    assert AuditRow.objects.filter(verb="mappings_given_back", account_id=boulder.pk).exists()


def test_what_was_changed_since_stays_and_is_counted(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    add(acme, "sources", "t2", "Web")
    clone = pass_on(acme)
    assert clone
    world.source(boulder, "Mailing")
    changes.remove(boulder, "gym", reads.lines(boulder, "gym")[0].id, by=ADA)
    add(boulder, "sources", "t1", "Mailing")

    (done,) = passing_on.undo(acme, "gym", clone.pk, anybody, by=ADA)

    assert words(boulder) == {"Trial: Mailing"}
    assert (len(done.goes), done.stays) == (1, 1)


def test_it_is_taken_back_once_in_its_own_account_and_by_who_may_everywhere(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    clone = pass_on(acme)
    assert clone

    with pytest.raises(NotFound):
        passing_on.undo(boulder, "gym", clone.pk, anybody, by=ADA)
    with pytest.raises(Problem):
        passing_on.undo(acme, "gym", clone.pk, lambda account: "You may not.", by=ADA)
    passing_on.undo(acme, "gym", clone.pk, anybody, by=ADA)
    with pytest.raises(NotFound):
        passing_on.undo(acme, "gym", clone.pk, anybody, by=ADA)


def test_a_tree_too_large_is_refused_with_the_way_round(acme: Any, boulder: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(passing_on, "MOST_ACCOUNTS", 0)

    with pytest.raises(Problem, match="directly beneath"):
        look(acme)


@pytest.mark.parametrize(
    ("above", "there", "mapped", "fate"),
    [
        (True, True, False, "kept"), (False, False, True, "kept"),
        (True, False, False, "added"),  # nobody has chosen anything there
        (True, False, True, "conflict"), (False, True, False, "conflict"),  # somebody has
    ],
)  # fmt: skip
def test_what_is_left_out_of_imports_has_a_fate_like_a_row(above: bool, there: bool, mapped: bool, fate: str) -> None:
    assert cloning.skip(above, there, mapped).fate == fate


@pytest.mark.parametrize(("chosen", "left_out"), [("keep", True), ("take", False)])
def test_a_branch_that_leaves_out_what_is_not_mapped_keeps_that_or_gives_it_up(
    acme: Any, boulder: Any, chosen: str, left_out: bool
) -> None:
    add(acme, "sources", "t1", "Web")
    changes.set_skip(boulder, "gym", True, by=ADA)
    assert look(acme).conflicts == 1

    clone = pass_on(acme, {boulder.pk: chosen})

    assert clone is not None
    assert (boulder.pk in reads.skipping([boulder.pk], "gym")) is left_out
    passing_on.undo(acme, "gym", clone.pk, anybody, by=ADA)
    assert reads.skipping([boulder.pk], "gym") == {boulder.pk}


def test_what_was_put_back_by_hand_is_not_turned_round_by_taking_back(acme: Any, boulder: Any) -> None:
    add(acme, "sources", "t1", "Web")
    changes.set_skip(acme, "gym", True, by=ADA)
    clone = pass_on(acme)
    assert clone is not None
    changes.set_skip(boulder, "gym", False, by=ADA)

    (told,) = passing_on.undoing(clone)
    passing_on.undo(acme, "gym", clone.pk, anybody, by=ADA)

    assert (told.skip, told.stays) == (None, 0)
    assert reads.skipping([boulder.pk], "gym") == set()
