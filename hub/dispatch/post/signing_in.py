"""Signing in at an SMTP server, always in two steps: the mechanism first, the secret when the server asks for it.

A token of 3,000 characters does not fit into the line that names the mechanism; sent so, Dovecot, Postfix and others refuse it.
A server that refuses a token says why in a challenge of its own and then waits for an empty line; without it both would wait
for ever (RFC 7628, Google's XOAUTH2 papers).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable

from aiosmtplib.protocol import SMTPProtocol
from aiosmtplib.response import SMTPResponse

from hub.core.mail_servers import Server
from hub.dispatch.post.orders import Login
from hub.dispatch.post.said import Refusal, Stage

Answers = Callable[[Server, Login], tuple[str, ...]]
"""What to say at each of the server's questions."""


def xoauth2(user: str, token: str) -> str:
    """Google's and Microsoft's string, before it is coded."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def oauthbearer(user: str, token: str, server: Server) -> str:
    """RFC 7628's string, before it is coded."""
    return f"n,a={user},\x01host={server.host}\x01port={server.port}\x01auth=Bearer {token}\x01\x01"


BY_TOKEN: dict[str, Answers] = {
    "xoauth2": lambda server, login: (xoauth2(server.user, login.token),),
    "oauthbearer": lambda server, login: (oauthbearer(server.user, login.token, server),),
}
BY_PASSWORD: dict[str, Answers] = {
    "plain": lambda server, login: (f"\0{server.user}\0{login.password}",),
    "login": lambda server, login: (server.user, login.password),
}
"""Mechanism → answers, the better one first. The line is safe already, so the secret needs no other cover."""


async def sign_in(protocol: SMTPProtocol, offered: Iterable[str], server: Server, login: Login) -> None:
    """Sign in.

    Raises:
        Refusal: the server does not want this user, password or token, or offers no way to give it.
    """
    table = BY_TOKEN if login.token else BY_PASSWORD
    known = {name.lower() for name in offered}
    mechanism = next((name for name in table if name in known), None)
    if mechanism is None:
        wanted = " or ".join(name.upper() for name in table)
        raise Refusal(Stage.LOGIN, 504, f"the server does not offer to sign in by {wanted}")
    response = await protocol.execute_command(b"AUTH", mechanism.upper().encode())
    for answer in table[mechanism](server, login):
        if response.code != 334:
            break
        response = await protocol.execute_command(base64.b64encode(answer.encode()))
    if response.code == 334:  # it says why not, and waits for an empty line
        response = await protocol.execute_command(b"")
    _must_be_in(response)


def _must_be_in(response: SMTPResponse) -> None:
    if response.code != 235:
        raise Refusal(Stage.LOGIN, response.code, response.message)
