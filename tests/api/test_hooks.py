"""Subscriptions by API: made, listed, sampled, ended; nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program
    from tests.support.people import Tree

pytestmark = pytest.mark.django_db

TARGET = "https://hooks.zapier.com/hooks/standard/123/abcdef/"


@pytest.fixture
def program(tree: Tree, keys_of: Callable[..., Program]) -> Program:
    return keys_of(tree.a, tree.e1)


def subscribe(program: Program, **more: Any) -> Any:
    return program.post("/api/hooks", {"event": "contact.created", "target_url": TARGET, **more})


def test_a_program_subscribes_and_unsubscribes(program: Program, tree: Tree) -> None:
    from hub.events import listening

    made = subscribe(program)
    assert made.status_code == 201, made.content
    (line,) = program.get("/api/hooks").json()["hooks"]
    assert line == made.json()
    assert (line["events"], line["host"], line["active"]) == (["contact.created"], "hooks.zapier.com", True)
    assert "abcdef" not in made.content.decode()
    assert listening.hears(tree.a.pk, "contact.created")

    assert program.delete(f"/api/hooks/{line['id']}").status_code == 204
    assert program.delete(f"/api/hooks/{line['id']}").status_code == 204
    assert program.get("/api/hooks").json() == {"hooks": []}
    assert not listening.hears(tree.a.pk, "contact.created")


@pytest.mark.parametrize(
    ("granted", "let_in"),
    [("hooks.list", {"list"}), ("hooks.subscribe", {"subscribe", "unsubscribe"}), ("hooks.sample", {"sample"})],
)
def test_an_api_user_does_of_it_what_it_was_granted(
    tree: Tree, api_user: Callable[..., Program], granted: str, let_in: set[str]
) -> None:
    robot = api_user(tree.a, granted)

    answers = {
        "list": robot.get("/api/hooks"), "subscribe": subscribe(robot), "unsubscribe": robot.delete("/api/hooks/7"),
        "sample": robot.get("/api/hooks/sample", event="contact.created"),
    }  # fmt: skip

    assert {name for name, answer in answers.items() if answer.status_code < 300} == let_in
    assert {answer.status_code for name, answer in answers.items() if name not in let_in} == {403}


def test_a_webhook_that_a_person_made_is_theirs_to_end(program: Program, tree: Tree) -> None:
    from hub.audit.actor import SYSTEM
    from hub.hooks import changes
    from hub.hooks.models import Endpoint

    theirs = changes.subscribe(tree.a, TARGET, ["contact.created"], by=SYSTEM)

    refused = program.delete(f"/api/hooks/{theirs.pk}")

    assert (refused.status_code, refused.json()["code"]) == (409, "hooks.made_by_a_person")
    assert Endpoint.objects.filter(pk=theirs.pk).exists()


def test_a_neighbours_subscription_is_as_good_as_gone(
    program: Program, tree: Tree, keys_of: Callable[..., Program]
) -> None:
    from hub.hooks.models import Endpoint

    made = subscribe(program).json()

    assert keys_of(tree.b, tree.e1).delete(f"/api/hooks/{made['id']}").status_code == 204

    assert Endpoint.objects.filter(pk=made["id"]).exists()


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://10.0.0.8/", "https://localhost:9/", "https://localhost/"]
)
def test_an_address_inside_is_refused(program: Program, url: str) -> None:
    refused = subscribe(program, target_url=url)

    assert refused.status_code in (400, 422)
    assert list(refused.json()["fields"]) == ["target_url"]


def test_an_event_there_is_not_is_refused(program: Program) -> None:
    assert subscribe(program, event="contact.exploded").status_code in (400, 422)


@pytest.mark.parametrize("event", ["contact.created", "step.done", "reply.received", "plan.finished"])
def test_three_samples_have_the_shape_of_what_is_sent(program: Program, event: str) -> None:
    found = program.get("/api/hooks/sample", event=event).json()["samples"]

    assert len(found) == 3
    assert len({one["data"]["id"] for one in found}) == 3
    assert {one["type"] for one in found} == {event}
    assert all(isinstance(one["data"]["contact"]["id"], str) for one in found)


def test_the_newest_real_message_comes_first_among_the_samples(program: Program, tree: Tree) -> None:
    from hub.hooks import spreading

    subscribe(program)
    program.post("/api/contacts", {"first_name": "Real", "last_name": "Person"})
    spreading.spread()

    first, second, _third = program.get("/api/hooks/sample", event="contact.created").json()["samples"]

    assert first["data"]["contact"]["first_name"] == "Real"
    assert set(first["data"]) == set(second["data"])
    assert set(first["data"]["contact"]) == set(second["data"]["contact"])
