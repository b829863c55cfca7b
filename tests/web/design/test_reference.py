"""The reference is read from the description: kinds in words, names that lead on, and nothing that breaks on a strange schema."""

from __future__ import annotations

from typing import Any

import pytest

from hub.web.design.reference import kind, read


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "maxLength": 1000}, "text, at most 1,000 characters"),
        ({"type": "string", "format": "date-time"}, "moment"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "whole number or null"),
        ({"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]}, "text, at most 9 characters, or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Tag"}}, "list of Tag"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of text"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({"enum": ["no", "yes"], "type": "string"}, "one of no, yes"),
        ({"const": "fixed", "type": "string"}, "fixed"),
        ({}, "anything"),
    ],
)
def test_a_kind_is_said_in_words(schema: dict[str, Any], said: str) -> None:
    assert kind(schema) == said


def test_a_call_says_what_it_takes_answers_and_leads_to() -> None:
    answers = {
        201: {"description": "Created", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tag"}}},
              "links": {"read_tag": {}}},
        404: {"description": "Not Found"},
    }  # fmt: skip
    parameters = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    operation = {"operationId": "make_tag", "tags": ["Tags"], "parameters": parameters, "responses": answers}
    shapes = {"Tag": {"properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Tag"}, {"type": "null"}]}}}}
    info = {"version": "1", "description": "For `programs`.\n\nMore."}

    found = read({"info": info, "paths": {"/tags": {"post": operation}}, "components": {"schemas": shapes}})

    (group,), (shape,) = found.groups, found.shapes
    (call,) = group.calls
    assert found.paragraphs == ("For programs.", "More.")
    assert (group.title, call.method, call.path) == ("Tags", "POST", "/tags")
    assert [(one.name, one.where, one.needed) for one in call.parameters] == [("id", "in the address", True)]
    assert [(one.status, one.shape, one.leads) for one in call.answers] == [("201", "Tag", ("read_tag",))]
    assert call.refusals == ("404",)
    assert (shape.fields[0].kind, shape.fields[0].shape) == ("Tag or null", "Tag")
