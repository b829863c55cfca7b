"""The webhook step: any address, any form, no surprises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.core import Template, redact
from hub.steps import addon
from hub.steps.webhook import Webhook, noted
from hub.steps.webhook_message import header_value, why_not
from hub.testing import faults
from hub.testing.kit import ADA, Kit

HOOK = "steps.webhook"
URL = "https://hooks.example.com/catch/1"
ZAP = "https://hooks.zapier.com/hooks/catch/4711/s3cret/"


class Seen:
    """Requests as they arrive, whole."""

    def __init__(self, kit: Kit) -> None:
        self.requests: list[tuple[str, str, dict[str, str], dict[str, str], bytes]] = []
        self._handle = kit.vendor.handle
        kit.vendor.handle = self._look  # type: ignore[method-assign]

    def _look(self, method: str, path: str, query: Any, headers: Any, body: bytes) -> Any:
        self.requests.append((method, path, dict(query), {k.lower(): v for k, v in headers.items()}, body))
        return self._handle(method, path, query, headers, body)

    @property
    def last(self) -> tuple[str, str, dict[str, str], dict[str, str], bytes]:
        return self.requests[-1]


@pytest.fixture
def kit() -> Iterator[Kit]:
    with Kit(addon) as kit:
        yield kit


@pytest.fixture
def seen(kit: Kit) -> Seen:
    return Seen(kit)


def test_json_is_made_from_the_fields_and_the_answer_is_noted(kit: Kit, seen: Seen) -> None:
    run = kit.run(HOOK, url=URL, fields={"name": "{{client.fullName}}", "cell": "{{client.phoneCell}}", "fixed": "yes"})

    method, path, _query, headers, body = seen.last
    assert (method, path) == ("POST", "/catch/1")
    assert json.loads(body) == {"name": "Ada Lovelace", "cell": "+15550100", "fixed": "yes"}
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == run.ref
    assert headers["webhook-timestamp"] == str(int(kit.clock.now().timestamp()))
    assert run.state == "done"
    assert run.note.startswith('hooks.example.com answered 200: {"attempt"')
    assert '"status": "success"' in run.note


def test_a_value_that_looks_like_json_stays_a_value(kit: Kit, seen: Seen) -> None:
    nasty = ADA.model_copy(update={"first_name": '"},{"x":"\n\\'})

    kit.run(HOOK, nasty, url=URL, fields={"name": "{{client.firstName}}"})

    assert json.loads(seen.last[4]) == {"name": '"},{"x":"\n\\'}


def test_a_form_is_url_encoded(kit: Kit, seen: Seen) -> None:
    kit.run(HOOK, url=URL, payload="form", fields={"a": "{{client.fullName}}", "b": "1&2"})

    assert parse_qs(seen.last[4].decode()) == {"a": ["Ada Lovelace"], "b": ["1&2"]}
    assert seen.last[3]["content-type"] == "application/x-www-form-urlencoded"


def test_raw_json_escapes_each_value(kit: Kit, seen: Seen) -> None:
    nasty = ADA.model_copy(update={"last_name": 'O"Hara\n'})

    kit.run(HOOK, nasty, url=URL, payload="raw", body='{"who": "{{client.lastName}}"}')

    assert json.loads(seen.last[4]) == {"who": 'O"Hara\n'}


def test_raw_xml_escapes_each_value(kit: Kit, seen: Seen) -> None:
    nasty = ADA.model_copy(update={"last_name": "<O'Hara&\x00>"})

    kit.run(HOOK, nasty, url=URL, payload="raw", body_type="application/xml", body="<who>{{client.lastName}}</who>")

    assert seen.last[4] == b"<who>&lt;O&#x27;Hara&amp;&gt;</who>"


def test_a_get_carries_its_fields_in_the_address(kit: Kit, seen: Seen) -> None:
    kit.run(HOOK, url=URL + "?a=1#part", method="GET", fields={"name": "{{client.fullName}}"})

    method, _path, query, headers, body = seen.last
    assert (method, body) == ("GET", b"")
    assert query == {"a": "1", "name": "Ada Lovelace"}
    assert "content-type" not in headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_every_other_method_is_sent_as_chosen(kit: Kit, seen: Seen, method: str) -> None:
    kit.run(HOOK, url=URL, method=method, fields={"a": "1"})

    assert (seen.last[0], seen.last[4]) == (method, b'{"a": "1"}')


def test_headers_take_tokens_and_stay_one_line(kit: Kit, seen: Seen) -> None:
    nasty = ADA.model_copy(update={"company": "Evil\r\nX-Admin: yes", "city_": ""} | {"first_name": "Zoë"})

    kit.run(
        HOOK, nasty.model_copy(), url=URL, headers={"X-Company": "{{client.company}}", "X-Name": "{{client.firstName}}"}
    )

    headers = seen.last[3]
    assert headers["x-company"] == "Evil X-Admin: yes"
    assert headers["x-name"] == "Zo%C3%AB"
    assert "x-admin" not in headers


def test_a_token_in_the_address_is_percent_encoded(kit: Kit, seen: Seen) -> None:
    nasty = ADA.model_copy(update={"external_id": "../a?b=c&d#e"})

    kit.run(HOOK, nasty, url="https://hooks.example.com/people/{{client.externalId}}/done")

    assert seen.last[1] in ("/people/../a?b=c&d#e/done", "/people/..%2Fa%3Fb%3Dc%26d%23e/done")
    assert seen.last[2] == {}


@pytest.mark.parametrize("body", [b"", b"   ", b"ok"])
def test_any_2xx_is_a_success_an_empty_one_too(kit: Kit, body: bytes) -> None:
    kit.vendor.fail(faults.Fault("quiet", 204 if not body else 200, body=body, acts=True))

    run = kit.run(HOOK, url=URL)

    assert run.state == "done"
    assert run.note.startswith("hooks.example.com answered 20")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 405, 409, 410, 415, 422])
def test_a_clear_no_ends_the_step_and_is_not_asked_again(kit: Kit, status: int) -> None:
    kit.vendor.fail(faults.status(status, message="no such hook"))

    run = kit.rest(kit.run(HOOK, url=URL))

    assert run.state == "failed"
    assert str(status) in run.note
    assert "no such hook" in run.note
    assert len(kit.vendor.calls) == 1


@pytest.mark.parametrize(
    "fault", [faults.status(500), faults.status(503, acts=True), faults.reset(acts=True), faults.slow(60), faults.status(408)],
    ids=lambda fault: fault.name,
)  # fmt: skip
def test_an_unclear_answer_is_tried_again_with_the_same_id_and_the_same_bytes(kit: Kit, seen: Seen, fault: Any) -> None:
    kit.vendor.fail(fault)

    run = kit.rest(kit.run(HOOK, url=URL, fields={"name": "{{client.firstName}}"}))

    assert run.state == "done"
    assert len(seen.requests) == 2
    assert seen.requests[0][4] == seen.requests[1][4]
    assert {request[3]["webhook-id"] for request in seen.requests} == {run.ref}
    assert kit.vendor.count(run.ref) == 1


def test_who_would_rather_be_asked_is_asked(kit: Kit, seen: Seen) -> None:
    kit.vendor.fail(faults.reset(acts=True))

    run = kit.rest(kit.run(HOOK, url=URL, when_unclear="ask a person"))

    assert run.state == "review"
    assert len(seen.requests) == 1
    assert seen.last[3]["webhook-id"] == run.ref


@pytest.mark.parametrize(
    "fault", [faults.status(404), faults.status(503), faults.reset()], ids=lambda fault: fault.name
)
def test_what_went_wrong_is_said_of_the_address_and_not_of_the_hub(kit: Kit, fault: Any) -> None:
    kit.vendor.fail(fault)

    run = kit.run(HOOK, url=URL)

    assert "hooks.example.com" in run.note
    assert "Built-in" not in run.note


def test_429_waits_and_goes_on(kit: Kit) -> None:
    kit.vendor.fail(faults.too_many("120"))

    run = kit.run(HOOK, url=URL)

    assert (run.due_at - kit.clock.now()).total_seconds() >= 120
    assert kit.rest(run).state == "done"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "https://[::1]/x", "http://169.254.169.254/latest", "https://a.example:8443/"]
)
def test_an_address_inside_is_never_called(kit: Kit, url: str) -> None:
    run = kit.run(HOOK, url=url)

    assert run.state == "failed"
    assert "not allowed" in run.note
    assert kit.vendor.calls == []


def test_a_catch_hook_s_address_is_a_key_and_appears_nowhere(kit: Kit) -> None:
    kit.vendor.fail(faults.status(404, message=f"no hook at {ZAP}"))

    run = kit.run(HOOK, url=ZAP)

    assert "s3cret" not in " ".join(run.notes)
    redact.forget([ZAP])


def test_only_the_host_of_an_address_is_shown_whoever_it_belongs_to(kit: Kit) -> None:
    url = "https://chat.example.com/services/T0123/{{client.lastName}}?key=4f9d2c7a1b8e"
    kit.vendor.fail(faults.status(404, message="nothing at /services/T0123/Lovelace?key=4f9d2c7a1b8e"))

    run = kit.run(HOOK, url=url)

    told = " ".join(run.notes)
    assert "chat.example.com" in told
    assert "4f9d2c7a1b8e" not in told
    assert "T0123" not in told
    redact.forget([url])


def test_the_note_keeps_the_first_kibibyte_only() -> None:
    from hub.core import RawAnswer

    assert len(noted("h", RawAnswer(status=200, text="x" * 5_000))) <= 1_024 + 30


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://a.example/", "javascript:alert(1)", "//a.example/", "a.example", "https://", "https:///x",
        "https://user:pw@a.example/", "https://a.example\\@b.example/", "https://a b.example/", "https://a.example:99999/",
        "https://{{client.company}}/", "https://{{client.firstName}}.example/", "https://a.{{client.city}}:443/x",
        "https://a.example\n.b.example/", "https://[::1", "{{client.custom.Url}}",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_when_the_step_is_saved(url: str) -> None:
    assert why_not(url)
    with pytest.raises(ValidationError):
        Webhook(url=Template(url))


@pytest.mark.parametrize(
    "url",
    [URL, ZAP, "https://a.example", "https://a.example?x={{client.custom.Shoe size}}", "http://127.0.0.1:9100/hook"],
)
def test_what_is_an_address_is_taken(url: str) -> None:
    assert why_not(url) == ""


@pytest.mark.parametrize(
    "headers",
    [{"Host": "x"}, {"Content-Length": "1"}, {"Webhook-Id": "x"}, {"X Y": "1"}, {"": "1"}, {"X": "a\nb"}, {"X:": "1"}],
)
def test_headers_that_could_do_harm_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Webhook(url=Template(URL), headers=headers)


@given(st.text(max_size=50))
def test_a_header_s_value_can_always_be_sent(value: str) -> None:
    line = header_value(value)

    assert line.isascii()
    httpx.Request("GET", "https://a.example", headers=[("X-Any", line)])
    assert not any(code in line for code in "\r\n\0")
