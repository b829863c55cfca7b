"""What an answer means, and whom to believe: the wire or the plugin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from hub.core import (
    Already,
    Answer,
    Broken,
    CannotTell,
    Done,
    Endpoint,
    NeedsAdmin,
    NotSent,
    Outcome,
    RawAnswer,
    RawRequest,
    Rejected,
    Sent,
    Unknown,
    Wait,
    once,
    redact,
)
from hub.dispatch.classify import Reading, Wire, conclude, message, read
from hub.dispatch.exchange import Answered, Lost, NeverLeft

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Card(Answer):
    id: str


class New(BaseModel):
    to: str


WRITE: Endpoint[Any] = Endpoint("POST", "/cards", Card, New, once())
READ: Endpoint[Any] = Endpoint("GET", "/cards", Card)
GOOD = b'{"id": "card-1"}'


def reading(endpoint: Endpoint[Any], result: Any, errors: Any = None) -> Reading:
    return read(endpoint, errors or {}, result, NOW, "Pigeon")


# --- status × read or write --------------------------------------------------------------------------------------

STATUSES: list[tuple[int, Wire, type[Outcome], type[Outcome]]] = [
    # status, wire of a write, outcome of a write, outcome of a read
    (101, Wire.UNCLEAR, Unknown, Wait),
    (300, Wire.UNCLEAR, Unknown, Wait),
    (301, Wire.UNCLEAR, Unknown, Wait),
    (302, Wire.UNCLEAR, Unknown, Wait),
    (303, Wire.UNCLEAR, Unknown, Wait),
    (304, Wire.UNCLEAR, Unknown, Wait),
    (307, Wire.UNCLEAR, Unknown, Wait),
    (308, Wire.UNCLEAR, Unknown, Wait),
    (400, Wire.REFUSED, Rejected, Rejected),
    (401, Wire.REFUSED, NeedsAdmin, NeedsAdmin),
    (402, Wire.UNCLEAR, Unknown, Wait),  # undeclared, so not known to be a no
    (403, Wire.REFUSED, NeedsAdmin, NeedsAdmin),
    (404, Wire.REFUSED, Rejected, Rejected),
    (405, Wire.REFUSED, Broken, Broken),
    (406, Wire.REFUSED, Broken, Broken),
    (408, Wire.UNCLEAR, Unknown, Wait),
    (409, Wire.UNCLEAR, Unknown, Wait),
    (410, Wire.REFUSED, Rejected, Rejected),
    (411, Wire.REFUSED, Broken, Broken),
    (413, Wire.REFUSED, Rejected, Rejected),
    (414, Wire.REFUSED, Rejected, Rejected),
    (415, Wire.REFUSED, Broken, Broken),
    (418, Wire.UNCLEAR, Unknown, Wait),
    (422, Wire.REFUSED, Rejected, Rejected),
    (425, Wire.UNCLEAR, Unknown, Wait),
    (429, Wire.REFUSED, Wait, Wait),
    (431, Wire.REFUSED, Rejected, Rejected),
    (451, Wire.REFUSED, Rejected, Rejected),
    (500, Wire.UNCLEAR, Unknown, Wait),
    (501, Wire.UNCLEAR, Unknown, Wait),
    (502, Wire.UNCLEAR, Unknown, Wait),
    (503, Wire.UNCLEAR, Unknown, Wait),
    (504, Wire.UNCLEAR, Unknown, Wait),
    (599, Wire.UNCLEAR, Unknown, Wait),
]


@pytest.mark.parametrize(("status", "wire", "of_write", "of_read"), STATUSES)
def test_each_status(status: int, wire: Wire, of_write: type[Outcome], of_read: type[Outcome]) -> None:
    write, look = (reading(endpoint, Answered(status, {}, b"no")) for endpoint in (WRITE, READ))

    assert (write.wire, type(write.outcome), write.status) == (wire, of_write, status)
    assert (look.wire, type(look.outcome)) == (Wire.REFUSED, of_read)


@pytest.mark.parametrize(
    ("meaning", "wire", "outcome"),
    [
        (NeedsAdmin, Wire.REFUSED, NeedsAdmin),
        (Rejected, Wire.REFUSED, Rejected),
        (Wait, Wire.REFUSED, Wait),
        (Broken, Wire.REFUSED, Broken),
        (Already, Wire.ACTED, Already),
        (Sent, Wire.ACTED, Already),
        (Done, Wire.ACTED, Already),
        (Unknown, Wire.UNCLEAR, Unknown),  # "in progress"
        (CannotTell, Wire.UNCLEAR, Unknown),
    ],
)
@pytest.mark.parametrize("status", [202, 409, 422, 503])
def test_what_the_add_on_declares_goes_before_the_table(
    status: int, meaning: type[Outcome], wire: Wire, outcome: type[Outcome]
) -> None:
    found = reading(WRITE, Answered(status, {}, GOOD), {status: meaning})

    assert (found.wire, type(found.outcome)) == (wire, outcome)


def test_what_the_endpoint_declares_goes_before_the_add_on() -> None:
    endpoint: Endpoint[Any] = Endpoint("POST", "/cards", Card, New, once(), errors={409: Already})

    assert reading(endpoint, Answered(409), {409: Rejected}).wire is Wire.ACTED


def test_a_429_is_for_the_whole_connection_and_a_declared_wait_is_not() -> None:
    slow = reading(WRITE, Answered(429, {"retry-after": "120"}))
    busy = reading(WRITE, Answered(503, {"retry-after": "Mon, 02 Mar 2026 09:05:00 GMT"}), {503: Wait})

    assert slow.outcome == Wait("Pigeon answered 429.", 120.0, whole_connection=True)
    assert busy.outcome == Wait("Pigeon answered 503.", 300.0, whole_connection=False)


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{}", b'{"id": null}', b'{"id": 5}', b'{"id": "car', b"<h1>Sign in</h1>", b"\xff\xfe", b"[" * 100_000],
)  # fmt: skip
def test_a_good_status_with_an_unreadable_body_proves_nothing(content: bytes) -> None:
    write, look = (reading(endpoint, Answered(200, {}, content)) for endpoint in (WRITE, READ))

    assert (write.wire, type(write.outcome)) == (Wire.UNCLEAR, Unknown)
    assert type(look.outcome) is Wait


def test_a_good_answer_is_acted_and_what_we_do_not_know_is_ignored() -> None:
    found = reading(WRITE, Answered(201, {}, b'{"id": "card-1", "more": 1}'))

    assert (found.wire, found.outcome, found.answer) == (Wire.ACTED, None, Card(id="card-1"))


def test_a_body_too_long_to_read_proves_nothing() -> None:
    assert reading(WRITE, Answered(200, {}, GOOD, cut=True)).wire is Wire.UNCLEAR


def test_a_no_with_status_200() -> None:
    endpoint: Endpoint[Any] = Endpoint("POST", "/c", Card, New, once(), success=lambda card: card.id != "0")

    found = reading(endpoint, Answered(200, {}, b'{"id": "0", "message": "no credit"}'))

    assert (found.wire, found.outcome) == (Wire.REFUSED, Rejected("Pigeon refused: no credit"))
    assert reading(endpoint, Answered(200, {}, GOOD)).wire is Wire.ACTED


def test_an_endpoint_that_expects_nothing_takes_204() -> None:
    endpoint: Endpoint[Any] = Endpoint("DELETE", "/cards/{id}", None, None, once())

    assert reading(endpoint, Answered(204)) == Reading(Wire.ACTED, None, None, 204)


def test_never_left_and_lost() -> None:
    opened: Endpoint[Any] = Endpoint("POST", "", RawAnswer, RawRequest, once(), open=True)

    assert reading(WRITE, NeverLeft("no name")) == Reading(Wire.NOT_SENT, Wait("Pigeon: no name."))
    assert type(reading(WRITE, NeverLeft("private", blocked=True)).outcome) is NeedsAdmin
    assert reading(opened, NeverLeft("private", blocked=True)).outcome.field == "url"  # type: ignore[union-attr]
    assert reading(WRITE, Lost("gone")).wire is Wire.UNCLEAR
    assert reading(READ, Lost("gone")) == Reading(Wire.REFUSED, Wait("Pigeon: gone."))


def test_an_open_endpoint_shows_what_came() -> None:
    opened: Endpoint[Any] = Endpoint("POST", "", RawAnswer, RawRequest, once(), open=True)

    found = reading(opened, Answered(200, {"content-type": "text/plain"}, b"ok\x00\xff"))

    assert found.answer == RawAnswer(status=200, text="ok\ufffd", content_type="text/plain")
    assert reading(opened, Answered(500)).wire is Wire.UNCLEAR


# --- the vendor's own words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "No such group"}', "No such group"),
        (b'{"error": {"message": "No such group"}}', "No such group"),
        (b'{"errors": [{"detail": "No such group"}]}', "No such group"),
        (b'{"ResponseStatus": {"Message": "No such group"}}', "No such group"),
        (b"No such group", "No such group"),
        (b"<html>No such group</html>", ""),
        (b'{"message": 5}', ""),
        (b'{"a": {"b": {"c": {"message": "deep"}}}}', ""),
        (b'{"message": "two\\nlines\\u0000 and\\ttab"}', "two lines and tab"),
        (b"[" * 60_000, ""),
        (b"", ""),
    ],
)
def test_the_vendors_words_are_found_and_cleaned(body: bytes, words: str) -> None:
    assert message(Answered(400, {}, body)) in (words, "[" * 300 if body.startswith(b"[") else words)


def test_the_vendors_words_are_short_and_hold_no_key() -> None:
    redact.register("very-secret-key")
    try:
        said = message(Answered(400, {}, b'{"message": "bad key very-secret-key ' + b"x" * 5_000 + b'"}'))
    finally:
        redact.forget(["very-secret-key"])

    assert said.startswith("bad key ••• xxx")
    assert len(said) == 300


# --- the plugin's word against the wire --------------------------------------------------------------------------

ACTED = Reading(Wire.ACTED, None, Card(id="1"), 201)
UNCLEAR = Reading(Wire.UNCLEAR, Unknown("lost"))
REFUSED = Reading(Wire.REFUSED, Rejected("no"), None, 422)
NOT_SENT = Reading(Wire.NOT_SENT, Wait("down"))
ENDED_FIRST = Reading(Wire.NOT_SENT)

WORDS: list[tuple[Any, Reading | None, Wire, type[Outcome]]] = [
    # nothing was tried: the plugin is believed, except about sending
    (Sent("1"), None, Wire.NONE, Broken),
    (Already("1"), None, Wire.NONE, Already),
    (Done(), None, Wire.NONE, Done),
    (Rejected(), None, Wire.NONE, Rejected),
    (NeedsAdmin(), None, Wire.NONE, NeedsAdmin),
    (Wait(), None, Wire.NONE, Wait),
    (Unknown(), None, Wire.NONE, Wait),
    (NotSent(), None, Wire.NONE, Broken),
    (CannotTell(), None, Wire.NONE, Broken),
    (None, None, Wire.NONE, Broken),
    # it never left: whatever the plugin says
    (Sent("1"), NOT_SENT, Wire.NOT_SENT, Wait),
    (Rejected(), NOT_SENT, Wire.NOT_SENT, Wait),
    (Broken(), NOT_SENT, Wire.NOT_SENT, Wait),
    # the plugin ended before it could leave: its own word, except about sending
    (Sent("1"), ENDED_FIRST, Wire.NOT_SENT, Broken),
    (Broken(), ENDED_FIRST, Wire.NOT_SENT, Broken),
    (Wait(), ENDED_FIRST, Wire.NOT_SENT, Wait),
    # the vendor refused: the plugin may say in better words what it means, but not that it was done
    (Sent("1"), REFUSED, Wire.REFUSED, Rejected),
    (Done(), REFUSED, Wire.REFUSED, Rejected),
    (Unknown(), REFUSED, Wire.REFUSED, Rejected),
    (Already("1"), REFUSED, Wire.REFUSED, Already),
    (NeedsAdmin(), REFUSED, Wire.REFUSED, NeedsAdmin),
    (Wait(), REFUSED, Wire.REFUSED, Wait),
    (Broken(), REFUSED, Wire.REFUSED, Broken),
    # nobody knows: nobody may say
    *[(word, UNCLEAR, Wire.UNCLEAR, Unknown)
      for word in (Sent("1"), Already("1"), Done(), Rejected(), NeedsAdmin(), Wait(), Unknown(), Broken(), None)],
    # the vendor did it
    (Sent("1"), ACTED, Wire.ACTED, Sent),
    (Done(), ACTED, Wire.ACTED, Done),
    (Broken(), ACTED, Wire.UNCLEAR, Unknown),
    (None, ACTED, Wire.UNCLEAR, Unknown),
    (Unknown(), ACTED, Wire.UNCLEAR, Unknown),
    (Rejected(), ACTED, Wire.REFUSED, Rejected),  # it read a no out of the answer
]  # fmt: skip


@pytest.mark.parametrize(("word", "reading_", "wire", "outcome"), WORDS)
def test_whom_to_believe(word: Any, reading_: Reading | None, wire: Wire, outcome: type[Outcome]) -> None:
    believed, came = conclude(word, reading_)

    assert (believed, type(came)) == (wire, outcome)


@pytest.mark.parametrize("word", [Wait(), NeedsAdmin(), Rejected(), Broken()])
def test_an_error_after_the_deed_is_no_reading_of_the_answer(word: Outcome) -> None:
    assert conclude(word, ACTED, raised=True)[0] is Wire.UNCLEAR


# --- what a vendor says with its no ------------------------------------------------------------------------------


class Problem(Answer):
    code: str
    uid: str = ""


TOLD: Endpoint[Any] = Endpoint(
    "POST", "/cards", Card, New, once(), success=lambda card: card.id != "none", errors={409: Rejected}, refusal=Problem
)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_no_is_read_in_the_shape_the_endpoint_declares(status: int) -> None:
    found = reading(TOLD, Answered(status, {}, b'{"code": "exists", "uid": "u-1", "new": true}'))

    assert (found.wire, found.answer) == (Wire.REFUSED, Problem(code="exists", uid="u-1"))


def test_a_no_with_status_200_is_read_too() -> None:
    found = reading(TOLD, Answered(200, {}, b'{"id": "none", "code": "exists"}'))

    assert (found.wire, found.answer) == (Wire.REFUSED, Problem(code="exists"))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html>", b"null", b"[]", b'{"uid": "u-1"}', b"[" * 30_000, b"\xff",
        b'{"code": "' + b"x" * 70_000 + b'"}',
    ],
)  # fmt: skip
def test_a_no_of_another_shape_or_of_any_length_is_a_no_without_an_answer(content: bytes) -> None:
    found = reading(TOLD, Answered(409, {}, content))

    assert (found.wire, type(found.outcome), found.answer) == (Wire.REFUSED, Rejected, None)


def test_a_no_is_without_secrets() -> None:
    redact.register("very-secret-key")
    try:
        found = reading(
            TOLD, Answered(422, {}, b'{"code": "key very-secret-key is wrong", "uid": "very\\u002dsecret-key"}')
        )
    finally:
        redact.forget(["very-secret-key"])

    assert found.answer == Problem(code="key ••• is wrong", uid="•••")


def test_an_unclear_answer_is_no_no() -> None:
    assert reading(TOLD, Answered(502, {}, b'{"code": "exists"}')).answer is None
