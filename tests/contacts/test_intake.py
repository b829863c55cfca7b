"""The one door: who is made, who is recognised, what overwrites what, and what happens to the odd one out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.audit.models import AuditRow
from hub.contacts import reads, review
from hub.contacts.incoming import BY_HAND, Consent, Incoming, Policy
from hub.contacts.intake import intake, intake_many
from hub.contacts.models import Contact, CustomField, ExternalId, LeadSource, SalesCycle, Tag
from hub.core.facts import Address
from hub.core.records import Record
from hub.db import clock
from hub.db.errors import Invalid
from hub.history import reads as history
from hub.users.models import User
from tests.contacts.door import ANN, CSV

pytestmark = pytest.mark.django_db

ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "Ada@Example.com", "phone_cell": "(801) 555-0123"}


def come(account: Account, *people: Any, policy: Policy = CSV) -> list[str]:
    given = [one if isinstance(one, Incoming) else Incoming(one) for one in people]
    return [answer.outcome for answer in intake_many(account, given, by=ANN, policy=policy)]


def test_a_new_contact_is_cleaned_noted_and_audited(account: Account) -> None:
    came = intake(account, Incoming(ADA, lead_source="Web", tags=("vip", "VIP")), by=ANN, policy=CSV)

    row = Contact.objects.get()
    assert (came.outcome, came.contact_id) == ("created", row.pk)
    assert (row.email, row.email_key, row.phone_cell) == ("Ada@example.com", "ada@example.com", "+18015550123")
    assert row.lead_source is not None
    assert row.lead_source.name == "Web"
    assert [tag.name for tag in reads.tags_of([row.pk])[row.pk]] == ["vip"]
    assert [note.kind for note in history.timeline(account.pk, row.pk).rows] == ["contact.created"]
    assert AuditRow.objects.filter(verb="taken_in", object_id=str(row.pk)).count() == 1


def test_the_same_record_again_makes_no_second_contact(account: Account) -> None:
    come(account, Incoming(ADA, external_id="7"))

    assert come(account, Incoming(ADA, external_id="7")) == ["unchanged"]
    assert Contact.objects.count() == 1
    assert ExternalId.objects.count() == 1


@pytest.mark.parametrize(
    "again",
    [
        Incoming({"first_name": "Augusta"}, external_id="7"),
        Incoming({"first_name": "Augusta", "email": "ADA@example.COM"}),
        Incoming({"first_name": "Augusta", "phone_cell": "+1 801 555 0123"}),
    ],
    ids=["external id", "e-mail", "cell phone"],
)
def test_a_known_contact_is_found_and_updated(account: Account, again: Incoming) -> None:
    come(account, Incoming(ADA, external_id="7"))

    assert come(account, again) == ["updated"]

    row = Contact.objects.get()
    assert (row.first_name, row.last_name, row.version) == ("Augusta", "Lovelace", 2)
    assert "augusta" in row.search_text


def test_the_external_id_speaks_before_the_address_and_the_address_before_the_phone(account: Account) -> None:
    come(account, Incoming({"first_name": "One"}, external_id="1"))
    come(account, {"first_name": "Two", "email": "two@example.com"})
    come(account, {"first_name": "Three", "phone_cell": "801 555 0003"})

    come(account, Incoming({"email": "two@example.com", "phone_cell": "801 555 0003", "city": "Orem"}, external_id="1"))
    come(account, {"email": "two@example.com", "phone_cell": "801 555 0003", "city": "Lehi"})

    cities = dict(Contact.objects.values_list("first_name", "city"))
    # The first went to One by its id and gave One that address; One is the older of the two who now have it.
    assert cities == {"One": "Lehi", "Two": "", "Three": ""}


def test_ids_of_different_vendors_are_different_ids(account: Account) -> None:
    come(account, Incoming({"first_name": "Ada"}, external_id="12"))

    assert come(account, Incoming({"first_name": "Grace"}, external_id="12"), policy=Policy(source="clubready")) == [
        "created"
    ]


@pytest.mark.parametrize(
    "other",
    [
        Incoming({"first_name": "Tom", "email": "ada@example.com"}, external_id="8"),
        Incoming({"first_name": "Tom", "email": "tom@example.com", "phone_cell": "801 555 0123"}),
        Incoming({"first_name": "Tom", "phone_home": "801 555 0123"}),
    ],
    ids=["another id, one address", "another address, one phone", "a shared number, another name"],
)
def test_two_people_do_not_become_one(account: Account, other: Incoming) -> None:
    come(account, Incoming(ADA, external_id="7"))

    assert come(account, other) == ["created"]
    assert set(Contact.objects.values_list("first_name", flat=True)) == {"Ada", "Tom"}


def test_a_shared_number_with_the_same_name_is_the_same_person(account: Account) -> None:
    come(account, {"first_name": "Ada", "last_name": "Lovelace", "phone_home": "801 555 0001"})

    assert come(
        account, {"first_name": "ADA", "last_name": "lovelace", "phone_home": "(801) 5550001", "city": "Orem"}
    ) == ["updated"]


def test_a_person_who_stands_twice_in_one_batch_becomes_one_contact(account: Account) -> None:
    outcomes = come(
        account,
        Incoming({"first_name": "Ada"}, external_id="7"),
        Incoming({"email": "ada@example.com"}, external_id="7"),
        {"email": "ada@example.com", "city": "Orem"},
    )

    assert outcomes == ["created", "updated", "updated"]
    row = Contact.objects.get()
    assert (row.first_name, row.email, row.city) == ("Ada", "ada@example.com", "Orem")


def test_what_is_empty_overwrites_nothing(account: Account) -> None:
    come(account, Incoming(ADA | {"city": "Provo"}, lead_source="Web", deal_size="100"))

    assert come(account, Incoming({"email": "ada@example.com", "city": "", "first_name": "  "})) == ["unchanged"]

    row = Contact.objects.get()
    assert (row.city, row.first_name, row.version) == ("Provo", "Ada", 1)
    assert row.lead_source is not None
    assert row.deal_size == 100


def test_keep_leaves_a_known_contact_alone_and_new_always_makes_one(account: Account) -> None:
    come(account, ADA)

    assert come(account, ADA | {"city": "Orem"}, policy=Policy(source="csv", existing="keep")) == ["unchanged"]
    assert Contact.objects.get().city == ""
    assert come(account, ADA | {"city": "Orem"}, policy=Policy(source="csv", existing="new")) == ["created"]


def test_typing_in_somebody_who_is_known_shows_the_one_there_is(account: Account) -> None:
    first = intake(account, Incoming(ADA), by=ANN, policy=BY_HAND)

    again = intake(account, Incoming(ADA | {"first_name": "Augusta"}), by=ANN, policy=BY_HAND)

    assert (again.created, again.contact_id) == (False, first.contact_id)


def test_another_account_has_its_own_contacts(account: Account, enterprise: Account) -> None:
    come(account, Incoming(ADA, external_id="7"))

    assert come(enterprise, Incoming(ADA, external_id="7")) == ["created"]


def test_an_archived_contact_is_neither_made_again_nor_changed(account: Account) -> None:
    come(account, ADA)
    Contact.objects.update(archived_at=account.created_at)

    assert come(account, ADA | {"city": "Orem"}) == ["archived"]
    assert Contact.objects.get().city == ""


def test_a_broken_one_takes_nobody_along(account: Account) -> None:
    answers = intake_many(
        account,
        [
            Incoming({"first_name": "Ada"}),
            Incoming({"first_name": "Bad", "email": "not an address"}),
            Incoming({"city": "Nowhere"}),
            Incoming({"first_name": "x" * 101}),
            Incoming({"first_name": "N\x00ul\ud800", "whiteboard": "a\x00b"}, custom={"\x00": "x"}),
        ],
        by=ANN,
        policy=CSV,
    )

    assert [answer.outcome for answer in answers] == ["created", "broken", "broken", "broken", "created"]
    assert answers[1].problem == "E-mail: This is not an e-mail address. “not an address”"
    assert "no name" in answers[2].problem
    assert "longer than 100" in answers[3].problem
    assert Contact.objects.get(first_name="Nul").whiteboard == "ab"


def test_a_single_broken_one_is_refused_with_its_field(account: Account) -> None:
    with pytest.raises(Invalid) as refused:
        intake(account, Incoming({"email": "nope"}), by=ANN, policy=BY_HAND)

    assert set(refused.value.fields) == {"email"}


def test_a_number_nobody_can_dial_is_kept_with_a_warning(account: Account) -> None:
    came = intake(account, Incoming({"first_name": "Ada", "phone_cell": "ask her mother"}), by=ANN, policy=CSV)

    assert "ask her mother" in came.warnings[0]
    assert Contact.objects.get().phone_cell == "ask her mother"


def test_an_unknown_lead_source_is_made_once_for_a_batch(account: Account) -> None:
    come(account, Incoming({"first_name": "A"}, lead_source="Web"), Incoming({"first_name": "B"}, lead_source="WEB "))

    assert LeadSource.objects.count() == 1
    assert Contact.objects.filter(lead_source=LeadSource.objects.get()).count() == 2


def test_under_a_lock_from_above_an_unknown_lead_source_waits_on_the_review_list(enterprise: Account) -> None:
    child = accounts.create("Child", by=ANN, parent=enterprise)
    grandchild = accounts.create("Grandchild", by=ANN, parent=child)
    theirs = LeadSource.objects.create(account=enterprise, name="Web", key="web")
    accounts.lock(enterprise, "lead_sources", by=ANN)

    come(
        grandchild,
        Incoming({"first_name": "A"}, lead_source="web"),
        Incoming({"first_name": "B"}, lead_source="Billboard"),
    )

    assert LeadSource.objects.count() == 1
    assert dict(Contact.objects.values_list("first_name", "lead_source_id")) == {"A": theirs.pk, "B": None}
    (waits,) = review.waiting(grandchild)
    assert (waits.value, waits.contacts, waits.came_from) == ("Billboard", 1, "csv")


def test_a_stage_that_is_not_in_the_sales_cycle_waits_on_the_review_list(account: Account) -> None:
    stage = SalesCycle.objects.create(account=account, name="Prospect", key="prospect")

    come(
        account,
        Incoming({"first_name": "A"}, sales_cycle="PROSPECT"),
        Incoming({"first_name": "B"}, sales_cycle="Ghost"),
    )

    assert dict(Contact.objects.values_list("first_name", "sales_cycle_id")) == {"A": stage.pk, "B": None}
    assert [waits.value for waits in review.waiting(account)] == ["Ghost"]


def test_custom_fields_are_made_only_where_that_is_allowed(account: Account) -> None:
    person = Incoming({"first_name": "A"}, custom={"Shoe size": "38"})

    refused = intake(account, person, by=ANN, policy=CSV)
    assert "no custom field “Shoe size”" in refused.warnings[0]
    assert Contact.objects.get().custom == {}

    come(
        account,
        person,
        Incoming({"first_name": "B"}, custom={"SHOE size": "39"}),
        policy=Policy(source="csv", existing="new", make_custom_fields=True),
    )

    assert CustomField.objects.get().label == "Shoe size"
    assert [row.custom for row in Contact.objects.order_by("pk")] == [{}, {"Shoe size": "38"}, {"Shoe size": "39"}]


def test_what_everybody_of_a_batch_gets_goes_to_those_who_have_none(account: Account) -> None:
    web, fair = (LeadSource.objects.create(account=account, name=name, key=name.lower()) for name in ("Web", "Fair"))
    come(account, Incoming(ADA, lead_source="Web"))

    come(account, ADA, {"first_name": "Grace"}, policy=Policy(source="csv", lead_source_id=fair.pk, tags=("fair",)))

    assert dict(Contact.objects.values_list("first_name", "lead_source_id")) == {"Ada": web.pk, "Grace": fair.pk}
    assert Tag.objects.get().name == "fair"
    assert all(reads.tags_of([row.pk]) for row in Contact.objects.all())


def test_a_no_always_counts_and_a_yes_only_where_nothing_was_said(account: Account) -> None:
    come(account, Incoming(ADA, consent=Consent(email=False, source="unsubscribe")))

    come(account, Incoming(ADA, consent=Consent(email=True, sms=True, source="form")))

    row = Contact.objects.get()
    assert (row.email_ok, row.sms_ok, row.consent_source) == (False, False, "unsubscribe")

    come(account, Incoming({"first_name": "Grace", "email": "g@example.com"}))
    come(account, Incoming({"email": "g@example.com"}, consent=Consent(sms=True, source="form")))
    assert Contact.objects.get(first_name="Grace").sms_ok is True


def test_a_user_is_assigned_by_name_address_or_username(account: Account, user: Any) -> None:
    bob = user("bob")
    user("gone", state="archived")

    answers = intake_many(
        account,
        [Incoming({"first_name": str(n)}, assigned=name) for n, name in enumerate(["BOB", "bob@example.com", "gone"])],
        by=ANN,
        policy=CSV,
    )

    assert list(Contact.objects.order_by("pk").values_list("assigned_user_id", flat=True)) == [bob.pk, bob.pk, None]
    assert "no active user “gone”" in answers[2].warnings[0]


def test_nobody_is_assigned_by_a_name_that_two_people_have(account: Account, user: Any) -> None:
    one, two = user("sam1"), user("sam2")
    User.objects.update(first_name="Sam", last_name="Lee")

    answers = intake_many(
        account,
        [Incoming({"first_name": str(n)}, assigned=name) for n, name in enumerate(["Sam Lee", "sam1", two.email])],
        by=ANN,
        policy=CSV,
    )

    assert list(Contact.objects.order_by("pk").values_list("assigned_user_id", flat=True)) == [None, one.pk, two.pk]
    assert "More than one user is called “Sam Lee”." in answers[0].warnings[0]


def test_a_dry_run_decides_everything_and_writes_nothing(account: Account) -> None:
    come(account, ADA)
    before = AuditRow.objects.count()

    answers = intake_many(
        account,
        [Incoming(ADA | {"city": "X"}), Incoming({"first_name": "New"}, lead_source="Web", tags=("t",))],
        by=ANN,
        policy=CSV,
        dry=True,
    )

    assert [answer.outcome for answer in answers] == ["updated", "created"]
    assert (Contact.objects.count(), LeadSource.objects.count(), Tag.objects.count()) == (1, 0, 0)
    assert Contact.objects.get().city == ""
    assert AuditRow.objects.count() == before


def test_a_vendors_record_comes_in_whole(account: Account) -> None:
    record = Record(
        external_id="9",
        first_name="Ada",
        email="a@example.com",
        address=Address(line1="1 Main", city="Provo"),
        tags=("gym",),
    )

    come(account, Incoming.of_record(record, lead_source="ClubReady"), policy=Policy(source="clubready"))

    row = Contact.objects.get()
    assert (row.line1, row.city, row.external_id) == ("1 Main", "Provo", "9")
    assert row.lead_source is not None
    assert row.lead_source.name == "ClubReady"


def test_a_thousand_cost_as_many_statements_as_ten(account: Account) -> None:
    def cost(start: int, number: int) -> int:
        people = [
            Incoming(
                {"first_name": "P", "email": f"p{n}@example.com"}, external_id=str(n), tags=("t",), lead_source="Web"
            )
            for n in range(start, start + number)
        ]
        # PostgreSQL is asked for the time every five seconds, which would be a statement more.
        with clock.use(clock.HostClock()), CaptureQueriesContext(connection) as queries:
            come(account, *people)
        return len(queries)

    first = cost(0, 10)

    assert cost(10, 1_000) <= first
    assert first < 30


def test_an_address_that_is_there_is_not_mixed_with_the_vendor_s(account: Account) -> None:
    ann = {"first_name": "Ann", "email": "ann@example.com"}
    intake_many(account, [Incoming({**ann, "line1": "1 Old St", "city": "Provo"})], by=ANN, policy=CSV)
    bare = replace(CSV, overwrites=())

    intake_many(
        account, [Incoming({**ann, "line1": "2 New St", "zip": "84601", "company": "Acme"})], by=ANN, policy=bare
    )
    kept = Contact.objects.get()
    intake_many(
        account,
        [Incoming({**ann, "line1": "2 New St", "zip": "84601"})],
        by=ANN,
        policy=replace(CSV, overwrites=("address",)),
    )
    taken = Contact.objects.get()

    assert (kept.line1, kept.city, kept.zip, kept.company) == ("1 Old St", "Provo", "", "Acme")
    assert (taken.line1, taken.zip) == ("2 New St", "84601")


def test_a_custom_field_is_filled_in_and_overwritten_only_where_that_was_chosen(account: Account) -> None:
    def comes(size: str, goal: str, *parts: str) -> dict[str, str]:
        custom = {"Size": size, "Goal": goal}
        policy = replace(CSV, make_custom_fields=True, overwrites=parts)
        intake_many(account, [Incoming({"email": "ann@example.com"}, custom=custom)], by=ANN, policy=policy)
        return dict(Contact.objects.get().custom)

    comes("M", "")

    assert comes("L", "Run") == {"Size": "M", "Goal": "Run"}
    assert comes("L", "Swim", "custom") == {"Size": "L", "Goal": "Swim"}
