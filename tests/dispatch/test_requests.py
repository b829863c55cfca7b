"""A request frozen as bytes: what is in it, and what is never in it."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from hub.core import Answer, Bytes, DeclarationError, Endpoint, RawAnswer, RawRequest, once
from hub.core.auth import Signed
from hub.dispatch.requests import FrozenRequest, build


class Card(Answer):
    id: str


class New(BaseModel):
    to: str
    rush: bool = False
    note: str | None = None
    group: str = Field(default="g", serialization_alias="groupId")


BASE = "https://api.pigeon.test/v2"


def post(path: str = "/cards", encode: Literal["json", "form"] = "json") -> Endpoint[Any]:
    return Endpoint("POST", path, Card, New, once(), encode)


def get(path: str) -> Endpoint[Any]:
    return Endpoint("GET", path, Card)


def test_a_json_body() -> None:
    request = build(BASE, post(), New(to="Ada"), {})

    assert (request.method, request.url) == ("POST", f"{BASE}/cards")
    assert json.loads(request.content) == {"to": "Ada", "rush": False, "note": None, "groupId": "g"}
    assert ("Content-Type", "application/json") in request.headers


def test_a_form_body_leaves_out_what_is_not_there() -> None:
    request = build(BASE, post(encode="form"), New(to="A & B", rush=True), {})

    assert request.content == b"to=A+%26+B&rush=true&groupId=g"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("7", "/cards/7/x"),
        (7, "/cards/7/x"),
        ("a/b", "/cards/a%2Fb/x"),
        ("../me", "/cards/..%2Fme/x"),
        ("a?b#c", "/cards/a%3Fb%23c/x"),
        ("{id}", "/cards/%7Bid%7D/x"),
        ("é", "/cards/%C3%A9/x"),
    ],
)
def test_a_path_parameter_stays_in_its_place(value: object, path: str) -> None:
    assert build(BASE, get("/cards/{id}/x"), None, {"id": value}).url == BASE + path


@pytest.mark.parametrize("value", ["", " ", ".", "..", ". .", None])
def test_a_path_parameter_that_would_name_another_path_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="needs a id"):
        build(BASE, get("/cards/{id}"), None, {"id": value})


def test_the_rest_becomes_the_query_and_nothing_is_left_out() -> None:
    request = build(BASE, get("/cards/{id}"), None, {"id": 1, "ref": "a&b", "all": True, "none": None})

    assert request.url == f"{BASE}/cards/1?ref=a%26b&all=true"


@pytest.mark.parametrize(
    ("endpoint", "body", "parameters"),
    [
        (post(), None, {}),
        (post(), {"to": "Ada"}, {}),
        (post(), Card(id="1"), {}),
        (get("/cards"), New(to="x"), {}),
        (get("/cards/{id}"), None, {}),
        (Endpoint("POST", "", RawAnswer, RawRequest, once(), open=True), New(to="x"), {}),
    ],
)
def test_what_was_not_declared_is_refused(endpoint: Endpoint[Any], body: Any, parameters: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        build(BASE, endpoint, body, parameters)


def test_an_open_request_is_the_admins() -> None:
    endpoint: Endpoint[Any] = Endpoint("POST", "", RawAnswer, RawRequest, once(), open=True)

    request = build(BASE, endpoint, RawRequest("put", "https://admin.test/x", {"X-A": "1"}, b"hi"), {})

    assert request == FrozenRequest("PUT", "https://admin.test/x", (("X-A", "1"),), b"hi")


@given(st.binary(), st.lists(st.tuples(st.text(), st.text())))
def test_a_stored_request_comes_back_byte_for_byte(content: bytes, headers: list[tuple[str, str]]) -> None:
    request = FrozenRequest("POST", BASE, tuple(headers), content)

    again = FrozenRequest.from_json(json.loads(json.dumps(request.to_json())))

    assert again == request
    assert again.digest == request.digest


def test_the_digest_sees_every_part_and_no_order_of_headers() -> None:
    one = FrozenRequest("POST", BASE, (("A", "1"), ("B", "2")), b"x")

    assert one.digest == FrozenRequest("POST", BASE, (("B", "2"), ("A", "1")), b"x").digest
    others = [
        FrozenRequest("PUT", BASE, one.headers, b"x"),
        FrozenRequest("POST", BASE + "/", one.headers, b"x"),
        FrozenRequest("POST", BASE, one.headers, b"y"),
        FrozenRequest("POST", BASE, one.headers[:1], b"x"),
    ]
    assert one.digest not in {other.digest for other in others}


def test_the_credential_is_added_last_and_not_stored() -> None:
    frozen = FrozenRequest("POST", f"{BASE}/c?a=1", (("A", "1"),), b"x")

    ready = frozen.signed(Signed({"X-Key": "secret"}, {"key": "a&b"}), {"Idempotency-Key": "hub-1"})

    assert ready.url == f"{BASE}/c?a=1&key=a%26b"
    assert ready.headers == (("A", "1"), ("X-Key", "secret"), ("Idempotency-Key", "hub-1"))
    assert "secret" not in json.dumps(frozen.to_json())
    assert FrozenRequest("GET", BASE).signed(Signed({}, {"k": "v"}), {}).url == f"{BASE}?k=v"


def test_bytes_leave_as_they_are_under_their_own_kind() -> None:
    upload: Endpoint[Any] = Endpoint("POST", "/upload", dict, Bytes, effect=once(), encode="bytes")

    request = build("https://vendor.test", upload, Bytes.of("message/rfc822", b"\x00\xffA: b\r\n"), {})

    assert request.content == b"\x00\xffA: b\r\n"
    assert dict(request.headers)["Content-Type"] == "message/rfc822"


def test_declared_headers_go_with_every_such_call_and_a_file_is_asked_for_as_it_is() -> None:
    letter = Endpoint("GET", "/letters/{id}/$value", bytes, headers={"Prefer": 'IdType="ImmutableId"'})

    request = build("https://vendor.test", letter, None, {"id": "1"})

    assert dict(request.headers) == {"Accept": "*/*", "Prefer": 'IdType="ImmutableId"'}
    assert letter.parse(b"\xff\x00") == b"\xff\x00"


@pytest.mark.parametrize(
    "headers", [{"authorization": "Bearer x"}, {"Content-Type": "text/plain"}, {"A": "b\r\nC: d"}, {"A b": "c"}]
)
def test_a_header_that_is_not_a_call_s_to_write_is_refused_at_once(headers: dict[str, str]) -> None:
    with pytest.raises(DeclarationError, match="header"):
        Endpoint("GET", "/x", dict, headers=headers)
