"""A plugin's declarations as data: written in its own process, read by the host, which never sees the plugin itself.

The manifest (:mod:`hub.core.manifest`) is what screens need; this is what the dispatcher needs. Where the declaration holds code
(a form's checks, an answer's model, a function) the papers say only that it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter

from hub.core.actions import Action
from hub.core.auth import Auth, Basic, HeaderKey, MailboxLogin, NoAuth, OAuth2, QueryKey
from hub.core.durations import LeadTime
from hub.core.effects import Effect
from hub.core.endpoints import Encode, Endpoint, Errors, Rate, RawAnswer
from hub.core.errors import DeclarationError
from hub.core.mail import Mailer, MailPreset
from hub.core.records import HmacSha256, Trigger, Webhook
from hub.core.records import Mapping as ChoiceMapping
from hub.core.registry import Plugin
from hub.core.settings import FieldSpec, Settings, fields_of
from hub.core.tokens import Token
from hub.dispatch.apart.coding import CHANGES, OUTCOMES

AUTHS: Mapping[str, type[Any]] = {
    kind.__name__: kind for kind in (NoAuth, HeaderKey, QueryKey, Basic, OAuth2, MailboxLogin)
}
"""Credentials that the host can sign with. One of a plugin's own would need the plugin's code to sign."""


class _Paper(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldPaper(_Paper):
    """One field of a form.

    Attributes:
        type: ``int``, ``float``, ``decimal``, ``text``, or empty where the form's kind says enough.
        values: the words of a ``Literal``.
    """

    spec: FieldSpec
    type: str = ""
    values: tuple[str | int | bool, ...] = ()


class FormPaper(_Paper):
    """A settings model: its fields as a step's form has them."""

    name: str
    fields: tuple[FieldPaper, ...] = ()


class EndpointPaper(_Paper):
    """A declared call.

    Attributes:
        body: the class of its body; empty when it takes none.
        answer: ``nothing``, ``raw``, ``bytes``, or a model that only the plugin can read.
        checks: it has a further check of a good answer.
        refuses: it reads what the vendor says with its *no*.
    """

    method: str
    path: str
    name: str = ""
    body: str = ""
    answer: Literal["nothing", "raw", "bytes", "model"] = "nothing"
    effect: Effect | None = None
    encode: Encode = "json"
    checks: bool = False
    refuses: bool = False
    errors: dict[int, str] = {}
    deadline: timedelta
    attested: bool = True
    open: bool = False
    max_body: int
    headers: dict[str, str] = {}


class ActionPaper(_Paper):
    """A kind of step."""

    type: str
    title: str
    form: FormPaper
    needs: tuple[str, ...] = ()
    lead_time: LeadTime | None = None
    reconciles: bool = False
    changes: tuple[str, ...] = ()
    advice: str = ""
    icon: str = ""
    channel: str = ""
    needs_linked: tuple[str, ...] | None = None


class WayInPaper(_Paper):
    """A trigger (``verify`` is None) or a webhook."""

    name: str
    title: str = ""
    kinds: dict[str, str] = {}
    payload: str = ""
    verify: HmacSha256 | None = None
    dedupe: str = ""


class MailerPaper(_Paper):
    """A mailer, and which of its ways are code."""

    name: str
    title: str
    presets: tuple[MailPreset, ...] = ()
    custom: bool = False
    settle: str
    strong: bool = False
    sends: bool = False
    finds: bool = False
    reads: bool = False
    largest: int = 0
    as_links: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()


class Papers(_Paper):
    """Everything the host needs to know of a plugin. The attributes are those of :class:`hub.core.addon.AddOnInfo`."""

    name: str
    title: str
    summary: str = ""
    base_url: str = ""
    form: FormPaper
    auth: str
    auth_data: dict[str, Any] = {}
    rate: Rate | None = None
    at_once: int = 0
    errors: dict[int, str] = {}
    hosts: tuple[str, ...] = ()
    contract: int
    aliases: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    links: dict[str, str] = {}
    logo: str = ""
    always_on: bool = False
    endpoints: tuple[EndpointPaper, ...] = ()
    options: tuple[str, ...] = ()
    checks: bool = False
    actions: tuple[ActionPaper, ...] = ()
    ways_in: tuple[WayInPaper, ...] = ()
    mappings: tuple[ChoiceMapping, ...] = ()
    mailers: tuple[MailerPaper, ...] = ()
    tokens: tuple[tuple[Token, ...], ...] = ()


def papers_of(plugin: Plugin) -> Papers:
    """Write a loaded plugin's declarations down.

    Raises:
        DeclarationError: something of it works only inside the hub's own process.
    """
    info = plugin.info
    by_mail = {mailer.name for mailer in plugin.mailers}
    return Papers(
        name=info.name, title=info.title, summary=info.summary, base_url=info.base_url, form=_form(info.settings),
        auth=_auth(info.auth), auth_data=_plain(info.auth), rate=info.rate, at_once=info.at_once,
        errors=_errors(info.errors), hosts=info.hosts, contract=info.contract,
        aliases=info.aliases, help=info.help, links=dict(info.links), logo=info.logo,
        always_on=info.always_on, endpoints=tuple(_endpoint(one) for one in info.endpoints), options=tuple(info.options),
        checks=info.check is not None,
        actions=tuple(_action(one) for one in plugin.actions if one.type not in by_mail),
        ways_in=tuple(_way_in(one) for one in plugin.ways_in), mappings=plugin.mappings,
        mailers=tuple(_mailer(one) for one in plugin.mailers), tokens=tuple(group.tokens for group in plugin.tokens),
    )  # fmt: skip


def _auth(auth: Auth) -> str:
    name = type(auth).__name__
    if AUTHS.get(name) is not type(auth):
        raise DeclarationError(
            f"its calls are signed by a class of its own ({name[:60]}), which works only inside the hub's process; "
            "use one of hub.core's, or name the plugin in HUB_PLUGIN_TRUSTED"
        )
    return name


def _plain(auth: Auth) -> dict[str, Any]:
    data: dict[str, Any] = TypeAdapter(type(auth)).dump_python(auth, mode="json")
    return data


def _errors(errors: Errors) -> dict[int, str]:
    """A meaning of a plugin's own making counts as the one of ours that it is made from."""
    return {status: next(one.__name__ for one in kind.__mro__ if one in OUTCOMES) for status, kind in errors.items()}


def _endpoint(endpoint: Endpoint[Any]) -> EndpointPaper:
    return EndpointPaper(
        method=endpoint.method, path=endpoint.path, name=endpoint.name,
        body="" if endpoint.body is None else _name(endpoint.body), answer=_answer(endpoint.answer),
        effect=endpoint.effect, encode=endpoint.encode, checks=endpoint.success is not None,
        refuses=endpoint.refusal is not None, errors=_errors(endpoint.errors), deadline=endpoint.deadline,
        attested=endpoint.attested, open=endpoint.open, max_body=endpoint.max_body, headers=dict(endpoint.headers),
    )  # fmt: skip


def _answer(kind: Any) -> Literal["nothing", "raw", "bytes", "model"]:
    if kind is None or kind is type(None):
        return "nothing"
    if kind is bytes:
        return "bytes"
    return "raw" if kind is RawAnswer else "model"


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", "a value"))[:100]


def _action(action: Action) -> ActionPaper:
    return ActionPaper(
        type=action.type, title=action.title, form=_form(action.settings), needs=action.needs,
        lead_time=action.lead_time, reconciles=action.reconcile is not None,
        changes=tuple(kind.__name__ for kind in action.changes if kind in CHANGES), advice=action.advice,
        icon=action.icon, channel=action.channel, needs_linked=action.needs_linked,
    )  # fmt: skip


def _way_in(way: Trigger | Webhook) -> WayInPaper:
    if isinstance(way, Trigger):
        return WayInPaper(name=way.name, title=way.title, kinds=dict(way.kinds))
    return WayInPaper(name=way.name, payload=_name(way.payload), verify=way.verify, dedupe=way.dedupe)


def _mailer(mailer: Mailer) -> MailerPaper:
    return MailerPaper(
        name=mailer.name, title=mailer.title, presets=mailer.presets, custom=mailer.custom, settle=mailer.settle,
        strong=mailer.strong, sends=mailer.send is not None, finds=mailer.find is not None,
        reads=mailer.read is not None, largest=mailer.largest, as_links=mailer.as_links,
        domains=mailer.domains, replaces=mailer.replaces, exchangers=mailer.exchangers,
    )  # fmt: skip


def _form(model: type[Settings]) -> FormPaper:
    specs = fields_of(model, step=True)
    fields = tuple(_field(spec, model.model_fields[spec.name].annotation) for spec in specs)
    return FormPaper(name=model.__name__, fields=fields)


def _field(spec: FieldSpec, annotation: Any) -> FieldPaper:
    words = _words(annotation)
    return FieldPaper(spec=FieldSpec(**asdict(spec)), type=_type(annotation), values=words)


_TYPES: Mapping[Any, str] = {int: "int", float: "float", Decimal: "decimal", str: "text"}


def _type(annotation: Any) -> str:
    """The plain type inside ``X | None`` and ``Annotated``."""
    if annotation in _TYPES:
        return _TYPES[annotation]
    arms = [_type(arm) for arm in get_args(annotation) if get_origin(annotation) is not Literal]
    return next((arm for arm in arms if arm), "")


def _words(annotation: Any) -> tuple[str | int | bool, ...]:
    if get_origin(annotation) is Literal:
        return tuple(word for word in get_args(annotation) if isinstance(word, str | int | bool))
    found = [_words(arm) for arm in get_args(annotation) if hasattr(arm, "__args__") or get_origin(arm)]
    return next((words for words in found if words), ())
