"""Changing contacts: two tabs, many at once, locks from above, and what a plan's steps ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.contacts import applying, changes, filters, list_changes, lists, many, reads, review, tagging
from hub.contacts.incoming import Consent, Incoming
from hub.contacts.intake import intake_many
from hub.contacts.models import Contact, SalesCycle, Tag
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import EVERYTHING
from hub.core.changes import AddTags, AssignUser, RemoveTags, SetSalesCycle, WriteNote
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound, Problem, Refused
from hub.history import reads as history
from hub.history import wording
from tests.contacts.door import ANN, CSV

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]
BEN = Actor("person", "2", "Ben")


def tags(*ids: int) -> list[set[str]]:
    found = reads.tags_of(ids)
    return [{tag.name for tag in found.get(one, ())} for one in ids]


def story(row: Contact) -> list[str]:
    return [wording.sentence(note) for note in history.timeline(row.account_id, row.pk).rows]


def test_an_edit_is_found_by_search_noted_and_audited(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada", city="Provo")

    changes.edit(
        account,
        EVERYTHING,
        row.pk,
        {"first_name": "Augusta", "city": "", "phone_cell": "801 555 0123"},
        by=ANN,
        version=1,
    )

    row = reads.get(account, EVERYTHING, row.pk)
    assert (row.first_name, row.city, row.phone_cell, row.version) == ("Augusta", "", "+18015550123", 2)
    assert reads.count(account, EVERYTHING, ContactQuery(text="augusta 0123")).number == 1
    assert story(row)[0] == "Changed: First name, City, Cell phone."
    assert AuditRow.objects.get(verb="edited").data["changed"]["first_name"] == ["Ada", "Augusta"]


def test_an_edit_that_changes_nothing_writes_nothing(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada")

    changes.edit(account, EVERYTHING, row.pk, {"first_name": " Ada "}, by=ANN)

    assert reads.get(account, EVERYTHING, row.pk).version == 1
    assert len(story(row)) == 1


def test_of_two_tabs_the_second_hears_who_changed_what(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada")
    changes.edit(account, EVERYTHING, row.pk, {"first_name": "Augusta"}, by=ANN, version=1)

    with pytest.raises(Conflict) as conflict:
        changes.edit(account, EVERYTHING, row.pk, {"last_name": "King"}, by=BEN, version=1)

    assert conflict.value.what == "Ann Admin changed First name while you were editing. Nothing of yours was saved."
    assert set(conflict.value.fields) == {"first_name"}
    changes.edit(account, EVERYTHING, row.pk, {"last_name": "King"}, by=BEN, version=2)


@pytest.mark.parametrize(
    "field", ["account_id", "version", "archived_at", "assigned_user_id", "email_ok", "search_text", "id", "nonsense"]
)
def test_no_edit_binds_a_field_that_is_not_a_persons_to_type(account: Account, contact: Make, field: str) -> None:
    row = contact(first_name="Ada")

    with pytest.raises(Invalid) as refused:
        changes.edit(account, EVERYTHING, row.pk, {field: "1"}, by=ANN)

    assert set(refused.value.fields) == {field}


def test_bad_values_are_named_by_their_fields(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada")

    with pytest.raises(Invalid) as refused:
        changes.edit(account, EVERYTHING, row.pk, {"email": "nope", "zip": "9" * 30, "deal_size": "much"}, by=ANN)
    assert set(refused.value.fields) == {"email", "zip", "deal_size"}

    with pytest.raises(Invalid, match="another look"):
        changes.edit(account, EVERYTHING, row.pk, {"first_name": ""}, by=ANN)


def test_custom_fields_are_edited_by_label_and_unknown_ones_refused(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada")
    list_changes.add_custom_field(account, "Shoe size", by=ANN)

    changes.edit(account, EVERYTHING, row.pk, {"custom": {"shoe SIZE": "38"}}, by=ANN)
    assert reads.get(account, EVERYTHING, row.pk).custom == {"Shoe size": "38"}

    changes.edit(account, EVERYTHING, row.pk, {"custom": {"Shoe size": ""}}, by=ANN)
    assert reads.get(account, EVERYTHING, row.pk).custom == {}

    with pytest.raises(Invalid):
        changes.edit(account, EVERYTHING, row.pk, {"custom": {"Hat": "7"}}, by=ANN)


def test_a_person_may_take_a_no_back(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada", consent=Consent(email=False, source="unsubscribe"))

    changes.set_consent(account, EVERYTHING, row.pk, Consent(email=True, source="telephone"), by=ANN)

    row = reads.get(account, EVERYTHING, row.pk)
    assert (row.email_ok, row.consent_source) == (True, "telephone")
    assert story(row)[0] == "Consent changed: may be e-mailed: yes."


def test_a_note_is_told_in_its_own_words(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada")

    changes.write_note(account, EVERYTHING, row.pk, "  Call her mother. ", by=ANN)

    note = history.timeline(account.pk, row.pk, ["note"]).rows[0]
    assert (wording.detail(note), note.actor_label) == ("Call her mother.", "Ann Admin")
    with pytest.raises(Invalid):
        changes.write_note(account, EVERYTHING, row.pk, " ", by=ANN)


def test_everybody_of_a_query_is_changed_though_the_change_takes_them_out_of_it(
    account: Account, user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "SLICE", 7)
    bob = user("bob")
    intake_many(account, [Incoming({"first_name": f"N{n}"}) for n in range(30)], by=ANN, policy=CSV)

    done = changes.assign_many(account, EVERYTHING, ContactQuery(unassigned=True), bob.pk, by=ANN)

    assert (done.asked, done.changed) == (30, 30)
    assert Contact.objects.filter(assigned_user=bob, version=2).count() == 30
    assert AuditRow.objects.get(verb="assigned").data["contacts"] == 30
    assert changes.assign_many(account, EVERYTHING, ContactQuery(), bob.pk, by=ANN).changed == 0


def test_tags_go_on_once_and_come_off(account: Account, contact: Make) -> None:
    a, b = contact(first_name="A", tags=("vip",)), contact(first_name="B")

    done = changes.add_tags_many(account, EVERYTHING, [a.pk, b.pk], ["VIP", "new"], by=ANN)
    assert (done.changed, tags(a.pk, b.pk)) == (2, [{"vip", "new"}, {"vip", "new"}])
    assert changes.add_tags_many(account, EVERYTHING, [a.pk, b.pk], ["vip"], by=ANN).changed == 0

    assert changes.remove_tags_many(account, EVERYTHING, ContactQuery(), ["vip", "unheard of"], by=ANN).changed == 2
    assert tags(a.pk, b.pk) == [{"new"}, {"new"}]
    for bad in ([], [" "], ["x" * 61]):
        with pytest.raises(Invalid):
            changes.add_tags(account, EVERYTHING, a.pk, bad, by=ANN)


def test_nobody_is_assigned_to_a_foreign_or_archived_user(
    account: Account, enterprise: Account, contact: Make, user: Make
) -> None:
    row = contact(first_name="A")

    with pytest.raises(Problem, match="Gone is archived"):
        changes.assign(account, EVERYTHING, row.pk, user("gone", state="archived").pk, by=ANN)
    with pytest.raises(NotFound):
        changes.assign(account, EVERYTHING, row.pk, user("foreign", at=enterprise).pk, by=ANN)


def test_the_sales_cycle_is_set_from_the_list_in_force_only(
    account: Account, enterprise: Account, contact: Make
) -> None:
    row = contact(first_name="A")
    stage = list_changes.add_sales_cycle(account, "Prospect", by=ANN)
    foreign = list_changes.add_sales_cycle(enterprise, "Client", by=ANN)

    changes.set_sales_cycle(account, EVERYTHING, row.pk, stage.pk, by=ANN)
    assert story(row)[0] == "Sales cycle is now “Prospect”."

    with pytest.raises(Problem, match="is gone"):
        changes.set_sales_cycle(account, EVERYTHING, row.pk, foreign.pk, by=ANN)


def test_archiving_can_be_undone_and_is_refused_under_a_lock_from_above(enterprise: Account, contact: Make) -> None:
    child = accounts.create("Child", by=ANN, parent=enterprise)
    row = contact(at=child, first_name="A")
    changes.archive(child, EVERYTHING, row.pk, by=ANN)
    changes.restore(child, EVERYTHING, row.pk, by=ANN)
    assert story(row)[:2] == ["Contact was restored.", "Contact was archived."]

    accounts.lock(enterprise, "contact_deletion", by=ANN)

    with pytest.raises(Refused) as refused:
        changes.archive_many(child, EVERYTHING, ContactQuery(), by=ANN)
    assert refused.value.reason == "locked"
    assert "Enterprise" in refused.value.who
    assert reads.get(child, EVERYTHING, row.pk).archived_at is None


@pytest.fixture
def locked(enterprise: Account) -> Account:
    """A grandchild of an enterprise that has locked everything."""
    child = accounts.create("Child", by=ANN, parent=enterprise)
    for subject in ("lead_sources", "sales_cycle", "tags", "custom_fields"):
        accounts.lock(enterprise, subject, by=ANN)
    return accounts.create("Grandchild", by=ANN, parent=child)


def test_locked_lists_are_not_changed_from_beneath(locked: Account) -> None:
    for refused in (
        lambda: list_changes.add_lead_source(locked, "Web", by=ANN),
        lambda: list_changes.add_custom_field(locked, "Hat", by=ANN),
    ):
        with pytest.raises(Refused):
            refused()


def test_a_locked_sales_cycle_binds_the_child_and_not_the_grandchild(locked: Account, enterprise: Account) -> None:
    stage = list_changes.add_sales_cycle(enterprise, "Prospect", by=ANN)
    child = locked.parent
    assert child is not None

    assert [choice.id for choice in lists.sales_cycles(child)] == [stage.pk]
    with pytest.raises(Refused):
        list_changes.add_sales_cycle(child, "Own", by=ANN)
    assert lists.sales_cycles(locked) == []
    list_changes.add_sales_cycle(locked, "Own", by=ANN)


def test_under_a_lock_own_lead_sources_stay_and_are_marked(account: Account) -> None:
    child = accounts.create("Child", by=ANN, parent=account)
    list_changes.add_lead_source(child, "Billboard", by=ANN)
    list_changes.add_lead_source(account, "Web", by=ANN)
    accounts.lock(account, "lead_sources", by=ANN)

    assert [(choice.name, choice.local) for choice in lists.lead_sources(child)] == [
        ("Billboard", True),
        ("Web", False),
    ]
    assert [(choice.name, choice.local) for choice in lists.lead_sources(account)] == [("Web", False)]


def test_with_tags_locked_only_those_from_above_may_be_used(
    locked: Account, enterprise: Account, contact: Make
) -> None:
    Tag.objects.create(account=enterprise, name="vip", key="vip")
    row = contact(at=locked, first_name="A", tags=("vip", "strange"))

    assert tags(row.pk) == [{"vip"}]
    with pytest.raises(Invalid, match="another look"):
        changes.add_tags(locked, EVERYTHING, row.pk, ["strange"], by=ANN)


def test_with_tags_locked_one_of_their_own_stays_on_those_who_have_it_and_comes_to_no_other(
    locked: Account, enterprise: Account, contact: Make
) -> None:
    Tag.objects.create(account=enterprise, name="vip", key="vip")
    own = Tag.objects.create(account=locked, name="own", key="own")
    has, other = contact(at=locked, first_name="A"), contact(at=locked, first_name="B")
    tagging.link([(has.pk, own.pk)])

    with pytest.raises(Invalid, match="another look"):
        changes.add_tags(locked, EVERYTHING, other.pk, ["own"], by=ANN)
    (told,) = applying.apply(locked, [(other.pk, AddTags(tags=("own",)))], by=ANN)
    contact(at=locked, first_name="C", tags=("own", "vip"))

    assert "locked from above" in told
    assert tags(has.pk, other.pk, Contact.objects.latest("pk").pk) == [{"own"}, set(), {"vip"}]
    assert changes.remove_tags(locked, EVERYTHING, has.pk, ["own"], by=ANN).changed == 1


def test_lists_are_renamed_hidden_ordered_and_deleted(account: Account, contact: Make) -> None:
    web = list_changes.add_lead_source(account, "Web", by=ANN)
    one, two = (list_changes.add_sales_cycle(account, name, by=ANN) for name in ("One", "Two"))
    row = contact(first_name="A", lead_source="web", sales_cycle="one")

    list_changes.rename_lead_source(account, web.pk, "Website", by=ANN)
    list_changes.hide_lead_source(account, web.pk, True, by=ANN)
    list_changes.order_sales_cycle(account, [two.pk, one.pk], by=ANN)
    assert lists.lead_sources(account) == []
    assert [choice.name for choice in lists.lead_sources(account, hidden=True)] == ["Website"]
    assert [choice.name for choice in lists.sales_cycles(account)] == ["Two", "One"]

    with pytest.raises(Conflict):
        list_changes.add_sales_cycle(account, " TWO", by=ANN)
    with pytest.raises(Conflict):
        list_changes.order_sales_cycle(account, [two.pk], by=ANN)
    assert list_changes.delete_sales_cycle(account, one.pk, by=ANN) == 1
    assert reads.get(account, EVERYTHING, row.pk).sales_cycle is None


def test_what_waits_is_placed_for_all_its_contacts(account: Account, contact: Make) -> None:
    stage = list_changes.add_sales_cycle(account, "Prospect", by=ANN)
    rows = [contact(first_name=str(n), sales_cycle=spelt) for n, spelt in enumerate(["Lead", "LEAD"])]

    with pytest.raises(Invalid):
        list_changes.place_unmatched(account, "sales_cycle", "lead", 999, by=ANN)
    assert list_changes.place_unmatched(account, "sales_cycle", "lead", stage.pk, by=ANN) == 2

    assert review.waiting(account) == []
    assert Contact.objects.filter(sales_cycle=stage).count() == len(rows)


def test_what_somebody_has_chosen_since_is_not_placed_again(account: Account, contact: Make) -> None:
    first, won = (list_changes.add_sales_cycle(account, name, by=ANN) for name in ("First", "Won"))
    waits, by_hand, by_plan, again = (contact(email=f"{n}@example.com", sales_cycle="Lead") for n in range(4))
    changes.set_sales_cycle(account, EVERYTHING, by_hand.pk, won.pk, by=ANN)
    applying.apply(account, [(by_plan.pk, SetSalesCycle(sales_cycle=str(won.pk)))], by=ANN)
    contact(email=again.email, sales_cycle="Won")

    assert [one.contacts for one in review.waiting(account)] == [1]
    assert list_changes.place_unmatched(account, "sales_cycle", "Lead", first.pk, by=ANN) == 1

    stages = dict(Contact.objects.values_list("pk", "sales_cycle_id"))
    assert stages == {waits.pk: first.pk, by_hand.pk: won.pk, by_plan.pk: won.pk, again.pk: won.pk}


def test_saved_filters_are_ones_own(account: Account, user: Make) -> None:
    bob, eve = user("bob"), user("eve")
    saved = filters.save(account, bob.pk, "My vips", ContactQuery(text="vip", sort="name"), by=ANN)
    filters.save(account, bob.pk, "My vips", ContactQuery(text="VIP", sort="name"), by=ANN)

    assert [filters.query_of(one).text for one in filters.of(account, bob.pk)] == ["VIP"]
    assert filters.of(account, eve.pk) == []
    with pytest.raises(NotFound):
        filters.delete(account, eve.pk, saved.pk, by=ANN)
    saved.query = {"from": "an older version"}
    assert filters.query_of(saved) == ContactQuery()
    filters.delete(account, bob.pk, saved.pk, by=ANN)
    assert filters.of(account, bob.pk) == []


# --- what a plan's steps ask for ------------------------------------------------------------------------------------


def test_a_batch_of_changes_is_applied_in_order(account: Account, contact: Make, user: Make) -> None:
    bob = user("bob")
    stage = SalesCycle.objects.create(account=account, name="Client", key="client")
    a, b = contact(first_name="A", tags=("old",)), contact(first_name="B")

    problems = applying.apply(
        account.pk,
        [
            (a.pk, AddTags(tags=("new", "gone"))),
            (a.pk, RemoveTags(tags=("old", "gone", "unheard of"))),
            (b.pk, AddTags(tags=("NEW",))),
            (a.pk, AssignUser(user=str(bob.pk))),
            (b.pk, AssignUser(user=str(bob.pk))),
            (b.pk, AssignUser(user=None)),
            (a.pk, SetSalesCycle(sales_cycle=str(stage.pk))),
        ],
        by=ANN,
    )

    assert problems == [""] * 7
    assert tags(a.pk, b.pk) == [{"new"}, {"new"}]
    rows = {row.pk: row for row in Contact.objects.all()}
    assert (rows[a.pk].assigned_user_id, rows[b.pk].assigned_user_id) == (bob.pk, None)
    assert rows[a.pk].sales_cycle_id == stage.pk


def test_what_cannot_be_applied_is_an_answer_and_the_rest_is_done(
    account: Account, enterprise: Account, contact: Make, user: Make
) -> None:
    gone = user("gone", state="archived")
    a, foreign = contact(first_name="A"), contact(at=enterprise, first_name="F")

    problems = applying.apply(
        account.pk,
        [
            (a.pk, AssignUser(user=str(gone.pk))),
            (a.pk, AssignUser(user="nonsense")),
            (a.pk, SetSalesCycle(sales_cycle="999")),
            (foreign.pk, AddTags(tags=("x",))),
            (a.pk, AddTags(tags=("x" * 61,))),
            (a.pk, AddTags(tags=("fine",))),
        ],
        by=ANN,
    )

    assert [bool(problem) for problem in problems] == [True, True, True, True, True, False]
    assert "Gone is archived" in problems[0]
    assert tags(a.pk, foreign.pk) == [{"fine"}, set()]


def test_applying_twice_is_applying_once(account: Account, contact: Make) -> None:
    a = contact(first_name="A")

    for _ in range(2):
        assert applying.apply(account.pk, [(a.pk, AddTags(tags=("vip",)))], by=ANN) == [""]

    assert tags(a.pk) == [{"vip"}]


def test_fifty_changes_cost_as_many_statements_as_five(account: Account, user: Make) -> None:
    bob = user("bob")
    given = [Incoming({"first_name": str(n)}) for n in range(50)]
    ids = [answer.contact_id or 0 for answer in intake_many(account, given, by=ANN, policy=CSV)]

    def cost(number: int) -> int:
        asked = [
            pair
            for one in ids[:number]
            for pair in ((one, AddTags(tags=(f"t{number}",))), (one, AssignUser(user=str(bob.pk))))
        ]
        # PostgreSQL is asked for the time every five seconds, which would be a statement more.
        with clock.use(clock.HostClock()), CaptureQueriesContext(connection) as queries:
            applying.apply(account.pk, asked, by=ANN)
        return len(queries)

    assert cost(5) == cost(50)


def test_a_change_that_belongs_to_another_room_is_the_callers_mistake(account: Account, contact: Make) -> None:
    with pytest.raises(TypeError):
        applying.apply(account.pk, [(contact(first_name="A").pk, WriteNote(text="x"))], by=ANN)
