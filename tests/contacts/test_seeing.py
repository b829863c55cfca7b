"""Finding contacts, and who may: what a person may not see is not there, whichever function they try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.audit.models import AuditRow
from hub.contacts import changes, exporting, facts, many, matching, reads
from hub.contacts.incoming import Consent, Incoming
from hub.contacts.intake import intake_many
from hub.contacts.models import Contact, LeadSource, Tag
from hub.contacts.query import ORDERS, ContactQuery
from hub.contacts.visibility import EVERYTHING, NOTHING, Viewer, viewer_of
from hub.db import clock, dialect
from hub.db.errors import Invalid, NotFound
from hub.users import reads as users
from tests.contacts.door import ANN, CSV

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]


def names(account: Account, viewer: Viewer = EVERYTHING, **query: Any) -> list[str]:
    return [row.first_name for row in reads.search(account, viewer, ContactQuery(**query)).rows]


@pytest.mark.parametrize(
    "text",
    [
        "garcía",
        "GARCIA",
        "rcia",
        "josé gar",
        "garcia jose",
        "jose@exam",
        "Acme",
        "8015550123",
        "(801) 555-0123",
        "0123",
    ],
)
def test_a_piece_of_anything_finds_the_contact(account: Account, contact: Make, text: str) -> None:
    contact(
        first_name="José", last_name="García", email="Jose@Example.com", phone_cell="801.555.0123", company="Acme Gym"
    )
    contact(first_name="Grace", last_name="Hopper", email="grace@navy.mil")

    assert names(account, text=text) == ["José"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "' OR 1=1 --", "zzz", "\x00", "jose grace"])
def test_marks_of_the_database_are_plain_text(account: Account, contact: Make, text: str) -> None:
    contact(first_name="José", email="jose@example.com")

    assert names(account, text=text) == []


def test_filters_of_different_kinds_narrow_and_of_one_kind_widen(account: Account, contact: Make, user: Make) -> None:
    bob, eve = user("bob"), user("eve")
    a = contact(
        first_name="A",
        lead_source="Web",
        tags=("vip", "new"),
        assigned="bob",
        line1="1 Main",
        city="X",
        state="UT",
        zip="84",
    )
    b = contact(first_name="B", lead_source="Fair", tags=("vip",), assigned="eve")
    c = contact(first_name="C", lead_source="Web")
    source = {row.name: row.pk for row in LeadSource.objects.all()}
    tag = {row.name: row.pk for row in Tag.objects.all()}

    assert names(account, lead_sources=(source["Web"],), sort="oldest") == ["A", "C"]
    assert names(account, lead_sources=(source["Web"], source["Fair"]), sort="oldest") == ["A", "B", "C"]
    assert names(account, lead_sources=(source["Web"],), tags=(tag["vip"],)) == ["A"]
    assert names(account, tags=(tag["vip"], tag["new"]), sort="oldest") == ["A", "B"]
    assert names(account, tags=(tag["vip"], tag["new"]), all_tags=True) == ["A"]
    assert names(account, assigned=(bob.pk, eve.pk), sort="oldest") == ["A", "B"]
    assert names(account, unassigned=True) == ["C"]
    assert names(account, assigned=(eve.pk,), unassigned=True, sort="oldest") == ["B", "C"]
    assert names(account, has_address=True) == ["A"]
    assert names(account, has_address=False, sort="oldest") == ["B", "C"]
    assert names(account, among=(a.pk,)) == ["A"]
    brought = {"on_plan": Contact.objects.exclude(first_name="C").values("pk"), "of_import": (b.pk, c.pk)}
    both = reads.search(account, EVERYTHING, ContactQuery(on_plan=1, of_import=1), brought=brought)
    assert [row.first_name for row in both.rows] == ["B"]


def test_archived_contacts_are_out_of_the_list_unless_asked_for(account: Account, contact: Make) -> None:
    gone = contact(first_name="Gone")
    contact(first_name="Here")
    changes.archive(account, EVERYTHING, gone.pk, by=ANN)

    assert names(account) == ["Here"]
    assert names(account, archived="yes") == ["Gone"]
    assert names(account, archived="any", sort="oldest") == ["Gone", "Here"]


@pytest.mark.parametrize("sort", sorted(ORDERS))
def test_every_order_pages_through_everybody_once(account: Account, sort: Any) -> None:
    people = [Incoming({"first_name": f"N{n % 4}", "email": f"{n}@example.com"}) for n in range(23)]
    intake_many(account, people, by=ANN, policy=CSV)

    seen, cursor = [], None
    while True:
        page = reads.search(account, EVERYTHING, ContactQuery(sort=sort), cursor, size=5)
        seen += [row.pk for row in page.rows]
        if (cursor := page.next) is None:
            break

    assert len(seen) == len(set(seen)) == 23


def test_an_order_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(ValueError):
        ContactQuery(sort="password")  # type: ignore[arg-type]


def test_counting_stops_at_its_cap(account: Account) -> None:
    intake_many(account, [Incoming({"first_name": f"N{n}"}) for n in range(12)], by=ANN, policy=CSV)

    assert reads.count(account, EVERYTHING, ContactQuery()) == reads.Count(12, False)
    assert reads.count(account, EVERYTHING, ContactQuery(), cap=10) == reads.Count(10, True)


def test_a_bad_cursor_is_a_bad_question(account: Account) -> None:
    for cursor in ("x", "W10", "bnVsbA", "WyJ4Il0"):
        with pytest.raises(Invalid):
            reads.search(account, EVERYTHING, ContactQuery(), cursor)


@pytest.fixture
def team(account: Account, contact: Make, user: Make) -> dict[str, Any]:
    """Sally sells; Max manages; Sally's contact, Max's, and nobody's."""
    sally, manager = user("sally", template="sales"), user("max", template="manager")
    people = {
        "hers": contact(first_name="Hers", assigned="sally"),
        "his": contact(first_name="His", assigned="max"),
        "nobodys": contact(first_name="Nobodys"),
    }
    place = accounts.place(account)
    eyes = {one.username: viewer_of(users.principal_of(one), place, now=clock.now()) for one in (sally, manager)}
    return {**people, **eyes}


def test_a_salesperson_sees_their_own_and_a_manager_the_teams(account: Account, team: dict[str, Any]) -> None:
    assert names(account, team["sally"]) == ["Hers"]
    assert sorted(names(account, team["max"])) == ["Hers", "His", "Nobodys"]
    assert names(account, NOTHING) == []
    assert names(account, Viewer("own", None)) == []


READS: dict[str, Callable[[Account, Viewer, int], Any]] = {
    "get": reads.get,
    "timeline": reads.timeline,
    "edit": lambda a, v, i: changes.edit(a, v, i, {"city": "X"}, by=ANN),
    "note": lambda a, v, i: changes.write_note(a, v, i, "hello", by=ANN),
    "assign": lambda a, v, i: changes.assign(a, v, i, None, by=ANN),
    "sales cycle": lambda a, v, i: changes.set_sales_cycle(a, v, i, None, by=ANN),
    "add tags": lambda a, v, i: changes.add_tags(a, v, i, ["t"], by=ANN),
    "remove tags": lambda a, v, i: changes.remove_tags(a, v, i, ["t"], by=ANN),
    "archive": lambda a, v, i: changes.archive(a, v, i, by=ANN),
    "restore": lambda a, v, i: changes.restore(a, v, i, by=ANN),
    "consent": lambda a, v, i: changes.set_consent(a, v, i, Consent(email=False), by=ANN),
}


@pytest.mark.parametrize("what", sorted(READS))
def test_anothers_contact_is_not_found_by_a_salesperson_nor_any_by_another_account(
    account: Account, enterprise: Account, team: dict[str, Any], what: str
) -> None:
    for wrong_account, viewer, contact_id in (
        (account, team["sally"], team["his"].pk),
        (account, team["sally"], 10**30),
        (account, EVERYTHING, "nonsense"),
        (enterprise, EVERYTHING, team["hers"].pk),
    ):
        with pytest.raises(NotFound):
            READS[what](wrong_account, viewer, contact_id)

    READS[what](account, team["sally"], team["hers"].pk)


def test_no_bulk_function_reaches_beyond_the_viewer(account: Account, team: dict[str, Any], user: Make) -> None:
    everybody = ContactQuery()
    ids = [team[name].pk for name in ("hers", "his", "nobodys")]
    sally = team["sally"]

    for which in (everybody, ids):
        assert reads.count(account, sally, which).number == 1
        assert len([*exporting.export(account, sally, which, by=ANN)]) == 2
        assert [*many.slices(account, sally, which)] == [[team["hers"].pk]]
    done = changes.add_tags_many(account, sally, everybody, ["mine"], by=ANN)
    assert (done.asked, done.changed) == (1, 1)
    assert list(reads.tags_of(ids)) == [team["hers"].pk]


def test_facts_of_fifty_cost_two_statements(account: Account, user: Make) -> None:
    user("bob")
    person = {
        "first_name": "Ada",
        "last_name": "L",
        "phone_cell": "801 555 0123",
        "line1": "1 Main",
        "city": "Provo",
        "state": "UT",
        "zip": "84601",
    }
    given = [
        Incoming(
            person | {"email": f"{n}@example.com"}, lead_source="Web", tags=("b", "a"), assigned="bob", deal_size="5"
        )
        for n in range(50)
    ]
    ids = [answer.contact_id or 0 for answer in intake_many(account, given, by=ANN, policy=CSV)]

    with CaptureQueriesContext(connection) as queries:
        found = facts.of([*ids, 10**9])

    assert len(queries) == 2
    assert set(found) == set(ids)
    ada = found[ids[0]]
    assert (ada.full_name, ada.phone, ada.lead_source, ada.deal_size, ada.tags) == (
        "Ada L",
        "+18015550123",
        "Web",
        "5.00",
        ("a", "b"),
    )
    assert ada.address.complete
    assert ada.assigned_user is not None
    assert ada.assigned_user.first_name == "Bob"


def test_facts_take_rows_as_well_as_ids(account: Account, contact: Make) -> None:
    row = contact(first_name="Ada")

    assert facts.of([row])[row.pk] == facts.one(row) == facts.of([row.pk])[row.pk]


def test_searching_has_an_index_of_its_own(account: Account) -> None:
    if connection.vendor == "sqlite":
        plan = reads.selection(account, EVERYTHING, ContactQuery(text="ada")).explain()
        assert "COVERING INDEX contact_search" in plan
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'contact_search'")
        assert "gin_trgm_ops" in cursor.fetchone()[0]


def test_looking_somebody_up_by_address_uses_its_partial_index(account: Account) -> None:
    statement = matching._EMAIL.format(any_of=dialect.any_of("email_key"))
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "

    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(
                "SET LOCAL enable_seqscan = off"
            )  # the table is empty; the question is whether the index may be used
        cursor.execute(explain + statement, [account.pk, dialect.array(["a@example.com"])])
        plan = " ".join(str(row) for row in cursor.fetchall())

    assert "contact_by_email" in plan


def test_the_audit_names_how_many_contacts_left_however_many(
    account: Account, contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads.count, "__defaults__", (1, reads.NOTHING))  # as if there were more than lists count to
    for number in range(3):
        contact(first_name=str(number))

    exporting.export(account, EVERYTHING, ContactQuery(), by=ANN)

    assert AuditRow.objects.get(verb="exported").data == {"contacts": 3}
