"""The drop-down of providers: what a person may connect a mailbox to, as data.

Every loaded mailer that the account may use stands in it: one that signs in at its provider by its own name, one with servers
by each provider it knows, and *Custom* where servers may be named. Whoever is connected by servers that a mailer has replaced
sees the old way and the new one side by side, marked *OLD* and *NEW*; nobody else ever sees the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.accounts.models import Account
from hub.addons import connections, installed
from hub.addons.models import Connection
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.core.mail import Mailer, MailPreset
from hub.core.mail_form import CUSTOM, DETECT
from hub.core.mail_servers import NoServers, detect, servers_of
from hub.core.settings import fields_of

READ = "read"
"""The name of the consent that lets a mailbox be read, where its mailer asks for that apart."""

_OWN_SERVERS = ("smtp_", "imap_")


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry.

    Attributes:
        key: names it in forms.
        title: as people read it.
        preset: the provider whose servers are known.
        old: the way that the person still uses, and that another has replaced.
    """

    key: str
    title: str
    info: AddOnInfo
    mailer: Mailer
    preset: MailPreset | None = None
    old: bool = False

    @property
    def signs_in(self) -> bool:
        """Its owner signs in at the provider; there is no password to type."""
        return isinstance(self.info.auth, OAuth2)

    @property
    def custom(self) -> bool:
        """Servers are named by hand."""
        return self.mailer.by_post and self.preset is None

    @property
    def provider(self) -> str:
        """What the form's own field *provider* holds; empty where it has none."""
        if not self.mailer.by_post or "provider" not in self.info.settings.model_fields:
            return ""
        return self.preset.title if self.preset else CUSTOM

    @property
    def reading_apart(self) -> bool:
        """Reading is allowed by a consent of its own."""
        return isinstance(self.info.auth, OAuth2) and any(one.name == READ for one in self.info.auth.consents)

    def asks(self, field: str) -> bool:
        """Whether a field of the add-on's form is for the person to fill in here."""
        if field in ("provider", "sender_name"):
            return False
        return self.custom or not field.startswith(_OWN_SERVERS)


def offered(account: Account, current: Connection | None = None) -> list[Offer]:
    """What may be chosen in an account, by somebody who is connected by ``current``."""
    infos = [plugin.info for plugin in installed.registry().plugins.values() if plugin.info.mailers]
    available = connections.available_here(account, [info.name for info in infos])
    here = sorted((info for info in infos if info.name in available), key=lambda info: info.title)
    return with_the_old(_in_order(entry for info in here for entry in _entries(info)), current)


def _in_order(entries: Iterable[Offer]) -> list[Offer]:
    """Signing in is the simplest way, servers of one's own the last."""
    return sorted(entries, key=lambda one: (not one.signs_in, one.custom))


def _entries(info: AddOnInfo) -> Iterable[Offer]:
    for mailer in info.mailers:
        for preset in mailer.presets:
            if not preset.instead:
                yield Offer(f"{mailer.name}/{preset.name}", preset.title, info, mailer, preset)
        if mailer.custom:
            yield Offer(f"{mailer.name}/custom", CUSTOM, info, mailer)
        if not mailer.by_post:
            yield Offer(mailer.name, _name_of(info), info, mailer)


def _name_of(info: AddOnInfo) -> str:
    """People from elsewhere know some mailers by a longer name that tells the way; that is the one they look for."""
    return next((one for one in info.aliases if one.startswith(f"{info.title} via ")), info.title)


def with_the_old(entries: Sequence[Offer], current: Connection | None) -> list[Offer]:
    """The same with *OLD* and *NEW*, where the current way was replaced by another that is offered."""
    host = host_of(current) if current is not None else ""
    new = next((one for one in entries if host and host in one.mailer.replaces), None)
    mine = of_connection(entries, current) if current is not None and new is not None else None
    if new is None or mine is None:
        return list(entries)
    title = new.info.title
    old = replace(mine, key=f"{mine.mailer.name}/old", title=f"{title} OLD", old=True)
    marked = [replace(one, title=f"{title} NEW") if one.key == new.key else one for one in entries]
    return [old, *marked]


def host_of(connection: Connection) -> str:
    """The SMTP server by which a mailbox is reached with a password; empty where it is by none, or not known."""
    plugin = installed.plugin(connection.addon)
    mailer = next((one for one in plugin.info.mailers if one.by_post), None) if plugin else None
    if plugin is None or mailer is None or isinstance(plugin.info.auth, OAuth2) or not connection.settings:
        return ""
    try:
        return servers_of(mailer, _Plain(connection.settings)).smtp.host.casefold()
    except NoServers:
        return ""


class _Plain:
    """Stored settings with the form's defaults, read by name."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def __getattr__(self, name: str) -> Any:
        default = {"files_sent": False, "provider": DETECT}.get(name, "")
        return self._settings.get(name, default)


def of_connection(entries: Iterable[Offer], connection: Connection) -> Offer | None:
    """The entry by which a connection was made; the old one where there is one."""
    mine = [one for one in entries if one.info.name == connection.addon]
    chosen = str(connection.settings.get("provider", ""))
    if chosen == DETECT:
        found = next((detect(one.mailer, str(connection.settings.get("address", ""))) for one in mine), None)
        chosen = found.title if found else CUSTOM
    fitting = [one for one in mine if not one.mailer.by_post or one.provider == chosen]
    return next((one for one in fitting if one.old), None) or next(iter(fitting), None)


def by_key(entries: Iterable[Offer], key: str) -> Offer | None:
    """The entry of this name."""
    return next((one for one in entries if one.key == key), None)


def by_address(entries: Sequence[Offer], address: str) -> Offer | None:
    """The entry that surely carries an address, by its domain."""
    domain = address.rpartition("@")[2].strip().casefold()
    if not domain:
        return None
    signing_in = (one for one in entries if domain in one.mailer.domains)
    known = (one for one in entries if one.preset and domain in one.preset.domains)
    return next(signing_in, None) or next(known, None)


def by_exchangers(entries: Sequence[Offer], hosts: Iterable[str]) -> Offer | None:
    """The entry whose servers take the mail of a domain in; the first host that anybody knows counts, and the longest name."""
    for host in hosts:
        found = [(len(name), one) for one in entries for name in _taken_in(one) if f".{host}".endswith(f".{name}")]
        if found:
            return max(found, key=lambda pair: pair[0])[1]
    return None


def _taken_in(offer: Offer) -> tuple[str, ...]:
    if offer.old or offer.custom:
        return ()
    return offer.preset.exchangers if offer.preset else offer.mailer.exchangers


def reads_mail(offer: Offer, settings: Mapping[str, Any]) -> bool:
    """Whether mail can be read by it at all: by servers, only where one for reading is named."""
    if offer.mailer.read is not None or not offer.mailer.by_post:
        return offer.mailer.read is not None
    try:
        return servers_of(offer.mailer, _Plain(settings)).imap is not None
    except NoServers:
        return False


def account_field(offer: Offer) -> str:
    """The field that says whose mailbox it is."""
    auth = offer.info.auth
    named = auth.account_field if isinstance(auth, OAuth2) else ""
    names = {spec.name for spec in fields_of(offer.info.settings)}
    return named or ("address" if "address" in names else "")
