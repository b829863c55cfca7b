"""From a mailer's call to a frozen request, and back again in the post room.

What is written down holds the whole mail and its envelope, and no secret: servers, user and password are added at the last moment
from the connection as it then is, like the credential of any other vendor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from hub.core.addon import AddOnInfo
from hub.core.auth import MailboxLogin, OAuth2, Signed, reveal
from hub.core.endpoints import Endpoint
from hub.core.errors import Refused, Stopped
from hub.core.mail import Mailer, Message
from hub.core.mail_mime import Unwritable, as_bytes, ascii_address, needs_utf8
from hub.core.mail_post import LONGEST_WAIT, SEND, WAIT, Until
from hub.core.mail_servers import NoServers, Server, Servers, password_of, servers_of
from hub.core.outcomes import Broken, NeedsAdmin, Rejected
from hub.dispatch.requests import FrozenRequest

_SCHEMES = {("smtp", "implicit"): "smtps", ("smtp", "starttls"): "smtp", ("imap", "implicit"): "imaps",
            ("imap", "starttls"): "imap"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """How to sign in: a password, or a token."""

    password: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A request as the post room reads it."""

    servers: Servers
    login: Login
    sender: str = ""
    to: tuple[str, ...] = ()
    utf8: bool = False
    content: bytes = b""


def mailer_of(info: AddOnInfo) -> Mailer:
    """The add-on's mailer that speaks by post.

    Raises:
        Stopped: it has none.
    """
    found = next((mailer for mailer in info.mailers if mailer.by_post), None)
    if found is None:
        raise Stopped(Broken("The plugin uses vendor.post and has no mailer that speaks by post."))
    return found


def prepared(
    info: AddOnInfo, settings: Any, endpoint: Endpoint[Any], body: Any, now: datetime
) -> tuple[Endpoint[Any], FrozenRequest]:
    """The call as it is meant for this connection, and its request.

    Raises:
        Refused: the connection does not say which servers, or the message cannot be written as a mail.
    """
    mailer = mailer_of(info)
    servers = _servers(mailer, settings)
    if endpoint.body is not None and not isinstance(body, endpoint.body):
        raise TypeError(f"{endpoint.label} takes a {endpoint.body.__name__}, not a {type(body).__name__}")
    if endpoint.path == SEND.path:
        effect = replace(mailer.effect, visible=servers.files_sent and servers.imap is not None)
        return replace(SEND, effect=effect), _letter(servers.smtp, body, now)
    server = servers.imap or servers.smtp
    content = body.model_dump_json().encode() if isinstance(body, BaseModel) else b""
    return endpoint, FrozenRequest("GET", f"{_url('imap', server)}/{endpoint.path.removeprefix('mail:')}", (), content)


def seconds_of_waiting(endpoint: Endpoint[Any], request: FrozenRequest) -> float:
    """How long a call is asked to wait for news. Its deadline counts beyond that."""
    if endpoint.path != WAIT.path:
        return 0.0
    return max(0.0, min(Until.model_validate_json(request.content).seconds, LONGEST_WAIT))


def _servers(mailer: Mailer, settings: Any) -> Servers:
    try:
        return servers_of(mailer, settings)
    except NoServers as trouble:
        raise Refused(NeedsAdmin(f"{trouble}.", field=trouble.field)) from None


def _letter(server: Server, message: Message, now: datetime) -> FrozenRequest:
    try:
        message = type(message).model_validate(message.model_dump())  # a model can be made without its checks
        content = as_bytes(message, now)
        envelope = [("Mail-From", ascii_address(message.sender))]
        envelope += [("Rcpt-To", ascii_address(address)) for address in message.to]
    except Unwritable as trouble:
        raise Refused(Rejected(f"{str(trouble).capitalize()}.")) from None
    except ValueError:
        raise Refused(Broken("The plugin made a message that no mail can hold.")) from None
    utf8 = [("Smtp-Utf8", "yes")] if needs_utf8(message) else []
    kind = [("Content-Type", "message/rfc822")]
    return FrozenRequest("POST", _url("smtp", server), tuple(kind + utf8 + envelope), content)


def _url(protocol: str, server: Server) -> str:
    return f"{_SCHEMES[protocol, server.tls]}://{server.host}:{server.port}"


def secret_of(info: AddOnInfo) -> str:
    """The settings field that holds the password, or the token."""
    auth = info.auth
    return auth.password if isinstance(auth, MailboxLogin) else next(reversed(auth.fields), "password")


def signature(info: AddOnInfo, settings: Any) -> Signed:
    """The servers and the credential of a connection, which are not written down."""
    servers = _servers(mailer_of(info), settings)
    auth = info.auth
    secret: dict[str, str] = {}
    if isinstance(auth, MailboxLogin):
        secret["password"] = password_of(servers, settings, auth.password)
    elif isinstance(auth, OAuth2):
        secret["token"] = reveal(settings, auth.field)
    return Signed({"Post-Servers": servers.model_dump_json(), "Post-Login": json.dumps(secret)}, {})


def order_of(ready: FrozenRequest) -> Order:
    """A signed request, read."""
    named: Mapping[str, str] = dict(ready.headers)
    to = tuple(value for name, value in ready.headers if name == "Rcpt-To")
    return Order(
        Servers.model_validate_json(named["Post-Servers"]), Login(**json.loads(named["Post-Login"])),
        named.get("Mail-From", ""), to, "Smtp-Utf8" in named, ready.content,
    )  # fmt: skip
