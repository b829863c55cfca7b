"""Zapier, alone: no network, no database, no account there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hub_zapier import addon, address
from hub_zapier.sending import Zap
from pydantic import ValidationError

from hub.core.effects import EffectClass
from hub.testing import conformance, faults
from hub.testing.kit import ADA, Kit

TestZapier = conformance(addon)

SEND = "zapier.send"
KEY = "s3cretLetters"
URL = f"https://hooks.zapier.com/hooks/catch/4711/{KEY}/"
FIELDS = {"First Name": "{{client.firstName}}", "Phone": "{{client.phoneCell}}", "Company 2": "{{client.custom.none}}"}


@pytest.fixture
def kit() -> Iterator[Kit]:
    with Kit(addon) as kit:
        yield kit


class Seen:
    """Requests as they arrive at Zapier, whole."""

    def __init__(self, kit: Kit) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self._handle = kit.vendor.handle
        kit.vendor.handle = self._look  # type: ignore[method-assign]

    def _look(self, method: str, path: str, query: Any, headers: Any, body: bytes) -> Any:
        self.requests.append((method, path, {k.lower(): v for k, v in headers.items()}, body))
        return self._handle(method, path, query, headers, body)


def test_the_facts_are_posted_under_the_names_that_were_written(kit: Kit) -> None:
    seen = Seen(kit)

    run = kit.run(SEND, url=URL, fields={"First Name": "{{client.firstName}}", "Cell": "{{client.phoneCell}}", "a": ""})

    ((method, path, headers, body),) = seen.requests
    assert (method, path) == ("POST", f"/hooks/catch/4711/{KEY}/")
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == run.ref
    assert json.loads(body) == {"First Name": "Ada", "Cell": "+15550100", "a": ""}
    assert run.state == "done"


def test_the_history_says_status_success(kit: Kit) -> None:
    assert kit.run(SEND, url=URL, fields=FIELDS).note == "Zapier answered 200. status: success"


def test_a_value_that_looks_like_json_stays_a_value(kit: Kit) -> None:
    seen = Seen(kit)
    nasty = ADA.model_copy(update={"first_name": '"},{"x":"\n\\Zoë'})

    kit.run(SEND, nasty, url=URL, fields={"name": "{{client.firstName}}"})

    assert json.loads(seen.requests[0][3]) == {"name": '"},{"x":"\n\\Zoë'}


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_200_is_a_success_too(kit: Kit, body: bytes) -> None:
    kit.vendor.fail(faults.Fault("silent mode", 200, body=body, acts=True))

    run = kit.run(SEND, url=URL + "silent/", fields=FIELDS)

    assert (run.state, run.note) == ("done", "Zapier took it and answered 200 with nothing, as in Silent Mode.")


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (b'{"status": 5}', 'Zapier answered 200: {"status": 5}'),
        (b"[1]", "Zapier answered 200: [1]"),
        (b"thank  you\n", "Zapier answered 200: thank you"),
        (b'{"status": "ignored"}', "Zapier answered 200. status: ignored"),
    ],
)
def test_another_answer_is_noted_as_it_came(kit: Kit, body: bytes, note: str) -> None:
    kit.vendor.fail(faults.Fault("odd", 200, body=body, acts=True))

    assert kit.run(SEND, url=URL, fields=FIELDS).note == note


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 405, 413, 422])
def test_a_clear_no_ends_the_step_for_this_contact_alone(kit: Kit, status: int) -> None:
    kit.vendor.fail(faults.status(status))

    no, next_one = kit.run(SEND, url=URL, fields=FIELDS), kit.run(SEND, url=URL, fields=FIELDS)

    assert (no.state, next_one.state) == ("failed", "done")


@pytest.mark.parametrize("status", [404, 410])
def test_a_zap_that_is_gone_is_told_as_such(kit: Kit, status: int) -> None:
    kit.vendor.fail(faults.status(status))

    run = kit.run(SEND, url=URL, fields=FIELDS)

    assert run.state == "failed"
    assert "the Zap may have been deleted" in run.note


@pytest.mark.parametrize("fault", [faults.status(500), faults.status(503), faults.slow(60), faults.reset()], ids=str)
def test_what_passes_is_tried_again_with_the_same_id(kit: Kit, fault: faults.Fault) -> None:
    seen = Seen(kit)
    kit.vendor.fail(fault)

    run = kit.rest(kit.run(SEND, url=URL, fields=FIELDS))

    assert run.state == "done"
    assert len(seen.requests) == 2
    assert {request[2]["webhook-id"] for request in seen.requests} == {run.ref}
    assert len({request[3] for request in seen.requests}) == 1


def test_too_many_calls_wait_as_long_as_asked(kit: Kit) -> None:
    kit.vendor.fail(faults.too_many("90"))

    run = kit.run(SEND, url=URL, fields=FIELDS)

    assert (run.due_at - kit.clock.now()).total_seconds() >= 90
    assert kit.rest(run).state == "done"


def test_whoever_wants_to_be_asked_is_asked(kit: Kit) -> None:
    seen = Seen(kit)
    kit.vendor.fail(faults.status(503))

    run = kit.rest(kit.run(SEND, url=URL, fields=FIELDS, when_unclear="ask a person"))

    assert run.state == "review"
    assert [request[2]["webhook-id"] for request in seen.requests] == [run.ref]


def test_a_zap_can_tell_a_repeat_by_the_reference(kit: Kit) -> None:
    seen = Seen(kit)

    run = kit.run(SEND, url=URL, fields={"a": "1"}, reference="Step")

    assert json.loads(seen.requests[0][3]) == {"a": "1", "Step": run.ref}


def test_an_address_of_the_older_kind_works_and_is_told(kit: Kit) -> None:
    run = kit.run(SEND, url=f"https://hooks.zapier.com/hooks/catch/{KEY}", fields=FIELDS)

    assert run.state == "done"
    assert run.note.startswith("Zapier answered 200. status: success The step's address is of Zapier's older kind")


def test_the_address_is_in_no_note_and_in_no_form(kit: Kit) -> None:
    kit.vendor.fail(faults.status(400, message=f"no such hook: /hooks/catch/4711/{KEY} ({URL})"))

    run = kit.run(SEND, url=URL, fields=FIELDS)

    assert run.state == "failed"
    assert KEY not in " ".join(run.notes)
    assert KEY not in repr(Zap(url=URL, fields=FIELDS))


@pytest.mark.parametrize(
    ("text", "url", "legacy"),
    [
        ("https://hooks.zapier.com/hooks/catch/4711/abcdef/", "https://hooks.zapier.com/hooks/catch/4711/abcdef/", False),
        (" https://hooks.zapier.com/hooks/catch/4711/abcdef\n", "https://hooks.zapier.com/hooks/catch/4711/abcdef/", False),
        ("https://hooks.zapier.com/hooks/catch/4711/ab1/silent/", "https://hooks.zapier.com/hooks/catch/4711/ab1/silent/", False),
        ("https://hooks.zapier.com/hooks/catch/abcdef/", "https://hooks.zapier.com/hooks/catch/abcdef/", True),
    ],
)  # fmt: skip
def test_a_catch_hook_is_recognised(text: str, url: str, legacy: bool) -> None:
    hook = address.read(text)

    assert hook is not None
    assert (hook.url, hook.legacy) == (url, legacy)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://hooks.zapier.com/hooks/catch/4711/abcdef/", "must begin with https://"),
        ("https://hooks.zapier.com/hooks/standard/4711/abcdef/", "not of a Catch Hook"),
        ("https://hooks.zapier.com/hooks/catch/4711/abcdef/?a=1", "not of a Catch Hook"),
        ("https://hooks.zapier.com/hooks/catch/4711/abc/../def/", "not of a Catch Hook"),
        ("https://zapier.com/app/editor/4711", "not of a Catch Hook"),
        ("https://hooks.zapier.com.evil.example/hooks/catch/4711/abcdef/", "use the step Webhook"),
        ("https://user@hooks.zapier.com/hooks/catch/4711/abcdef/", "use the step Webhook"),
        ("https://hooks.example.com/1", "use the step Webhook"),
        ("https://hooks.zapier.com/hooks/catch/{{client.id}}/abcdef/", "holds no tokens"),
        ("", "use the step Webhook"),
    ],
)
def test_what_is_no_catch_hook_is_refused_with_what_to_do_and_not_repeated(text: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Zap(url=text, fields=FIELDS)

    (error,) = refused.value.errors()
    assert says in error["msg"]
    assert not text or text not in error["msg"]


def test_a_step_tells_at_least_one_fact() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        Zap(url=URL, fields={})


def test_the_help_walks_the_three_ways_and_says_who_helps_with_what() -> None:
    info = addon.hub_addon()
    words = " ".join(info.help)

    assert {"Zap", "Catch Hook", "Email Parser"} == set(info.aliases)
    assert all(word in words for word in ("Catch Hook", "e-mail parser", "Web Key", "dummy", "Zapier helps", "We help"))


def test_trying_again_counts_on_a_key_and_asking_once_on_nothing() -> None:
    classes = [
        endpoint.effect.effect_class(reconciles=False) for endpoint in addon.hub_addon().endpoints if endpoint.effect
    ]

    assert classes == [EffectClass.KEYED, EffectClass.BLIND]
