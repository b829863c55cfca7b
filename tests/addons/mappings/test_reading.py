"""Where a record goes: what a row says, else what its kind has by default, and never where something has gone."""

from __future__ import annotations

from typing import Any

import pytest

from hub.addons.mappings import changes, ours, reading, reads
from hub.addons.mappings.reading import Placement
from hub.contacts.models import LeadSource, SalesCycle, Tag
from hub.core.manifest import MappingManifest
from hub.plans.models import Plan
from tests.addons.mappings import world
from tests.addons.mappings.world import ADA, client, prospect
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


def id_of(account: Any, name: str) -> str:
    found = LeadSource.objects.filter(account=account, name=name).first()
    return str((found or Plan.objects.get(account=account, name=name)).pk)


def add(account: Any, mapping: str, choice: str, name: str) -> None:
    changes.add(account, world.manifest(), f"gym.{mapping}", choice, id_of(account, name), by=ADA)


def default(account: Any, kind: str, **wanted: str) -> None:
    keys = {right: [id_of(account, name)] for right, name in wanted.items()}
    changes.set_defaults(account, world.manifest(), kind, keys, by=ADA)  # type: ignore[arg-type]


def placed(account: Any, record: Any) -> Placement:
    return reading.of(account.pk, "gym").place(record)


def test_a_record_goes_where_the_row_of_its_choice_says(acme: Any) -> None:
    add(acme, "sources", "t1", "Web")
    add(acme, "plans", "t1", "Welcome")

    there = placed(acme, prospect("t1"))

    assert there == Placement(int(id_of(acme, "Web")), (int(id_of(acme, "Welcome")),), mapped=True)


def test_a_choice_may_start_several_plans_and_several_choices_may_share_a_source(acme: Any) -> None:
    for name in ("Welcome", "Trial week"):
        add(acme, "plans", "t1", name)
    add(acme, "sources", "t1", "Web")
    add(acme, "sources", "t2", "Web")

    first, second = placed(acme, prospect("t1")), placed(acme, prospect("t2"))

    assert first.plan_ids == (int(id_of(acme, "Welcome")), int(id_of(acme, "Trial week")))
    assert first.lead_source_id == second.lead_source_id == int(id_of(acme, "Web"))


def test_what_no_row_decides_the_defaults_of_its_kind_do_each_of_ours_on_its_own(acme: Any) -> None:
    add(acme, "sources", "t1", "Web")
    default(acme, "prospect", lead_source="Friends", plan="Welcome")

    typed, other = placed(acme, prospect("t1")), placed(acme, prospect("t3"))

    assert (typed.lead_source_id, typed.plan_ids) == (int(id_of(acme, "Web")), (int(id_of(acme, "Welcome")),))
    assert (other.lead_source_id, other.mapped) == (int(id_of(acme, "Friends")), False)


def test_clients_have_no_type_and_defaults_of_their_own(acme: Any) -> None:
    default(acme, "prospect", lead_source="Web")

    assert placed(acme, client()) == Placement(mapped=False)

    default(acme, "client", lead_source="Friends")
    assert placed(acme, client()) == Placement(int(id_of(acme, "Friends")), mapped=True)


def test_a_row_counts_for_the_kinds_its_mapping_is_for(acme: Any) -> None:
    add(acme, "sources", "t1", "Web")

    stranger = client().model_copy(update={"choice": "t1"})

    assert placed(acme, stranger).lead_source_id is None


@pytest.mark.parametrize("how", ["hidden", "gone"])
def test_a_lead_source_that_has_gone_is_not_used_and_the_default_steps_in(acme: Any, how: str) -> None:
    add(acme, "sources", "t1", "Web")
    default(acme, "prospect", lead_source="Friends")

    web = LeadSource.objects.filter(account=acme, name="Web")
    web.update(hidden=True) if how == "hidden" else web.delete()

    there = placed(acme, prospect("t1"))
    assert (there.lead_source_id, there.mapped) == (int(id_of(acme, "Friends")), False)


@pytest.mark.parametrize("state", ["archived", "not_ready"])
def test_nobody_is_put_on_a_plan_that_cannot_take_anybody(acme: Any, state: str) -> None:
    from hub.plans.models import PlanVersion

    add(acme, "plans", "t1", "Welcome")
    if state == "archived":
        Plan.objects.filter(name="Welcome").update(archived_at="2026-11-01T00:00Z")
    else:
        PlanVersion.objects.filter(plan__name="Welcome").update(state="draft")

    assert placed(acme, prospect("t1")).plan_ids == ()


def test_empty_is_told_apart_from_mapped_to_what_has_gone(acme: Any) -> None:
    assert reading.of(acme.pk, "gym").is_empty
    add(acme, "sources", "t1", "Web")
    LeadSource.objects.filter(account=acme).delete()

    assert not reading.of(acme.pk, "gym").is_empty


def test_the_wish_to_skip_is_read_with_or_without_rows(acme: Any) -> None:
    assert not reading.of(acme.pk, "gym").skip_unmapped

    changes.set_skip(acme, "gym", True, by=ADA)

    assert reading.of(acme.pk, "gym").skip_unmapped


def test_the_tables_of_another_account_are_another_s(acme: Any) -> None:
    add(acme, "sources", "t1", "Web")
    below = world.branch(acme, "Boulder")

    assert reading.of(below.pk, "gym").is_empty


def test_tables_are_read_when_the_plugin_is_gone(acme: Any) -> None:
    from hub.addons import installed
    from hub.core.registry import from_objects

    add(acme, "sources", "t1", "Web")
    with installed.use(from_objects({})):
        assert placed(acme, prospect("t1")).lead_source_id == int(id_of(acme, "Web"))


def test_the_tables_are_read_in_a_handful_of_queries_however_many_rows_there_are(
    acme: Any, django_assert_max_num_queries: Any
) -> None:
    for choice in world.TYPES:
        add(acme, "sources", choice, "Web")
        add(acme, "plans", choice, "Welcome")

    with django_assert_max_num_queries(6):
        mapped = reading.of(acme.pk, "gym")
    with django_assert_max_num_queries(0):
        assert mapped.place(prospect("t2")).mapped


def test_a_later_version_of_the_plugin_that_maps_to_something_else_does_not_take_a_source_for_a_plan(acme: Any) -> None:
    add(acme, "sources", "t1", "Web")
    lines = reads.lines(acme, "gym")
    now = MappingManifest(name="gym.sources", title="Types", left="types", right="plan")

    mapped = reading.read([now], [], lines, ours.of(acme, ["lead_source", "plan"]))

    assert mapped.place(prospect("t1")) == Placement()


def test_tags_and_users_and_stages_are_placed_too(acme: Any) -> None:
    cycle = SalesCycle.objects.create(account=acme, name="New", key="new")
    grace = make_user(acme, "owner", "grace")
    Tag.objects.create(account=acme, name="From the gym", key="from the gym")
    wanted = {"sales_cycle": [str(cycle.pk)], "user": [str(grace.pk)], "tag": ["from the gym"]}

    changes.set_defaults(acme, world.manifest(), "client", wanted, by=ADA)  # type: ignore[arg-type]

    there = placed(acme, client())
    assert (there.sales_cycle_id, there.user_id, there.tag_names) == (cycle.pk, grace.pk, ("From the gym",))
