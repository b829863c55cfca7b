"""Contacts by API: the same door, the same rules, the same history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program
    from tests.support.people import Tree

pytestmark = pytest.mark.django_db

DEEP = b'{"custom": ' + b"[" * 40 + b"]" * 40 + b"}"


@pytest.fixture
def program(tree: Tree, keys_of: Callable[..., Program]) -> Program:
    return keys_of(tree.a, tree.e1)


def make(program: Program, **body: Any) -> Any:
    answer = program.post("/api/contacts", {"last_name": "Lee", **body})
    assert answer.status_code == 201, answer.content
    return answer.json()["contact"]


def test_somebody_is_taken_in_and_found_again(program: Program, tree: Tree) -> None:
    made = make(program, email="ann@example.com", tags=["warm"], custom={"Shoe size": "39"}, lead_source="Fair")

    (found,) = program.get("/api/contacts", text="ann@").json()["contacts"]

    assert (found["id"], found["tags"], found["custom"]) == (made["id"], ["warm"], {"Shoe size": "39"})
    assert found["lead_source"]["name"] == "Fair"
    assert program.get(f"/api/contacts/{made['id']}").json() == made


def test_the_history_and_the_audit_say_who_it_was(program: Program, tree: Tree) -> None:
    from hub.audit.models import AuditRow
    from hub.history.models import Note

    made = make(program)

    row = AuditRow.objects.get(verb="taken_in")
    assert (row.actor_kind, row.actor_label, row.ip) == ("api", "API of A", "192.0.2.7")
    note = Note.objects.get(contact_id=made["id"], kind="contact.created")
    assert (note.actor_label, note.data["source"]) == ("API of A", "the API")


def test_somebody_who_is_there_is_kept_updated_or_made_again_as_asked(program: Program) -> None:
    first = make(program, email="ann@example.com")
    again = {"last_name": "Lee", "email": "ann@example.com", "city": "Bern"}

    kept = program.post("/api/contacts", again)
    updated = program.post("/api/contacts", {**again, "if_known": "update"})
    other = program.post("/api/contacts", {**again, "if_known": "new"})

    assert (kept.status_code, kept.json()["outcome"], kept.json()["contact"]["city"]) == (200, "unchanged", "")
    assert (updated.json()["outcome"], updated.json()["contact"]["city"]) == ("updated", "Bern")
    assert other.status_code == 201
    assert other.json()["contact"]["id"] != first["id"] == updated.json()["contact"]["id"]


def test_a_change_leaves_alone_what_it_does_not_name(program: Program) -> None:
    made = make(program, email="ann@example.com", city="Bern", custom={"Shoe size": "39"})

    changed = program.patch(f"/api/contacts/{made['id']}", {"city": None, "first_name": "Ann"}).json()

    assert (changed["first_name"], changed["city"], changed["email"]) == ("Ann", "", "ann@example.com")
    assert changed["custom"] == {"Shoe size": "39"}
    assert changed["version"] > made["version"]


def test_somebody_elses_change_in_between_is_not_overwritten(program: Program) -> None:
    made = make(program)
    program.patch(f"/api/contacts/{made['id']}", {"city": "Bern"})

    answer = program.patch(f"/api/contacts/{made['id']}", {"city": "Basel", "version": made["version"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "contacts.changed_meanwhile")


def test_archived_is_put_away_and_not_deleted(program: Program) -> None:
    made = make(program)

    assert program.delete(f"/api/contacts/{made['id']}").status_code == 204

    assert program.get("/api/contacts").json()["contacts"] == []
    assert program.get(f"/api/contacts/{made['id']}").json()["archived"] is True


def test_a_lock_on_deleting_from_above_holds_for_programs(program: Program, tree: Tree) -> None:
    from hub.accounts import changes
    from hub.audit.actor import SYSTEM

    made = make(program)
    changes.lock(tree.e1, "contact_deletion", by=SYSTEM)

    answer = program.delete(f"/api/contacts/{made['id']}")

    assert (answer.status_code, answer.json()["code"]) == (403, "locks.contact_deletion")


def test_under_a_lock_a_new_lead_source_waits_for_review(program: Program, tree: Tree) -> None:
    from hub.accounts import changes
    from hub.audit.actor import SYSTEM

    changes.lock(tree.e1, "lead_sources", by=SYSTEM)

    answer = program.post("/api/contacts", {"last_name": "Lee", "lead_source": "Fair"}).json()

    assert answer["contact"]["lead_source"] is None
    assert "review list" in answer["warnings"][0]


def test_a_foreign_contact_and_a_missing_one_get_the_same_answer(
    program: Program, tree: Tree, keys_of: Callable[..., Program]
) -> None:
    theirs = make(keys_of(tree.b, tree.e1))

    for path in (f"/api/contacts/{theirs['id']}", "/api/contacts/999999"):
        for answer in (program.get(path), program.patch(path, {"city": "Bern"}), program.delete(path)):
            told = answer.json()
            assert (answer.status_code, told.pop("reference", "")[:0]) == (404, "")
            assert told["code"] == "not_found"


def test_pages_follow_each_other_by_cursor(program: Program) -> None:
    ids = [make(program, last_name=f"N{number}", if_known="new")["id"] for number in range(5)]

    found, cursor = [], None
    while True:
        page = program.get("/api/contacts", limit=2, sort="oldest", **({"cursor": cursor} if cursor else {})).json()
        found += [one["id"] for one in page["contacts"]]
        if (cursor := page["next"]) is None:
            break

    assert found == ids


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"last_name": "Lee", "account_id": 7}, 422, "account_id"),
        ({"last_name": "Lee", "consent": {"fax": True}}, 422, "consent.fax"),
        ({"last_name": 7}, 422, "last_name"),
        ({"email": "not an address"}, 422, "email"),
        ({"last_name": "x" * 101}, 422, "last_name"),
        ({"last_name": "Lee", "lead_source_id": 99}, 422, "lead_source_id"),
        ({"last_name": "Lee", "assigned_user_id": 99}, 422, "assigned_user_id"),
        ({}, 422, ""),
        ([], 422, "body"),
        (b"{", 400, None),
        (b'{"last_name": NaN}', 400, None),
        (b'{"last_name": "\\ud800"}', 400, None),
        (b'{"last_name": "a\\u0000"}', 400, None),
        (DEEP, 400, None),
        (b"[" * 100_000, 400, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_used_is_refused_by_its_field(
    program: Program, body: Any, status: int, field: str | None
) -> None:
    from hub.contacts.models import Contact

    answer = program.post("/api/contacts", body)

    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    if field is not None:
        assert field in answer.json()["fields"]
    assert not Contact.objects.exists()


def test_more_than_a_megabyte_is_too_much(program: Program) -> None:
    answer = program.post("/api/contacts", {"last_name": "Lee", "whiteboard": "x" * 1_100_000})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_misspelt_filter_is_refused_and_does_not_list_everything(program: Program) -> None:
    answer = program.get("/api/contacts", lead_source="3")

    assert answer.status_code == 422
    assert "lead_source" in answer.json()["fields"]


def test_a_misspelt_address_is_answered_in_json(program: Program) -> None:
    for path in ("/api/contakts", "/api/contacts/", "/api/contacts/x/y", "/api"):
        answer = program.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path


def test_what_an_account_may_not_set_is_on_no_form(program: Program) -> None:
    for name in ("id", "account", "account_id", "archived_at", "created_at", "search_text", "email_ok"):
        assert program.post("/api/contacts", {"last_name": "Lee", name: 1}).status_code == 422, name


@pytest.mark.parametrize("text", ["\x00", "a\ud800"])
def test_a_cursor_that_no_database_can_be_asked_about_is_none_of_this_list(program: Program, text: str) -> None:
    from hub.db import paging

    answer = program.get("/api/contacts", sort="name", cursor=paging.encode([text, 1]))

    assert (answer.status_code, answer.json()["fields"]) == (422, {"cursor": "This is not a page of this list."})
