"""Sending over a real socket: what leaves, what counts as sent, and the plain word for what went wrong."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time

import pytest

from hub.core.egress import Egress
from hub.core.mail_servers import Server, Servers
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft
from hub.dispatch.post import smtp
from hub.dispatch.post.orders import Login, Order
from hub.dispatch.post.said import Said, Stage
from hub.dispatch.post.wire import Wire
from tests.support.mail_certificates import certificate
from tests.support.mail_script import DROP, DROP_IN_DATA, HANG, Script, served

MAIL = b"Message-ID: <1@x.test>\r\nSubject: hi\r\n\r\nhello\r\n.dot\r\n"
LONG_TOKEN = "t" * 3_000


def sent(
    script: Script,
    *,
    content: bytes = MAIL,
    to: tuple[str, ...] = ("bea@y.test",),
    login: Login | None = None,
    tls: str = "",
    host: str = "127.0.0.1",
    trust: ssl.SSLContext | None = None,
    seconds: float = 60.0,
    utf8: bool = False,
) -> Exchange:
    """Send one mail to the scripted server, as the post room would."""
    server = Server(host=host, port=script.port, tls=tls or script.tls, user="ada@x.test")  # type: ignore[arg-type]
    order = Order(Servers(smtp=server), login or Login(password="open sesame"), "ada@x.test", to, utf8, content)
    wire = Wire(Egress.of([f"{host}:{script.port}"]), trust or script.certificate.trusted())
    return asyncio.run(smtp.send(wire, order, time.monotonic() + seconds))


def said(result: Exchange) -> Said:
    assert isinstance(result, Answered), result
    return Said.model_validate_json(result.content)


# --- what leaves ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_mail_is_sent_and_the_server_s_word_comes_back(tls: str) -> None:
    with served(Script(tls=tls)) as server:  # type: ignore[arg-type]
        result = sent(server)

    assert isinstance(result, Answered)
    assert result.status == 250
    assert json.loads(result.content)["said"] == "2.0.0 queued as 4711"
    assert len(server.mails) == 1


def test_mailozaurr_608_bare_line_feeds_never_leave_and_dots_are_doubled() -> None:
    with served(Script()) as server:
        sent(server, content=b"Subject: hi\n\nline\n.dot\r..\rend")

    (raw,) = server.mails
    assert raw == b"Subject: hi\r\n\r\nline\r\n..dot\r\n...\r\nend\r\n"
    assert not re.search(rb"(?<!\r)\n", raw)


def test_the_envelope_names_the_sender_and_every_recipient() -> None:
    with served(Script()) as server:
        sent(server, to=("bea@y.test", "cleo@z.test"))

    assert f"MAIL FROM:<ada@x.test> SIZE={len(MAIL)}" in server.lines
    assert [line for line in server.lines if line.startswith("RCPT")] == [
        "RCPT TO:<bea@y.test>",
        "RCPT TO:<cleo@z.test>",
    ]


# --- signing in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offers", "login", "given"),
    [
        ("PLAIN LOGIN", Login(password="p w"), ["\0ada@x.test\0p w"]),
        ("LOGIN", Login(password="pä"), ["ada@x.test", "pä"]),
        ("XOAUTH2 PLAIN", Login(token=LONG_TOKEN), [f"user=ada@x.test\x01auth=Bearer {LONG_TOKEN}\x01\x01"]),
    ],
)
def test_the_secret_goes_over_in_a_second_step(offers: str, login: Login, given: list[str]) -> None:
    with served(Script(extensions=(f"AUTH {offers}",))) as server:
        result = sent(server, login=login)

    assert isinstance(result, Answered)
    assert result.status == 250
    assert server.given == given


def test_a_token_goes_by_oauthbearer_where_nothing_else_is_offered() -> None:
    with served(Script(extensions=("AUTH OAUTHBEARER",))) as server:
        sent(server, login=Login(token="abc"))

    assert server.given == [f"n,a=ada@x.test,\x01host=127.0.0.1\x01port={server.port}\x01auth=Bearer abc\x01\x01"]


@pytest.mark.parametrize("login", [Login(password="wrong"), Login(token="wrong")])
def test_a_wrong_secret_is_told_as_a_refused_login(login: Login) -> None:
    with served(Script(password="right")) as server:
        answer = said(sent(server, login=login))

    assert (answer.stage, answer.code) == (Stage.LOGIN, 535)
    assert server.mails == []


def test_a_server_without_a_way_to_sign_in_is_told_so() -> None:
    with served(Script(extensions=("AUTH GSSAPI",))) as server:
        answer = said(sent(server))

    assert answer.stage is Stage.LOGIN
    assert "PLAIN or LOGIN" in answer.words


# --- TLS -----------------------------------------------------------------------------------------------------------


def test_a_certificate_nobody_vouches_for_is_named_and_nothing_is_said() -> None:
    with served(Script(tls="implicit")) as server:
        answer = said(sent(server, trust=ssl.create_default_context()))

    assert answer.stage is Stage.CERTIFICATE
    assert "self" in answer.words
    assert server.lines == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_for_another_name_is_named(tls: str) -> None:
    with served(Script(tls=tls, certificate=certificate("mail.elsewhere.test"))) as server:  # type: ignore[arg-type]
        answer = said(sent(server))

    assert answer.stage is Stage.CERTIFICATE
    assert "127.0.0.1" in answer.words
    assert server.given == []


def test_an_expired_certificate_is_another_matter() -> None:
    with served(Script(tls="implicit", certificate=certificate("127.0.0.1", days=-1))) as server:
        assert said(sent(server)).stage is Stage.EXPIRED


@pytest.mark.parametrize(("speaks", "asked"), [("starttls", "implicit"), ("implicit", "starttls")])
def test_the_wrong_kind_of_tls_is_found_out(speaks: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "GREETING_SECONDS", 0.5)
    with served(Script(tls=speaks)) as server:  # type: ignore[arg-type]
        answer = said(sent(server, tls=asked))

    assert (answer.stage, answer.words) == (Stage.TLS_MODE, speaks)


def test_no_secret_goes_over_a_line_that_cannot_be_made_safe() -> None:
    with served(Script(tls="none")) as server:
        answer = said(sent(server, tls="starttls"))

    assert answer.stage is Stage.TLS
    assert server.given == []


# --- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("127.0.0.1", 587, "private network"),
        ("169.254.169.254", 25, "private network"),
        ("2130706433", 587, "must name its host"),
        ("mail.example.com", 22, "port 22"),
        ("mail.example.com/x", 587, "cannot be read"),
    ],
)
def test_servers_inside_a_private_network_and_other_ports_are_not_spoken_to(host: str, port: int, why: str) -> None:
    server = Server(host=host, port=port, tls="starttls", user="ada")
    order = Order(Servers(smtp=server), Login(password="p"), "ada@x.test", ("bea@y.test",), False, MAIL)
    wire = Wire(Egress(), ssl.create_default_context())

    result = asyncio.run(smtp.send(wire, order, time.monotonic() + 60))

    assert isinstance(result, NeverLeft)
    assert result.blocked
    assert why in result.reason


def test_a_name_that_stands_for_a_private_address_is_not_spoken_to() -> None:
    order = Order(Servers(smtp=Server(host="localhost", port=587, tls="starttls", user="ada")), Login(password="p"))
    result = asyncio.run(smtp.send(Wire(Egress(), ssl.create_default_context()), order, time.monotonic() + 60))

    assert isinstance(result, NeverLeft)
    assert result.blocked


# --- can the server have it? ---------------------------------------------------------------------------------------

SURE = {
    "nobody listens": {},
    "hangs up instead of greeting": {"GREETING": DROP},
    "hangs up at EHLO": {"EHLO": DROP},
    "hangs up at AUTH": {"AUTH": DROP},
    "hangs up at MAIL": {"MAIL": DROP},
    "hangs up at RCPT": {"RCPT": DROP},
    "hangs up at DATA": {"DATA": DROP},
    "hangs up in the middle of the mail": {"DATA": DROP_IN_DATA},
}


@pytest.mark.parametrize("words", sorted(SURE))
def test_up_to_the_dot_nothing_was_sent(words: str) -> None:
    script = Script(tls="implicit", replies=SURE[words], extensions=("AUTH PLAIN",))
    with served(script):
        script.port = 9 if words == "nobody listens" else script.port
        result = sent(script, content=MAIL + b"x" * 8_000_000)

    assert isinstance(result, NeverLeft), result
    assert script.mails == []


@pytest.mark.parametrize(("reply", "seconds"), [(DROP, 60.0), (HANG, 3.0), ("no idea", 60.0), ("354 more?", 60.0)])
def test_after_the_dot_only_the_server_s_own_word_counts(reply: str, seconds: float) -> None:
    with served(Script(replies={".": reply})) as server:
        result = sent(server, seconds=seconds)

    assert isinstance(result, Lost), result
    assert len(server.mails) == 1


def test_a_server_that_says_nothing_ends_at_the_deadline() -> None:
    with served(Script(replies={"MAIL": HANG})) as server:
        begun = time.monotonic()
        result = sent(server, seconds=1.0)

    assert isinstance(result, NeverLeft)
    assert time.monotonic() - begun < 30


REFUSALS: list[tuple[dict[str, str], Stage, int]] = [
    ({"GREETING": "554 5.7.1 go away"}, Stage.GREETING, 554),
    ({"GREETING": "421 4.3.2 busy"}, Stage.GREETING, 421),
    ({"MAIL": "553 5.7.1 not your address"}, Stage.SENDER, 553),
    ({"RCPT": "550 5.1.1 unknown"}, Stage.RECIPIENT, 550),
    ({"RCPT": "452 4.2.2 full"}, Stage.RECIPIENT, 452),
    ({"DATA": "451 4.7.1 later"}, Stage.DATA, 451),
    ({".": "554 5.7.1 spam"}, Stage.DOT, 554),
    ({".": "552 5.2.2 full"}, Stage.DOT, 552),
]


@pytest.mark.parametrize(("replies", "stage", "code"), REFUSALS)
def test_a_clear_no_comes_back_with_how_far_we_had_come(replies: dict[str, str], stage: Stage, code: int) -> None:
    with served(Script(replies=replies)) as server:
        answer = said(sent(server))

    assert (answer.stage, answer.code, answer.host) == (stage, code, "127.0.0.1")


def test_one_refused_recipient_stops_the_mail_for_all() -> None:
    with served(Script(replies={"RCPT": "550 5.1.1 unknown"})) as server:
        sent(server, to=("bea@y.test", "cleo@z.test"))

    assert server.mails == []
    assert "DATA" not in server.lines


def test_a_mail_larger_than_the_server_takes_is_not_even_begun() -> None:
    with served(Script(extensions=("SIZE 1024", "AUTH PLAIN"))) as server:
        answer = said(sent(server, content=MAIL + b"x" * 2_000))

    assert answer.stage is Stage.SIZE
    assert not any(line.startswith("MAIL") for line in server.lines)


@pytest.mark.parametrize(
    ("extensions", "check"), [(("AUTH PLAIN",), False), (("AUTH PLAIN", "SMTPUTF8", "8BITMIME"), True)]
)
def test_letters_outside_ascii_in_an_address_need_a_server_that_knows_them(
    extensions: tuple[str, ...], check: bool
) -> None:
    with served(Script(extensions=extensions)) as server:
        result = sent(server, to=("zoë@y.test",), utf8=True)

    if check:
        assert "MAIL FROM:<ada@x.test> SMTPUTF8 BODY=8BITMIME" in server.lines
        assert len(server.mails) == 1
    else:
        assert said(result).stage is Stage.LETTERS


def test_a_command_cannot_be_smuggled_into_an_address() -> None:

    with served(Script()) as server:
        result = sent(server, to=("bea@y.test>\r\nRSET",))

    assert isinstance(result, NeverLeft)
    assert "RSET" not in server.lines
