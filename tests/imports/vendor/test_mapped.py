"""What the account's mappings make of a vendor's people: lead source, plans, and a defined fate for those nothing is mapped
for.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons.models import Connection, OptionsCache
from hub.audit.actor import SYSTEM
from hub.contacts import review
from hub.contacts.models import Contact, LeadSource, Unmatched
from hub.db import clock
from hub.imports import changes as imports
from hub.imports.models import Import
from hub.plans import changes as plans
from hub.plans import stopping
from hub.plans.models import Enrollment, Plan
from tests.imports.journey import ANN
from tests.imports.vendor.gym import Desk, Spot, crowd
from tests.plans import company

Start = Callable[..., Import]
Tables = Callable[..., None]

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(account: Account) -> LeadSource:
    return LeadSource.objects.create(account=account, name="Web", key="web")


@pytest.fixture
def plan(on: Account) -> Plan:
    return company.make_plan(on, company.note_step())


def sources() -> list[str | None]:
    return list(Contact.objects.order_by("email").values_list("lead_source__name", flat=True))


def test_a_choice_brings_its_lead_source_and_puts_on_its_plans(
    start: Start, tables: Tables, desk: Desk, web: LeadSource, plan: Plan
) -> None:
    tables(by_choice={"guest": Spot(web.pk, (plan.pk,), tag_names=("Gym",), mapped=True)})
    desk.people = crowd(3, type="guest")

    row = start()

    assert (row.counts["enrolled"], row.counts["unmapped"], sources()) == (3, 0, ["Web"] * 3)
    assert Enrollment.objects.filter(plan=plan, state="running").count() == 3
    assert Contact.objects.filter(contact_tags__tag__name="Gym").count() == 3


def test_importing_again_puts_nobody_on_the_plan_twice(
    start: Start, tables: Tables, desk: Desk, plan: Plan, on: Account
) -> None:
    tables(by_choice={"guest": Spot(plan_ids=(plan.pk,), mapped=True)})
    desk.people = crowd(3, type="guest")
    start()
    off = Enrollment.objects.order_by("pk").first()
    assert off is not None
    stopping.stop(on, [off.pk], reason="Enough", by=ANN)

    again = start(everything=True)

    assert (again.counts.get("enrolled", 0), Enrollment.objects.count()) == (0, 3)


def test_a_plan_that_is_mapped_later_takes_those_who_never_were_on_it(
    start: Start, tables: Tables, desk: Desk, plan: Plan
) -> None:
    desk.people = crowd(3, type="guest")
    start()
    tables(by_choice={"guest": Spot(plan_ids=(plan.pk,), mapped=True)})

    again = start(everything=True)

    assert (again.counts["unchanged"], again.counts["enrolled"]) == (3, 3)


def test_what_a_person_has_chosen_since_stays(
    start: Start, tables: Tables, desk: Desk, web: LeadSource, account: Account
) -> None:
    tables(by_choice={"guest": Spot(web.pk, mapped=True)})
    desk.people = crowd(1, type="guest")
    start()
    friend = LeadSource.objects.create(account=account, name="A friend", key="a friend")
    Contact.objects.update(lead_source=friend)

    start(everything=True)

    assert sources() == ["A friend"]


def test_where_nothing_is_mapped_the_default_of_the_kind_holds_and_the_report_says_so(
    start: Start, tables: Tables, desk: Desk, web: LeadSource
) -> None:
    tables(defaults={"prospect": Spot(web.pk)})
    desk.people = [*crowd(2, type="guest"), {"id": "x", "first": "Xu", "email": "x@example.com", "type": "trial"}]

    row = start()

    assert (row.counts["created"], row.counts["unmapped"], sources()) == (3, 3, ["Web"] * 3)
    assert row.mapping["unmapped"] == {"guest": 2, "trial": 1}
    assert [line.outcome for line in row.rows.order_by("line")] == ["no_map"] * 3
    assert not Unmatched.objects.exists()


def test_without_a_default_the_choice_waits_on_the_review_list_once(start: Start, desk: Desk) -> None:
    desk.people = crowd(3, type="guest")
    start()
    start(everything=True)

    assert sources() == [None] * 3
    assert [(one.value, one.contacts) for one in review.waiting(Account.objects.get())] == [("guest", 3)]
    assert Unmatched.objects.count() == 3


def test_a_choice_without_a_title_is_called_as_in_the_vendor_s_list(
    start: Start, desk: Desk, web: LeadSource, on: Account
) -> None:
    OptionsCache.objects.create(
        connection=Connection.objects.get(account=on, addon="gym"), name="types", tried_at=clock.now(),
        data=[["11", "Guest pass"], ["12", "Web"]],
    )  # fmt: skip
    desk.people = [*crowd(2, type="11"), {"id": "w", "first": "Wu", "type": "12"}]

    row = start()

    assert row.mapping["unmapped"] == {"Guest pass": 2, "Web": 1}
    assert sorted(sources(), key=str) == [None, None, "Web"]
    assert row.rows.order_by("line").first().problem.startswith("Nothing is mapped for “Guest pass”.")  # type: ignore[union-attr]


def test_a_choice_that_is_an_id_is_told_of_by_its_title(start: Start, desk: Desk, web: LeadSource) -> None:
    desk.people = [*crowd(2, type="11", called="Guest pass"), {"id": "w", "first": "Wu", "type": "12", "called": "Web"}]

    row = start()

    assert row.mapping["unmapped"] == {"Guest pass": 2, "Web": 1}
    first, _, last = [line.problem for line in row.rows.order_by("line")]
    assert first.startswith("Nothing is mapped for “Guest pass”. There is no lead source “Guest pass” here.")
    assert last == "Nothing is mapped for “Web”."
    assert [(one.value, one.contacts) for one in review.waiting(Account.objects.get())] == [("Guest pass", 2)]
    assert Contact.objects.get(first_name="Wu").lead_source == web


def test_a_choice_that_is_called_like_a_lead_source_takes_it(start: Start, desk: Desk, web: LeadSource) -> None:
    desk.people = crowd(1, type="WEB")

    start()

    assert sources() == ["Web"]


def test_with_unmapped_people_to_be_skipped_they_stay_outside_and_stand_in_the_report(
    start: Start, tables: Tables, desk: Desk, web: LeadSource
) -> None:
    tables(by_choice={"guest": Spot(web.pk, mapped=True)}, skip_unmapped=True)
    desk.people = [*crowd(2, type="guest"), {"id": "x", "first": "Xu", "email": "x@example.com", "type": "trial"}]

    row = start()

    assert (row.counts["created"], row.counts["skipped"], Contact.objects.count()) == (2, 1, 2)
    assert "“trial”" in row.rows.get().problem


def test_a_locked_list_of_lead_sources_gets_no_new_one_and_a_stale_mapping_goes_to_the_review_list(
    start: Start, tables: Tables, desk: Desk, on: Account
) -> None:
    above = accounts.create("Acme", by=SYSTEM, kind=Account.Kind.ENTERPRISE)
    other = LeadSource.objects.create(account=above, name="Elsewhere", key="elsewhere")
    tables(by_choice={"guest": Spot(other.pk, mapped=True)})  # it was of another account all the time
    desk.people = crowd(2, type="guest")

    start()

    assert (sources(), LeadSource.objects.count()) == ([None, None], 1)
    assert [one.value for one in review.waiting(on)] == ["guest"]


def test_a_plan_that_takes_nobody_does_not_stop_the_import_and_is_told(
    start: Start, tables: Tables, desk: Desk, plan: Plan, on: Account
) -> None:
    plans.archive(plan, by=ANN)
    tables(by_choice={"guest": Spot(plan_ids=(plan.pk,), mapped=True)})
    desk.people = crowd(3, type="guest")

    row = start()

    assert (row.state, row.counts["created"], row.counts.get("enrolled", 0)) == ("done", 3, 0)
    assert row.problem.count("is archived") == 1


def test_a_dry_run_counts_whom_it_would_put_on_plans(start: Start, tables: Tables, desk: Desk, plan: Plan) -> None:
    tables(by_choice={"guest": Spot(plan_ids=(plan.pk,), mapped=True)})
    desk.people = crowd(3, type="guest")

    row = start(dry=True)

    assert (row.counts["enrolled"], Enrollment.objects.count()) == (3, 0)


def test_undoing_stops_the_plans_it_started_for_new_and_known_people(
    start: Start, tables: Tables, desk: Desk, plan: Plan, on: Account
) -> None:
    desk.people = crowd(2, type="guest")
    start()
    tables(by_choice={"guest": Spot(plan_ids=(plan.pk,), mapped=True)})
    desk.people = crowd(4, type="guest")
    row = start(everything=True)
    assert row.counts["enrolled"] == 4

    while row.state != "undone":
        imports.undo(on, row.pk, by=ANN, most=3)
        row.refresh_from_db()

    assert Enrollment.objects.filter(state="running").count() == 0
    assert Contact.objects.filter(archived_at=None).count() == 2
