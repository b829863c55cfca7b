"""``AddOn``: the short way to write a plugin.

An author declares endpoints and decorates functions; the object implements the hooks of :mod:`hub.core.hookspecs` from
what it was told. Everything is checked while the author is looking: a mistake is a :class:`DeclarationError` at import.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, overload
from urllib.parse import urlsplit

from hub.core.actions import Action, Run, check_generator, check_signature
from hub.core.auth import Auth, NoAuth, OAuth2
from hub.core.durations import LeadTime, duration
from hub.core.durations import lead_time as read_lead_time
from hub.core.effects import Effect
from hub.core.endpoints import DEADLINE, MAX_OPEN_BODY, Endpoint, Errors, Rate, RawAnswer, RawRequest
from hub.core.errors import DeclarationError
from hub.core.hookspecs import hookimpl
from hub.core.mail import Mailer
from hub.core.mail_action import signs_in
from hub.core.outcomes import Finding, Outcome
from hub.core.records import Event, HmacSha256, Pull, Trigger, Webhook
from hub.core.records import Mapping as ChoiceMapping
from hub.core.settings import Settings, check_link, fields_of
from hub.core.tokens import TokenSet

CONTRACT = 1
"""The version of this contract. A plugin written for a later one is listed and not loaded."""

NAME = re.compile(r"^[a-z][a-z0-9_]{1,39}$")

OptionsList = Callable[..., Awaitable[Mapping[str, str]]]
"""``async def (vendor)``, returning value → label."""

Check = Callable[..., Awaitable[str]]
"""``async def (vendor)``, returning whom the key belongs to; raising says what is wrong."""

T = TypeVar("T")


def check_base_url(addon: str, url: str) -> None:
    """Refuse an address under which no call could be made, or that would carry a secret into every log.

    Empty is allowed: a mailer and a step without a vendor have none, and an endpoint asks for it.

    Raises:
        DeclarationError: it has another scheme, no host, a port that is none, a user, a query or a fragment. The address is not
            repeated, for there may be a password in it.
    """
    if url and (wrong := _wrong_with(url)):
        raise DeclarationError(f"{addon}: the base_url {wrong}; write for example 'https://api.vendor.example/v1'")


def _wrong_with(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # half an IPv6 address, a port of letters
        return "is not an address"
    if url != "".join(url.split()) or not url.isprintable():
        return "has spaces in it"
    if parts.scheme not in ("https", "http"):
        return "begins with neither https:// nor http://"
    if not host or port == 0:
        return "has a port that is none" if host else "names no host"
    if parts.username is not None or parts.password is not None:
        return "holds a user or a password, which belong into the settings form and auth="
    return "has a query or a fragment, which no path can follow" if "?" in url or "#" in url else ""


def _check_at_once(name: str, at_once: int) -> None:
    if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 0:
        raise DeclarationError(
            f"{name}: at_once={at_once!r} is no number of calls; leave it out where the vendor sets no limit"
        )


@dataclass(frozen=True)
class AddOnInfo:
    """What ``hub_addon`` returns: the add-on's public face.

    Attributes:
        name: in small letters; the first part of its action types.
        title: as people read it.
        summary: one sentence for the gallery.
        base_url: where its endpoints live.
        settings: the account's form.
        auth: how calls are signed.
        rate: the vendor's limit, for one credential over all workers.
        errors: statuses with a meaning of their own.
        hosts: further hosts its calls may go to.
        contract: the version of the contract it was written for.
        aliases: earlier names, found by the gallery's search.
        help: paragraphs for the admin: how to get a key, what must be set up at the vendor.
        links: label → address, shown beside the help.
        logo: an icon name from the host's set, or a path inside the package.
        always_on: it adds kinds of things rather than a vendor; no account switches it (the built-in steps).
        endpoints: all declared calls.
        options: live lists by name.
        check: asks the vendor whose key it is.
        mailers: its ways to send mail; the hub fills them in from ``hub_mailers``.
        at_once: how many writing calls the vendor allows at the same time, for one credential over all workers; 0 is any number.
        module: where it is declared, by which the author's kit finds what lies beside its code. :class:`AddOn` fills it in.
    """

    name: str
    title: str
    settings: type[Settings] = Settings
    summary: str = ""
    base_url: str = ""
    auth: Auth = field(default_factory=NoAuth)
    rate: Rate | None = None
    errors: Errors = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    contract: int = CONTRACT
    aliases: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    logo: str = ""
    always_on: bool = False
    endpoints: tuple[Endpoint[Any], ...] = ()
    options: Mapping[str, OptionsList] = field(default_factory=dict)
    check: Check | None = None
    mailers: tuple[Mailer, ...] = ()
    at_once: int = 0
    module: str = ""

    def __post_init__(self) -> None:
        check_base_url(self.name, self.base_url)
        _check_at_once(self.name, self.at_once)
        for href in self.links.values():
            check_link(href)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The hosts a call with this add-on's credential may go to."""
        own = urlsplit(self.base_url).hostname
        signing_in = self.auth.hosts if isinstance(self.auth, OAuth2) else ()
        return frozenset({*self.hosts, *signing_in, *([own] if own else [])})


class ActionHandle:
    """What ``@addon.action`` leaves behind: the function, callable as before, and a place to hang ``reconcile``."""

    def __init__(self, addon: AddOn, action: Action) -> None:
        self._addon = addon
        self.type = action.type

    @property
    def action(self) -> Action:
        """The declaration as it stands now."""
        return self._addon._actions[self.type]

    def reconcile(self, function: Callable[..., Awaitable[Finding]]) -> Callable[..., Awaitable[Finding]]:
        """Register the function that asks the vendor what became of an unclear attempt."""
        self._addon._actions[self.type] = self.action.with_reconcile(function)
        return function

    def __call__(self, vendor: Any, step: Any, contact: Any) -> Awaitable[Outcome]:
        return self.action.run(vendor, step, contact)


class AddOn:
    """An add-on being declared. See ``docs/hooks.md`` for every argument with an example."""

    def __init__(
        self,
        name: str,
        *,
        title: str,
        base_url: str = "",
        settings: type[Settings] = Settings,
        auth: Auth | None = None,
        rate: Rate | None = None,
        at_once: int = 0,
        errors: Errors | None = None,
        summary: str = "",
        hosts: Iterable[str] = (),
        contract: int = CONTRACT,
        aliases: Iterable[str] = (),
        help: Iterable[str] = (),
        links: Mapping[str, str] | None = None,
        logo: str = "",
        always_on: bool = False,
    ) -> None:
        if not NAME.match(name):
            raise DeclarationError(f"{name!r} is not an add-on's name; use small letters, digits and underscores")
        check_base_url(name, base_url)
        _check_at_once(name, at_once)
        self.name, self.title, self.base_url, self.settings = name, title, base_url.rstrip("/"), settings
        self.auth: Auth = auth or NoAuth()
        self.rate, self.at_once, self.errors = rate, at_once, dict(errors or {})
        self.summary, self.contract = summary, contract
        self.hosts, self.aliases, self.help = tuple(hosts), tuple(aliases), tuple(help)
        self.links, self.logo, self.always_on = dict(links or {}), logo, always_on
        self.module = str(sys._getframe(1).f_globals.get("__name__", ""))
        self._endpoints: list[Endpoint[Any]] = []
        self._options: dict[str, OptionsList] = {}
        self._check: Check | None = None
        self._actions: dict[str, Action] = {}
        self._ways_in: list[Trigger | Webhook] = []
        self._mappings: list[ChoiceMapping] = []
        self._mailers: list[Mailer] = []
        self._tokens: list[TokenSet] = []
        self._check_auth()
        for href in self.links.values():
            check_link(href)

    def _check_auth(self) -> None:
        known = {spec.name for spec in fields_of(self.settings)}
        lost = [name for name in self.auth.fields if name not in known]
        if lost:
            raise DeclarationError(f"{self.name}: the credential reads {lost}, which the settings form has not")

    # --- endpoints ---------------------------------------------------------------------------------------------

    @overload
    def get(self, path: str, answer: type[T], **more: Any) -> Endpoint[T]: ...
    @overload
    def get(self, path: str, answer: Any, **more: Any) -> Endpoint[Any]: ...
    def get(self, path: str, answer: Any, **more: Any) -> Endpoint[Any]:
        """A call that only reads."""
        return self._endpoint("GET", path, answer, **more)

    def post(self, path: str, body: Any, answer: type[T], *, effect: Effect | None = None, **more: Any) -> Endpoint[T]:
        """A call that writes. ``effect`` is not optional in truth: leaving it out is an error at import."""
        return self._endpoint("POST", path, answer, body=body, effect=effect, **more)

    def put(self, path: str, body: Any, answer: type[T], *, effect: Effect | None = None, **more: Any) -> Endpoint[T]:
        """As :meth:`post`, with PUT."""
        return self._endpoint("PUT", path, answer, body=body, effect=effect, **more)

    def patch(self, path: str, body: Any, answer: type[T], *, effect: Effect | None = None, **more: Any) -> Endpoint[T]:
        """As :meth:`post`, with PATCH."""
        return self._endpoint("PATCH", path, answer, body=body, effect=effect, **more)

    def delete(self, path: str, answer: type[T], *, effect: Effect | None = None, **more: Any) -> Endpoint[T]:
        """As :meth:`post`, with DELETE and no body."""
        return self._endpoint("DELETE", path, answer, effect=effect, **more)

    def open(self, effect: Effect, **more: Any) -> Endpoint[RawAnswer]:
        """A write to an address an admin typed into the step (the webhook step). Takes a :class:`RawRequest`."""
        more = {"max_body": MAX_OPEN_BODY, **more}
        return self._endpoint("POST", "", RawAnswer, body=RawRequest, effect=effect, open=True, **more)

    def _endpoint(
        self, method: str, path: str, answer: Any, *, deadline: str | timedelta = DEADLINE, **more: Any
    ) -> Endpoint[Any]:
        endpoint: Endpoint[Any] = Endpoint(method, path, answer, deadline=duration(deadline), **more)
        if not endpoint.open and not self.base_url:
            raise DeclarationError(f"{self.name}: {endpoint.label} needs the add-on's base_url")
        self._endpoints.append(endpoint)
        return endpoint

    # --- functions ---------------------------------------------------------------------------------------------

    def check(self, function: Check) -> Check:
        """Register the connection test: return whom the key belongs to."""
        check_signature(function, ("vendor",), f"{self.name}.check")
        self._check = function
        return function

    def options(self, name: str) -> Callable[[OptionsList], OptionsList]:
        """Register the function behind ``Options(name)``: return value → label."""

        def register(function: OptionsList) -> OptionsList:
            check_signature(function, ("vendor",), f"{self.name}.options({name!r})")
            self._options[name] = function
            return function

        return register

    def action(
        self,
        name: str,
        settings: type[Settings],
        *,
        title: str,
        needs: Iterable[str] = (),
        needs_linked: Iterable[str] | None = None,
        lead_time: str | LeadTime | None = None,
        changes: Iterable[type[Any]] = (),
        advice: str = "",
        icon: str = "",
        channel: str = "",
    ) -> Callable[[Run], ActionHandle]:
        """Register an action ``async def (vendor, step, contact) -> Outcome`` as ``<add-on>.<name>``."""
        lead = read_lead_time(lead_time)

        def register(function: Run) -> ActionHandle:
            type_ = f"{self.name}.{name}"
            if type_ in self._actions:
                raise DeclarationError(f"{type_} is declared twice")
            action = Action(
                type_, title, settings, function, tuple(needs), lead, None, tuple(changes), advice, icon, channel,
                None if needs_linked is None else tuple(needs_linked),
            )  # fmt: skip
            self._actions[type_] = action
            return ActionHandle(self, action)

        return register

    def trigger(self, name: str, *, title: str, kinds: Mapping[str, str] | None = None) -> Callable[[Pull], Pull]:
        """Register a pulled way in: an async generator ``(vendor, since, cursor)`` that yields pages."""

        def register(function: Pull) -> Pull:
            check_generator(function, ("vendor", "since", "cursor"), f"{self.name}.{name}")
            self._ways_in.append(Trigger(f"{self.name}.{name}", title, function, dict(kinds or {})))
            return function

        return register

    def webhook(
        self, name: str, payload: type[Any], *, verify: HmacSha256, dedupe: str
    ) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
        """Register a pushed way in. The handler gets the parsed payload and returns records or an event."""
        if dedupe not in payload.model_fields:
            raise DeclarationError(f"{self.name}: the webhook {name!r} de-duplicates by {dedupe!r}, which it has not")

        def register(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
            self._ways_in.append(Webhook(name, payload, function, verify, dedupe))
            return function

        return register

    def event(self, name: str, *, reference: str = "", contact: str = "", **data: str) -> Event:
        """Make an event for a webhook handler to return."""
        return Event(f"{self.name}.{name}", reference, contact, tuple(data.items()))

    def mapping(
        self, name: str, *, title: str, left: str, right: str, many: bool = False, kinds: Iterable[str] = ()
    ) -> ChoiceMapping:
        """Declare a table from the vendor's choices (an options function) to ours."""
        mapping = ChoiceMapping(f"{self.name}.{name}", title, left, right, many, tuple(kinds))
        self._mappings.append(mapping)
        return mapping

    def mailer(self, mailer: Mailer) -> Mailer:
        """Register a way to send and read mail. Where it has mail servers, signing in is the connection test."""
        self._mailers.append(mailer)
        if mailer.by_post and self._check is None:
            self._check = signs_in
        return mailer

    def tokens(self, tokens: TokenSet) -> TokenSet:
        """Register tokens for texts."""
        self._tokens.append(tokens)
        return tokens

    # --- the hooks ---------------------------------------------------------------------------------------------

    @hookimpl
    def hub_addon(self) -> AddOnInfo:
        return AddOnInfo(
            name=self.name, title=self.title, settings=self.settings, summary=self.summary, base_url=self.base_url,
            auth=self.auth, rate=self.rate, errors=self.errors, hosts=self.hosts, contract=self.contract,
            aliases=self.aliases, help=self.help, links=self.links, logo=self.logo, always_on=self.always_on,
            endpoints=tuple(self._endpoints), options=dict(self._options), check=self._check,
            at_once=self.at_once, module=self.module,
        )  # fmt: skip

    @hookimpl
    def hub_actions(self) -> Iterable[Action]:
        return tuple(self._actions.values())

    @hookimpl
    def hub_triggers(self) -> Iterable[Trigger | Webhook]:
        return tuple(self._ways_in)

    @hookimpl
    def hub_mappings(self) -> Iterable[ChoiceMapping]:
        return tuple(self._mappings)

    @hookimpl
    def hub_auth(self) -> Iterable[Auth]:
        return (self.auth,)

    @hookimpl
    def hub_mailers(self) -> Iterable[Mailer]:
        return tuple(self._mailers)

    @hookimpl
    def hub_tokens(self) -> Iterable[TokenSet]:
        return tuple(self._tokens)
