"""Values that cross between the hub and a plugin's process: plain data by itself, ours by the names of their classes.

Whoever reads makes only what stands in :data:`CLASSES`, through the class's own checks. Everything else becomes a
:class:`Stranger`, which bears the name of what it was: the host then says *the plugin returned a dict*, as it would have said
of the thing itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from hub.core import changes, mail_post, outcomes, whereabouts
from hub.core.endpoints import RawAnswer
from hub.core.errors import Refused, Stopped, Unclear, Unreachable, VendorFault
from hub.core.mail import Message
from hub.core.records import Event, Page, Record
from hub.core.tokens import Template

OUTCOMES: tuple[type[outcomes.Outcome], ...] = (
    outcomes.Sent, outcomes.Already, outcomes.Done, outcomes.Rejected, outcomes.NeedsAdmin, outcomes.Wait, outcomes.Unknown,
    outcomes.Broken, outcomes.NotSent, outcomes.CannotTell,
)  # fmt: skip

CHANGES: tuple[type[BaseModel], ...] = (
    changes.WriteNote, changes.Notify, changes.AssignUser, changes.SetSalesCycle, changes.AddTags, changes.RemoveTags,
    changes.StartPlan, changes.LinkContact,
)  # fmt: skip

_LETTERS = (mail_post.Receipt, mail_post.Found, mail_post.SignedIn, mail_post.Letter, mail_post.Letters, mail_post.News,
            mail_post.Cursor)  # fmt: skip

_ALL: tuple[type[Any], ...] = (*OUTCOMES, *CHANGES, *_LETTERS, RawAnswer, Record, Page, Event, Message, Template)

CLASSES: Mapping[str, type[Any]] = {kind.__name__: kind for kind in _ALL}
"""What can be made on the other side."""

FAULTS: Mapping[str, type[VendorFault]] = {kind.__name__: kind for kind in (Unreachable, Refused, Unclear, Stopped)}

LONGEST_TEXT = 100_000
"""Characters of one text. The host keeps fewer of every text it writes down (``hub.dispatch.plain``)."""

LONGEST_WORDS = 2_000
"""Characters of an error's own words."""

DEEPEST = 40
MOST_DIGITS = 300
MOST_ERRORS = 100


class Unreadable(Exception):
    """What came over is not what it should be."""


class Stranger:
    """Stands for a value that may not cross. Its class is named as the value's was."""


def pack(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it. Never fails: what cannot cross is named instead."""
    if value is None or value is True or value is False or type(value) is float:
        return value
    if isinstance(value, str):
        return str.__str__(value)[:LONGEST_TEXT]
    if type(value) is int:
        return value if value.bit_length() <= MOST_DIGITS else {"x": "int"}
    if depth >= DEEPEST:
        return _strange(value)
    if type(value) in (list, tuple):
        return {"l" if type(value) is list else "t": [pack(item, depth + 1) for item in value]}
    if isinstance(value, Mapping):
        return _pairs(value, depth)
    return _ours(value, depth)


def _pairs(value: Mapping[Any, Any], depth: int) -> Any:
    try:
        pairs = list(value.items())
    except Exception:  # a mapping of a stranger's own making
        return _strange(value)
    return {"d": [[pack(name, depth + 1), pack(item, depth + 1)] for name, item in pairs]}


def _ours(value: Any, depth: int) -> Any:
    kind = type(value)
    if CLASSES.get(kind.__name__) is not kind:
        return _strange(value)
    if is_dataclass(kind):
        inner = {each.name: pack(getattr(value, each.name, None), depth + 1) for each in fields(kind)}
        return {"c": kind.__name__, "v": inner}
    try:
        return {"c": kind.__name__, "v": value.model_dump(mode="json", warnings=False)}
    except Exception:  # a model can be made without its checks
        return _strange(value)


def _strange(value: Any) -> Any:
    return {"x": type(value).__name__[:60]}


def unpack(data: Any) -> Any:
    """What :func:`pack` wrote.

    Raises:
        Unreadable: it did not write this.
    """
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if not isinstance(data, dict):
        raise Unreadable("a value without a kind")
    try:
        return _unpacked(data)
    except (TypeError, ValueError, KeyError, RecursionError) as trouble:
        raise Unreadable(f"a value that is none ({type(trouble).__name__})") from None


def _unpacked(data: Mapping[str, Any]) -> Any:
    if "l" in data:
        return [unpack(item) for item in data["l"]]
    if "t" in data:
        return tuple(unpack(item) for item in data["t"])
    if "d" in data:
        return {unpack(name): unpack(item) for name, item in data["d"]}
    if "x" in data:
        return stranger(data["x"])
    return _made(CLASSES[data["c"]], data["v"])


def _made(kind: type[Any], values: Mapping[str, Any]) -> Any:
    if is_dataclass(kind):
        return kind(**{each.name: unpack(values[each.name]) for each in fields(kind)})
    try:
        return kind.model_validate(values)
    except ValidationError:
        return stranger(f"{kind.__name__} that does not hold what it should")


def stranger(name: Any) -> Stranger:
    """Something that is called so."""
    made: Stranger = type(_called(name), (Stranger,), {})()
    return made


def _called(name: Any) -> str:
    return re.sub(r"[^\w .]", "", str(name))[:80] or "thing"


# --- errors ------------------------------------------------------------------------------------------------------


def pack_error(trouble: BaseException) -> dict[str, Any]:
    """An error by its name, its words and its place; a fault of a vendor with its outcome."""
    if isinstance(trouble, VendorFault):
        kind = next((name for name, one in FAULTS.items() if isinstance(trouble, one)), Stopped.__name__)
        return {"fault": kind, "outcome": pack(trouble.outcome), "status": pack(trouble.status)}
    try:
        words = str(trouble)[:LONGEST_WORDS]
    except BaseException:  # __str__ is a stranger's too
        words = ""
    return {"name": type(trouble).__name__[:60], "words": words, "place": whereabouts.place(trouble)}


def unpack_error(data: Any) -> BaseException:
    """An error that says the same.

    Raises:
        Unreadable: this is none.
    """
    if not isinstance(data, dict):
        raise Unreadable("an error without words")
    if "fault" in data:
        kind, status = FAULTS.get(data["fault"], Stopped), unpack(data.get("status"))
        return kind(unpack(data.get("outcome")), status if isinstance(status, int) else None)
    words, place = str(data.get("words", ""))[:LONGEST_WORDS], str(data.get("place", ""))[: whereabouts.MOST]
    made: BaseException = type(_called(data.get("name")), (_Theirs,), {})(f"{words} ({place})" if place else words)
    return made


class _Theirs(Exception):
    """An error of the plugin's own, under its own name."""


def pack_refusals(trouble: ValidationError) -> list[dict[str, Any]]:
    """What a model says against a value, without the value."""
    errors = trouble.errors(include_url=False, include_input=False)[:MOST_ERRORS]
    return [
        {"type": one["type"], "loc": list(one["loc"]), "msg": str(one["msg"])[:LONGEST_WORDS],
         "ctx": {name: value for name, value in one.get("ctx", {}).items() if isinstance(value, str | int | float)}}
        for one in errors
    ]  # fmt: skip


def unpack_refusals(title: str, data: Any) -> ValidationError:
    """The same error.

    Raises:
        Unreadable: this is none.
    """
    try:
        lines = [
            InitErrorDetails(
                type=PydanticCustomError(str(one["type"]), str(one["msg"]), dict(one["ctx"]) or None),
                loc=tuple(part if isinstance(part, int) else str(part) for part in one["loc"]),
                input=None,
            )
            for one in data[:MOST_ERRORS]
        ]
        return ValidationError.from_exception_data(title, lines)
    except (TypeError, ValueError, KeyError) as trouble:
        raise Unreadable(f"an error that is none ({type(trouble).__name__})") from None
