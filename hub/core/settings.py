"""Settings: the forms of an add-on, as pydantic models.

One model gives the account's settings (the key, the studio), one model an action's step (the campaign, the greeting). From
the fields the host draws the form, checks the input, encrypts what is secret, fills the tokens, and writes the manifest, so
a field says all it must say in its type::

    class Account(Settings):
        api_key: Secret
        studio: Annotated[str, Options("studios")]

    class MailCard(Settings):
        campaign: Annotated[str, Options("campaigns"), Help("Tie the campaign to a design first.")]
        greeting: str = "Hi {{client.firstName}}"

========================== ===========================================================
in the model               in the form
========================== ===========================================================
``str``                    a line of text; in a step, tokens are filled
``Annotated[str, Long()]`` several lines
``Secret``                 write-only; the last four characters are shown
``Options("x")``           a dropdown fed by the add-on's function ``x``, with a typed-in way out
``Literal["a", "b"]``      a dropdown
``Choice("plan")``         a dropdown of the account's own plans, users, tags, sales cycles
``bool``                   a toggle
``int``, ``float``         a number
``Decimal``                a number to the last digit, for money; stored as text
``Template``               text whose tokens the action fills itself
``list[str]``              one entry a line
``dict[str, str]``         a small table of names and values
========================== ===========================================================

``Annotated[Template, Rich()]`` is a text with formatting, stored as HTML; ``Annotated[Template, Sealed()]`` a secret with tokens,
such as an address that is itself a key; ``Annotated[list[str], Choice("file")]`` a row of boxes to tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, SecretStr
from pydantic.fields import FieldInfo

from hub.core.errors import DeclarationError
from hub.core.tokens import Template


class Settings(BaseModel):
    """Base of every settings model. Frozen; a field that is not declared is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @classmethod
    def leaves_out(cls, values: Mapping[str, Any]) -> bool:
        """Whether a step that is filled in so is about somebody else than the contact, who then needs nothing for it."""
        return False


Secret = Annotated[
    SecretStr, PlainSerializer(lambda value: value.get_secret_value(), return_type=str, when_used="unless-none")
]
"""A value that is stored encrypted, shown as its last four characters, and never logged."""


@dataclass(frozen=True, slots=True)
class Options:
    """The field is chosen from a live list: the function the add-on registered with ``@addon.options(name)``."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The field is chosen from the account's own things.

    Args:
        of: ``user``, ``plan``, ``sales_cycle``, ``lead_source``, ``tag``, ``mailbox``, ``file``.
    """

    of: Literal["user", "plan", "sales_cycle", "lead_source", "tag", "mailbox", "file"]


def check_link(href: str) -> None:
    """Refuse an address that a browser would run instead of open, while its author is looking.

    Raises:
        DeclarationError: it is neither empty nor an ``https:``, ``http:`` or ``mailto:`` address.
    """
    if href and not href.lower().startswith(("https://", "http://", "mailto:")):
        raise DeclarationError(f"{href!r} is not a link; write an address that begins with https://")


@dataclass(frozen=True, slots=True)
class Help:
    """A sentence under the field. ``href`` adds a link."""

    text: str
    href: str = ""

    def __post_init__(self) -> None:
        check_link(self.href)


@dataclass(frozen=True, slots=True)
class Long:
    """Several lines of text."""

    rows: int = 5


@dataclass(frozen=True, slots=True)
class Rich:
    """Text with formatting, for a field of the type ``Template``. Stored as HTML, whose tokens the action fills and escapes."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The text of a field of the type ``Template`` may be a key: stored encrypted like a ``Secret``, its tokens filled."""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Tokens in this text are not filled."""


def _lines(value: Any) -> Any:
    return [line.strip() for line in value.splitlines() if line.strip()] if isinstance(value, str) else value


Lines = Annotated[list[str], BeforeValidator(_lines)]
"""A list typed one entry a line."""


# --- what the host reads off a model -----------------------------------------------------------------------------

_M = TypeVar("_M")

FieldKind = Literal["text", "long", "secret", "options", "choice", "literal", "toggle", "number", "template", "lines",
                    "table", "rich", "choices"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form, as plain data: what the manifest holds and the host draws."""

    name: str
    label: str
    kind: FieldKind
    required: bool
    help: str = ""
    href: str = ""
    default: Any = None
    choices: tuple[tuple[str, str], ...] = ()
    source: str = ""
    tokens: bool = False
    rows: int = 1
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None


def fields_of(model: type[Settings], *, step: bool = False) -> tuple[FieldSpec, ...]:
    """The form of a settings model, in the order of its fields.

    Args:
        step: the model is an action's, so plain texts take tokens.
    """
    return tuple(_spec(name, info, step) for name, info in model.model_fields.items())


@lru_cache(maxsize=1_024)
def secret_names(model: type[Settings]) -> frozenset[str]:
    """The fields that must be stored encrypted. Asked before every call of a plugin, so the answer is remembered."""
    return frozenset(spec.name for spec in fields_of(model) if spec.kind == "secret")


def _spec(name: str, info: FieldInfo, step: bool) -> FieldSpec:
    kind = _kind(info)
    help_: Help | None = _mark(info, Help)
    long_: Long | None = _mark(info, Long)
    return FieldSpec(
        name=name,
        label=info.title or name.replace("_", " ").capitalize(),
        kind=kind,
        required=info.is_required(),
        help=help_.text if help_ else (info.description or ""),
        href=help_.href if help_ else "",
        default=_default(info),
        choices=_choices(info),
        source=_source(info),
        tokens=kind in ("template", "rich")
        or (kind == "secret" and _plain(info.annotation) is Template)
        or (step and kind in ("text", "long", "table") and not _mark(info, Verbatim)),
        rows=long_.rows if long_ else 1,
        minimum=_bound(info, "ge"),
        maximum=_bound(info, "le"),
        max_length=_length(info),
    )


def _kind(info: FieldInfo) -> FieldKind:
    if _mark(info, Options):
        return "options"
    plain = _plain(info.annotation)
    if _mark(info, Choice):
        return "choices" if (get_origin(plain) or plain) is list else "choice"
    if plain is Template and _mark(info, Sealed) is not None:
        return "secret"
    if plain is Template and _mark(info, Rich) is not None:
        return "rich"
    if plain is str and _mark(info, Long) is not None:
        return "long"
    if get_origin(plain) is Literal:
        return "literal"
    return _KINDS.get(get_origin(plain) or plain, "text")


_KINDS: dict[Any, FieldKind] = {
    SecretStr: "secret", Template: "template", bool: "toggle", int: "number", float: "number", Decimal: "number",
    str: "text", list: "lines", tuple: "lines", dict: "table",
}  # fmt: skip


def _plain(annotation: Any) -> Any:
    """``X | None`` is drawn as an ``X`` that may be left empty."""
    arms = [arm for arm in get_args(annotation) if arm is not type(None)]
    if get_origin(annotation) is not Literal and len(arms) == 1 and type(None) in get_args(annotation):
        inner = arms[0]
        return get_args(inner)[0] if get_origin(inner) is Annotated else inner
    return annotation


def _mark(info: FieldInfo, kind: type[_M]) -> _M | None:
    return next((mark for mark in info.metadata if isinstance(mark, kind)), None)


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return None
    value = info.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        return None
    return str(value) if isinstance(value, Template | Decimal) else value


def _choices(info: FieldInfo) -> tuple[tuple[str, str], ...]:
    plain = _plain(info.annotation)
    if get_origin(plain) is not Literal:
        return ()
    return tuple((str(value), str(value).replace("_", " ")) for value in get_args(plain))


def _source(info: FieldInfo) -> str:
    options, choice = _mark(info, Options), _mark(info, Choice)
    return options.name if options else (choice.of if choice else "")


def _bound(info: FieldInfo, name: str) -> float | None:
    return next((float(getattr(mark, name)) for mark in info.metadata if hasattr(mark, name)), None)


def _length(info: FieldInfo) -> int | None:
    return next((int(mark.max_length) for mark in info.metadata if hasattr(mark, "max_length")), None)
