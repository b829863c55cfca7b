"""Forms without their code: a settings model that looks like the plugin's and lets the plugin's process check.

What the host needs of a form (its fields, which are secret, which take tokens) it reads off the model as of any other. A value
that shall be held against the form goes to the child, which answers with the values as they are stored, or with what is wrong
in the words of its own model.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, PrivateAttr, create_model

from hub.core.settings import Choice, Help, Long, Options, Rich, Sealed, Secret, Settings, Verbatim, fields_of
from hub.core.tokens import Template
from hub.dispatch.apart.coding import Unreadable, pack, unpack_refusals
from hub.dispatch.apart.papers import FieldPaper, FormPaper

if TYPE_CHECKING:
    from hub.dispatch.apart.passage import Passage


class AwaySettings(Settings):
    """Base of the stand-ins.

    Attributes:
        passage: to where the plugin runs.
        place: which of its models this stands for.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=False)

    passage: ClassVar[Any]
    place: ClassVar[tuple[str, ...]]
    _stored: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def model_validate(cls, obj: Any, **more: Any) -> Self:
        """Let the plugin's own model look at the values.

        Raises:
            pydantic.ValidationError: it refuses them.
            hub.core.errors.Unreachable: the plugin's process rests after it has died.
        """
        if isinstance(obj, cls):
            return obj
        passage: Passage = cls.passage
        said = passage.ask("form", {"place": list(cls.place), "values": _jsonable(obj)})
        if not isinstance(said, dict):
            raise Unreadable("an answer about a form that is none")
        if "refusals" in said:
            raise unpack_refusals(cls.__name__, said["refusals"])
        made = super().model_validate(said.get("stored"))
        made._stored = said["stored"]
        return made

    def crossing(self) -> dict[str, Any]:
        """For the child: the values as stored, and the texts whose tokens were filled since."""
        filled = {name: pack(getattr(self, name)) for name in _with_tokens(type(self)) if self._was_filled(name)}
        return {"stored": self._stored, "filled": filled}

    def _was_filled(self, name: str) -> bool:
        value = getattr(self, name)
        return isinstance(value, Template) or (isinstance(value, str | dict) and value != self._stored.get(name))


@lru_cache(maxsize=1_024)
def _with_tokens(model: type[Settings]) -> tuple[str, ...]:
    return tuple(spec.name for spec in fields_of(model, step=True) if spec.tokens)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _jsonable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def stand_in(paper: FormPaper, passage: Passage, place: tuple[str, ...]) -> type[AwaySettings]:
    """A model with these fields."""
    fields: dict[str, Any] = {field.spec.name: _field(field) for field in paper.fields}
    made: type[AwaySettings] = create_model(paper.name, __base__=AwaySettings, __module__=__name__, **fields)
    made.passage, made.place = passage, place
    return made


def _field(paper: FieldPaper) -> tuple[Any, Any]:
    spec = paper.spec
    marks: list[Any] = [_bounds(paper)]
    if spec.help or spec.href:
        marks.append(Help(spec.help, spec.href))
    if spec.kind == "long" or spec.rows != 1:
        marks.append(Long(spec.rows))
    if spec.kind == "options":
        marks.append(Options(spec.source))
    if spec.kind == "rich":
        marks.append(Rich())
    if spec.kind == "secret" and spec.tokens:
        marks.append(Sealed())
    if spec.kind in ("choice", "choices"):
        marks.append(Choice(spec.source))  # type: ignore[arg-type]  # its words were checked where it was declared
    if spec.kind in ("text", "long", "table") and not spec.tokens:
        marks.append(Verbatim())
    kind = _kind(paper) | None
    info: Any = Field(title=spec.label) if spec.required else Field(spec.default, title=spec.label)
    return Annotated[(kind, *marks)], info


_PLAIN: dict[str, Any] = {"int": int, "float": float, "decimal": Decimal, "text": str}
_KINDS: dict[str, Any] = {"secret": Secret, "template": Template, "rich": Template, "toggle": bool, "lines": list[Any],
                          "choices": list[Any], "table": dict[str, Any], "long": str}  # fmt: skip


def _kind(paper: FieldPaper) -> Any:
    kind = paper.spec.kind
    if kind == "literal":
        return Literal[paper.values]
    if kind == "number":
        return _PLAIN.get(paper.type, float)
    if kind == "secret" and paper.spec.tokens:
        return Template
    return _KINDS.get(kind) or (str if paper.type == "text" else Any)


def _bounds(paper: FieldPaper) -> Any:
    """The limits a form shows. The child holds values against them."""
    spec = paper.spec
    told = {"ge": spec.minimum, "le": spec.maximum, "max_length": spec.max_length}
    return SimpleNamespace(**{name: value for name, value in told.items() if value is not None})
