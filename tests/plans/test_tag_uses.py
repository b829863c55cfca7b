"""Which plans name a tag, in what they do, for whom, and until when."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from hub.addons import catalog
from hub.core import addon as core_addon
from hub.core import registry
from hub.core.outcomes import Done
from hub.core.settings import Choice, Settings
from hub.plans import changes, enrollment, tag_uses, versions
from hub.plans.models import Plan
from hub.steps import addon as steps
from tests.plans.company import ADA, contact, draft_of, make_plan, note_step

pytestmark = pytest.mark.django_db


class Chosen(Settings):
    """A tag from the list."""

    tag: Annotated[str, Choice("tag")]


@pytest.fixture
def shop(account: Any) -> None:
    """The built-in steps, and an add-on with a step for which a tag is chosen from the list."""
    sold = core_addon.AddOn("shop", title="Shop", always_on=True)

    @sold.action("offer", Chosen, title="Offer")
    async def offer(vendor: Any, step: Chosen, contact: Any) -> Done:
        return Done()

    catalog.sync(registry.from_objects([steps, sold]))


@pytest.fixture
def tag(account: Any) -> Any:
    from hub.contacts import tag_changes

    return tag_changes.add_tag(account, "Trial week", by=ADA)


def tagging(kind: str, *tags: str) -> dict[str, Any]:
    return {"action_type": f"steps.{kind}", "name": "Tag", "options": {"tags": list(tags)}}


def named(account: Any, tag: Any) -> list[str]:
    return [plan.name for plan in tag_uses.of(account, tag)]


def drafted(account: Any, name: str, *steps: dict[str, Any]) -> Plan:
    plan = changes.create_plan(account, name, by=ADA)
    versions.save_draft(draft_of(plan), 0, steps, by=ADA)
    return plan


@pytest.mark.usefixtures("shop")
def test_steps_conditions_and_ends_that_name_it_are_found_whatever_their_capitals(account: Any, tag: Any) -> None:
    when = {"kind": "tag", "name": "trial  WEEK"}
    drafted(account, "adds", tagging("add_tags", "New", "TRIAL week"))
    drafted(account, "removes", tagging("remove_tags", "Trial week"))
    drafted(account, "chooses", {"action_type": "shop.offer", "name": "Offer", "options": {"tag": str(tag.pk)}})
    drafted(account, "asks", note_step(only_if={"when": when, "unless": True}))
    plan = drafted(account, "ends", note_step())
    draft = draft_of(plan)
    draft.rules = {"stops": [{"when": when, "goal": True}]}
    draft.save(update_fields=["rules"])

    assert named(account, tag) == ["adds", "asks", "chooses", "ends", "removes"]


@pytest.mark.usefixtures("shop")
def test_what_names_another_thing_of_that_name_is_not(account: Any, tag: Any) -> None:
    drafted(account, "other tag", tagging("add_tags", "Trial"))
    drafted(account, "a stage", note_step(only_if={"when": {"kind": "sales_cycle", "name": "Trial week"}}))
    drafted(account, "a text", note_step(options={"text": "Trial week"}))
    drafted(account, "another id", {"action_type": "shop.offer", "name": "Offer", "options": {"tag": str(tag.pk + 1)}})

    assert named(account, tag) == []


def test_a_version_of_before_counts_while_contacts_are_on_it_and_a_plan_that_was_put_away_does_not(
    account: Any, tag: Any
) -> None:
    when = {"kind": "tag", "name": "Trial week"}
    running, over = (make_plan(account, note_step(only_if={"when": when}), name=name) for name in ("running", "over"))
    away = make_plan(account, note_step(only_if={"when": when}), name="away")
    enrollment.enroll(running, [contact(account).pk], by=ADA)
    for plan in (running, over):
        draft = draft_of(plan)
        versions.make_ready(
            versions.save_draft(draft, draft.revision, [note_step()], by=ADA), draft.revision + 1, by=ADA
        )
    changes.archive(away, by=ADA)

    assert named(account, tag) == ["running"]
