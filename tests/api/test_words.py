"""What a program is told of its own mistakes: a problem, in words for whoever wrote it, under the names it used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program
    from tests.support.people import Tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(tree: Tree, keys_of: Callable[..., Program]) -> Program:
    return keys_of(tree.a, tree.e1)


@pytest.mark.parametrize(
    ("method", "path", "said", "allowed"),
    [
        ("PUT", "/api/contacts/1", "DELETE or GET or PATCH", {"DELETE", "GET", "PATCH"}),
        ("DELETE", "/api/me", "GET", {"GET"}),
        ("PATCH", "/api/hooks", "GET or POST", {"GET", "POST"}),
    ],
)
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    program: Program, method: str, path: str, said: str, allowed: set[str]
) -> None:
    answer = program.call(method, path)

    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert set(answer["Allow"].split(", ")) == allowed
    told = answer.json()
    assert (told["code"], told["detail"]) == ("wrong_method", f"This call is made with {said}.")


WRONG: list[tuple[str, Any, str, str]] = [
    ("/api/contacts", {"email": "nonsense"}, "email", "This is not an e-mail address. “nonsense”"),
    ("/api/contacts", {"first_nam": "Ann"}, "first_nam", "There is no such field."),
    ("/api/contacts", [], "body", "This must be a JSON object."),
    ("/api/contacts", {"consent": []}, "consent", "This must be a JSON object."),
    ("/api/contacts", None, "body", "This call needs a body, which is a JSON object."),
    ("/api/hooks", {"event": "contact.created"}, "target_url", "Field required."),
    (
        "/api/hooks", {"event": "contact.created", "target_url": "http://example.com/x"}, "target_url",
        "This cannot be called: the address must begin with https://.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "field", "said"), WRONG)
def test_a_wrong_field_is_said_as_it_was_sent_and_to_a_program(
    program: Program, path: str, body: Any, field: str, said: str
) -> None:
    answer = program.post(path, body)

    told = answer.json()
    assert (answer.status_code, told["code"], told["fields"]) == (422, "invalid", {field: said})
    assert told["detail"] == "Some of what was sent cannot be used. Correct the fields and send again."


@pytest.mark.parametrize(("query", "field"), [({"cursor": "nonsense"}, "cursor"), ({"tagg": "x"}, "tagg")])
def test_a_wrong_name_in_the_address_is_no_form_to_be_saved(
    program: Program, query: dict[str, str], field: str
) -> None:
    answer = program.get("/api/contacts", **query)

    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert answer.json()["detail"].endswith("Correct the fields and send again.")


def test_a_contact_is_taken_off_a_plan_without_a_word_of_why(
    denver: Any, keys_of: Callable[..., Program], plan: Any
) -> None:
    program = keys_of(denver)
    ann = program.post("/api/contacts", {"first_name": "Ann"}).json()["contact"]["id"]
    made = program.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": ann}).json()["enrollment"]

    stopped = program.post(f"/api/enrollments/{made['id']}/stop")

    assert (stopped.status_code, stopped.json()["stopped"]) == (200, True), stopped.content
