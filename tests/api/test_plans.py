"""Plans by API: contacts are put on them and taken off, and one sees what their steps wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(denver: Any, keys_of: Callable[..., Program]) -> Program:
    return keys_of(denver)


@pytest.fixture
def contact_id(program: Program) -> int:
    return program.post("/api/contacts", {"first_name": "Ann", "last_name": "Lee"}).json()["contact"]["id"]


def test_a_contact_is_put_on_a_plan_and_taken_off(program: Program, plan: Any, contact_id: int) -> None:
    made = program.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": contact_id})
    assert (made.status_code, made.json()["outcome"]) == (201, "enrolled"), made.content

    (line,) = program.get(f"/api/contacts/{contact_id}/enrollments").json()["enrollments"]
    assert line == made.json()["enrollment"]
    assert (line["state"], line["plan"]["name"], line["next_step"]) == ("running", plan.name, "A line")
    (run,) = program.get(f"/api/contacts/{contact_id}/runs").json()["runs"]
    assert (run["state"], run["step"]) == ("scheduled", "A line")

    stopped = program.post(f"/api/enrollments/{line['id']}/stop", {"reason": "They called."}).json()
    assert stopped == {"stopped": True, "cancelled_steps": 1, "steps_being_sent": 0}
    (line,) = program.get(f"/api/contacts/{contact_id}/enrollments").json()["enrollments"]
    assert (line["state"], line["end_reason"]) == ("stopped", "They called.")


def test_who_is_on_it_already_stays_as_they_are(program: Program, plan: Any, contact_id: int) -> None:
    program.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": contact_id})

    again = program.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": contact_id})

    assert (again.status_code, again.json()["outcome"]) == (200, "running")


def test_plans_are_listed_with_their_numbers(program: Program, plan: Any, contact_id: int) -> None:
    program.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": contact_id})

    (line,) = program.get("/api/plans").json()["plans"]

    assert (line["id"], line["ready"], line["steps"], line["running"]) == (plan.pk, True, 1, 1)


def test_a_private_plan_is_nobodys_but_its_owners(program: Program, plan: Any, contact_id: int) -> None:
    from tests.support.people import make_user

    plan.visibility, plan.owner = "private", make_user(plan.account, "standard")
    plan.save()

    assert program.get("/api/plans").json()["plans"] == []
    assert program.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": contact_id}).status_code == 404


def test_a_foreign_plan_a_foreign_contact_and_a_missing_one_are_alike(
    program: Program, plan: Any, contact_id: int, keys_of: Callable[..., Program]
) -> None:
    from tests.support.people import make_account

    stranger = keys_of(make_account("Elsewhere"))
    theirs = stranger.post("/api/contacts", {"last_name": "Roe"}).json()["contact"]["id"]

    for body in ({"plan_id": plan.pk, "contact_id": theirs}, {"plan_id": 99_999, "contact_id": contact_id}):
        assert program.post("/api/enrollments", body).json()["code"] == "not_found"
    assert stranger.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": theirs}).json()["code"] == "not_found"
    assert stranger.get(f"/api/contacts/{contact_id}/runs").status_code == 404


def test_an_archived_plan_takes_nobody_and_says_so(program: Program, plan: Any, contact_id: int) -> None:
    from hub.audit.actor import SYSTEM
    from hub.plans import changes

    changes.archive(plan, by=SYSTEM)

    answer = program.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": contact_id})

    assert (answer.status_code, answer.json()["code"]) == (409, "plan_archived")


def test_notes_are_written_and_read(program: Program, contact_id: int) -> None:
    written = program.post(f"/api/contacts/{contact_id}/notes", {"text": "Called back."})

    assert written.status_code == 201
    assert (written.json()["text"], written.json()["by"]) == ("Called back.", "API of Denver")
    assert program.get(f"/api/contacts/{contact_id}/notes", about="note").json()["notes"] == [written.json()]
    assert len(program.get(f"/api/contacts/{contact_id}/notes").json()["notes"]) == 2  # and that it was added
    assert program.post(f"/api/contacts/{contact_id}/notes", {"text": "  "}).status_code == 422


def test_the_lists_in_force_are_listed(program: Program, contact_id: int) -> None:
    program.post(f"/api/contacts/{contact_id}/tags", {"add": ["warm", "cold"], "remove": ["cold"]})

    assert [tag["name"] for tag in program.get("/api/tags").json()["tags"]] == ["cold", "warm"]
    assert program.get(f"/api/contacts/{contact_id}").json()["tags"] == ["warm"]
    assert program.get("/api/lead-sources").json() == {"lead_sources": []}
    assert program.get("/api/sales-cycles").json() == {"sales_cycles": []}
    assert program.get("/api/custom-fields").json() == {"custom_fields": []}
    assert program.get("/api/users").json() == {"users": [], "next": None}
