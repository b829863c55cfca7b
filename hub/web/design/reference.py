"""The reference of the API, read from its OpenAPI description: what a page shows of each call and each shape. Pure.

Nothing is said twice: whatever stands here stands in the description that programs read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

METHOD_TONES = {"GET": "info", "POST": "success", "PATCH": "warning", "DELETE": "danger"}

WHERE = {"path": "in the address", "query": "in the query", "header": "a header"}

_PLACE = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body.

    Attributes:
        kind: what it holds, in words.
        shape: the shape it holds, where it is one of those below; empty otherwise.
        where: where a parameter is put; empty for a field.
    """

    name: str
    kind: str
    shape: str
    needed: bool
    note: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call may answer.

    Attributes:
        leads: ids of the calls that take what it names.
    """

    status: str
    says: str
    shape: str
    leads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One operation."""

    id: str
    method: str
    tone: str
    path: str
    title: str
    note: str
    parameters: tuple[Field, ...]
    body: str
    answers: tuple[Answer, ...]
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of a subject."""

    title: str
    calls: tuple[Call, ...]

    @property
    def id(self) -> str:
        return self.title.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON object with a name."""

    name: str
    note: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The page."""

    version: str
    paragraphs: tuple[str, ...]
    groups: tuple[Group, ...]
    shapes: tuple[Shape, ...]


def read(document: Schema) -> Reference:
    """The reference of an OpenAPI description."""
    info, shapes = document["info"], document["components"]["schemas"]
    return Reference(
        info["version"],
        tuple(_said(part) for part in info["description"].split("\n\n")),
        tuple(_groups(document["paths"])),
        tuple(_shape(name, one) for name, one in sorted(shapes.items())),
    )


def _groups(paths: Schema) -> Iterable[Group]:
    """In the order in which the description first speaks of them."""
    found: dict[str, list[Call]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            title = next(iter(operation.get("tags", ())), "Calls")
            found.setdefault(title, []).append(_call(method.upper(), path, operation))
    return [Group(title, tuple(calls)) for title, calls in found.items()]


def _call(method: str, path: str, operation: Schema) -> Call:
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    return Call(
        operation["operationId"], method, METHOD_TONES.get(method, "neutral"), path, operation.get("summary", ""),
        _said(operation.get("description", "")),
        tuple(_field(one["name"], one["schema"], one["required"], one.get("description", ""), WHERE[one["in"]])
              for one in operation.get("parameters", ())),
        _name(_content(operation.get("requestBody", {}))),
        tuple(Answer(status, one.get("description", ""), _name(_content(one)), tuple(one.get("links", ())))
              for status, one in answers.items() if int(status) < 400),
        tuple(status for status in answers if int(status) >= 400),
    )  # fmt: skip


def _shape(name: str, schema: Schema) -> Shape:
    needed = schema.get("required", ())
    fields = schema.get("properties", {}).items()
    return Shape(
        name, _said(schema.get("description", "")), tuple(_field(key, one, key in needed, "") for key, one in fields)
    )


def _field(name: str, schema: Schema, needed: bool, note: str, where: str = "") -> Field:
    held = next((_name(one) for one in _all(schema) if _name(one)), "")
    return Field(name, kind(schema), held, needed, _said(note or schema.get("description", "")), where)


def kind(schema: Schema) -> str:
    """What a value is, in words: ``text, at most 100 characters``, ``list of Tag``, ``number or null``."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        found = list(dict.fromkeys(kind(one) for one in choices))
        return (", or " if any("," in one for one in found) else " or ").join(found)
    if name := _name(schema):
        return name
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(one) for one in schema["enum"])
    return _plain(schema)


def _plain(schema: Schema) -> str:
    sort = schema.get("type", "")
    if sort == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if sort == "object":
        held = schema.get("additionalProperties")
        return f"object of {kind(held)}" if isinstance(held, Mapping) else "object"
    if sort == "string":
        return _text(schema)
    return {"integer": "whole number", "boolean": "true or false", "": "anything"}.get(sort, str(sort))


def _text(schema: Schema) -> str:
    form = {"date-time": "moment", "date": "day", "uri": "address", "uuid": "UUID"}.get(
        schema.get("format", ""), "text"
    )
    longest = schema.get("maxLength")
    return f"{form}, at most {longest:,} characters" if longest else form


def _all(schema: Schema) -> Iterable[Schema]:
    """The schema, and what it may be or hold."""
    yield schema
    for one in (
        *schema.get("anyOf", ()),
        *schema.get("oneOf", ()),
        schema.get("items"),
        schema.get("additionalProperties"),
    ):
        if isinstance(one, Mapping):
            yield from _all(one)


def _said(text: str) -> str:
    """Without the marks and the line breaks of its source."""
    return " ".join(text.replace("`", "").split())


def _content(holder: Schema) -> Schema:
    """The schema of the first media type."""
    media: Schema = next(iter(holder.get("content", {}).values()), {})
    schema: Schema = media.get("schema", {})
    return schema


def _name(schema: Schema) -> str:
    return str(schema.get("$ref", "")).removeprefix(_PLACE)
