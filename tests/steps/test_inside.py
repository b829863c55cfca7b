"""The steps that stay in the house: each returns the change it asks for, and nothing leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.core import AddTags, AssignUser, Change, Notify, RemoveTags, SetSalesCycle, StartPlan, WriteNote
from hub.core.manifest import freeze
from hub.core.registry import discover, from_objects
from hub.steps import addon
from hub.testing.kit import Kit


@pytest.fixture
def kit() -> Iterator[Kit]:
    with Kit(addon) as kit:
        yield kit


@pytest.mark.parametrize(
    ("action", "options", "change"),
    [
        ("note", {"text": "Call {{client.firstName}}"}, WriteNote(text="Call Ada")),
        ("notify", {"text": "See {{client.fullName}}"}, Notify(text="See Ada Lovelace")),
        ("notify", {"to": "7", "text": "x"}, Notify(to="7", text="x")),
        ("assign_user", {"user": "7"}, AssignUser(user="7")),
        ("assign_user", {}, AssignUser(user=None)),
        ("set_sales_cycle", {"sales_cycle": "3"}, SetSalesCycle(sales_cycle="3")),
        ("add_tags", {"tags": "hot\n vip \n"}, AddTags(tags=("hot", "vip"))),
        ("remove_tags", {"tags": ["hot"]}, RemoveTags(tags=("hot",))),
        ("move_to_plan", {"plan": "4"}, StartPlan(plan="4", leave_current=True)),
        ("move_to_plan", {"plan": "4", "leave_current": False}, StartPlan(plan="4")),
    ],
)
def test_the_step_asks_for_its_change(kit: Kit, action: str, options: dict[str, object], change: Change) -> None:
    run = kit.run(f"steps.{action}", **options)

    assert run.state == "done"
    assert run.changes == [change]
    assert kit.vendor.calls == []


def test_waiting_changes_nothing(kit: Kit) -> None:
    run = kit.run("steps.wait")

    assert (run.state, run.changes) == ("done", [])


@pytest.mark.parametrize(
    ("action", "options"),
    [
        ("note", {"text": "  "}),
        ("notify", {}),
        ("set_sales_cycle", {}),
        ("add_tags", {"tags": " \n"}),
        ("add_tags", {"tags": ["x" * 61]}),
        ("move_to_plan", {}),
    ],
)
def test_a_step_without_its_one_choice_is_not_carried_out(kit: Kit, action: str, options: dict[str, object]) -> None:
    run = kit.run(f"steps.{action}", **options)

    assert run.state in ("held", "review")
    assert run.changes == []


def test_they_come_through_the_same_door_as_a_stranger_s() -> None:
    claims = discover().claims

    assert {type_ for type_ in claims if type_.startswith("steps.")} == {
        "steps.webhook", "steps.note", "steps.notify", "steps.assign_user", "steps.set_sales_cycle", "steps.add_tags",
        "steps.remove_tags", "steps.move_to_plan", "steps.wait",
    }  # fmt: skip


def test_they_are_always_on_and_every_kind_has_a_form() -> None:
    manifest = freeze(from_objects([addon]).plugins["steps"])

    assert manifest.always_on
    assert all(action.title and action.icon for action in manifest.actions)
    assert [field.name for field in manifest.action("steps.webhook").fields] == [  # type: ignore[union-attr]
        "url", "method", "headers", "payload", "fields", "body", "body_type", "when_unclear",
    ]  # fmt: skip
