"""A Dovecot of our own: IMAP with IDLE, submission, and local delivery, with users whose passwords and tokens a test decides.

Its submission server hands every mail on to a :class:`Relay` (aiosmtpd), which plays the outside world. Tokens are looked up at a
small introspection server, as Dovecot does in earnest. The settings are those of Dovecot 2.3 (Debian 12); 2.4 spells them anew.
"""

from __future__ import annotations

import imaplib
import json
import os
import pwd
import shutil
import smtplib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller

from tests.support.mail_certificates import certificate
from tests.support.servers import START_SECONDS, Server, free_port

PASSWORD = "app-specific-pw"
NO_SUCH_USER = 68
"""How ``doveadm kick`` ends when there is nobody to hang up on."""

CONFIG = """
protocols = imap lmtp submission
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2 oauthbearer
auth_username_format = %Lu
auth_failure_delay = 0 secs
first_valid_uid = 1
mail_location = maildir:~/Maildir
recipient_delimiter = +
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 secs
hostname = lab.crm.test
postmaster_address = postmaster@crm.test
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
{more}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.ext
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%Lu {home}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%Lu {home}/users
  default_fields = uid={user} gid={group} home={home}/mail/%Ld/%Ln
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = {submission}
  }}
  inet_listener submissions {{
    port = {submissions}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""

OAUTH = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
force_introspection = yes
active_attribute = active
active_value = true
username_attribute = username
timeout_msecs = 30000
"""


@dataclass
class Tokens:
    """The introspection server: token → user. Change the table while it runs."""

    users: dict[str, str] = field(default_factory=dict)
    port: int = 0

    def start(self) -> Callable[[], None]:
        """Serve; call what comes back to stop."""
        users = self.users

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                user = users.get(form.get("token", [""])[0], "")
                body = json.dumps({"active": bool(user), "username": user}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, name="tokens", daemon=True).start()

        def stop() -> None:
            server.shutdown()
            server.server_close()

        return stop


class Relay:
    """The outside world: takes what the submission server hands on.

    Attributes:
        mails: raw, oldest first.
        refuses: recipient → the answer.
        after: called with each mail before it is acknowledged.
    """

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.refuses: dict[str, str] = {}
        self.answer = "250 2.0.0 queued"
        self.after: Callable[[bytes], None] = lambda raw: None
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=START_SECONDS)

    def forget(self) -> None:
        """Be as new."""
        self.mails.clear()
        self.refuses.clear()
        self.answer, self.after = "250 2.0.0 queued", lambda raw: None

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.mails.append(envelope.original_content)
            self.after(envelope.original_content)
        return self.answer


class Dovecot(Server):
    """See the module's docstring. ``port`` is IMAP with STARTTLS; the others have names of their own."""

    name = "dovecot"

    def __init__(self, relay: Relay, tokens: Tokens, more: str = "") -> None:
        super().__init__()
        self.imaps, self.submission, self.submissions, self.lmtp = _four()
        self._relay, self._tokens, self._more = relay, tokens, more

    def prepare(self) -> None:
        """As root the mail belongs to nobody in particular; otherwise everything is ours."""
        root, user = _user()
        (self.home / "mail").mkdir()
        os.chmod(self.home, 0o755)
        if root:
            shutil.chown(self.home / "mail", user.pw_uid, user.pw_gid)
        (self.home / "oauth2.ext").write_text(OAUTH.format(port=self._tokens.port))
        (self.home / "users").write_text(
            "".join(f"{name}@crm.test:{{PLAIN}}{PASSWORD}::::::\n" for name in ("ada", "bea"))
        )
        self._write_down()

    def move(self) -> None:
        super().move()
        self.imaps, self.submission, self.submissions, self.lmtp = _four()
        self._write_down()

    def _write_down(self) -> None:
        """The configuration, ports and all."""
        root, user = _user()
        pair = certificate()
        text = CONFIG.format(
            home=self.home, cert=pair.cert, key=pair.key, relay=self._relay.port, port=self.port, imaps=self.imaps,
            submission=self.submission, submissions=self.submissions, lmtp=self.lmtp, user=user.pw_uid,
            group=user.pw_gid, more=self._more + ("" if root else _rootless(user.pw_name)),
        )  # fmt: skip
        (self.home / "dovecot.conf").write_text(text)

    def command(self) -> list[str]:
        return [_program("dovecot"), "-F", "-c", str(self.home / "dovecot.conf")]

    def answers(self) -> bool:
        return all(_greets(port, word) for port, word in ((self.port, b"* OK"), (self.submission, b"220")))

    def doveadm(self, *words: str) -> str:
        """Say something to the running server."""
        command = [_program("doveadm"), "-c", str(self.home / "dovecot.conf"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def kicks(self, user: str = "ada@crm.test") -> bool:
        """Hang up on a user. False: nobody of that name is there."""
        try:
            self.doveadm("kick", user)
        except subprocess.CalledProcessError as refusal:
            if refusal.returncode != NO_SUCH_USER:
                raise
            return False
        return True

    def deliver(self, to: str, raw: bytes) -> None:
        """A mail arrives."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail("world@elsewhere.test", [to], raw)

    def sent(self, user: str = "ada@crm.test") -> list[bytes]:
        """What lies in *Sent*."""
        with self._mailbox(user) as box:
            box.select("Sent", readonly=True)
            numbers = box.search(None, "ALL")[1][0].split()
            return [bytes(box.fetch(n.decode(), "(BODY.PEEK[])")[1][0][1]) for n in numbers]  # type: ignore[index]

    def file(self, raw: bytes, user: str = "ada@crm.test") -> None:
        """Put a mail into *Sent*, as a provider does that files by itself."""
        with self._mailbox(user) as box:
            box.append("Sent", "\\Seen", None, raw)  # type: ignore[arg-type]

    def empty(self, user: str = "ada@crm.test") -> None:
        """Throw everything away."""
        for folder in ("Sent", "INBOX"):
            self.doveadm("expunge", "-u", user, "mailbox", folder, "all")

    def _mailbox(self, user: str) -> imaplib.IMAP4_SSL:
        box = imaplib.IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=certificate().trusted())
        box.login(user, PASSWORD)
        return box


def _four() -> tuple[int, int, int, int]:
    return free_port(), free_port(), free_port(), free_port()


def _user() -> tuple[bool, pwd.struct_passwd]:
    """Whether somebody is root, and to whom the mail belongs."""
    root = os.getuid() == 0
    return root, pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())


def _rootless(name: str) -> str:
    """What Dovecot needs to know when nobody in the house is root."""
    services = (
        "anvil",
        "imap-login",
        "submission-login",
        "stats",
        "old-stats",
        "ipc",
        "director",
        "imap-urlauth-login",
    )
    users = f"\ndefault_internal_user = {name}\ndefault_internal_group = {name}\ndefault_login_user = {name}\n"
    return users + "".join(f"service {service} {{\n  chroot =\n}}\n" for service in services)


def _program(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    assert found, f"{name} is not installed; run tools/system-packages"
    return found


def _greets(port: int, word: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plug:
            return plug.recv(64).startswith(word)
    except OSError:
        return False


class Cable:
    """A line between a client and a server that can be cut."""

    def __init__(self, port: int) -> None:
        self._target, self._plugs = port, list[socket.socket]()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._serve, name="cable", daemon=True).start()

    def cut(self) -> None:
        """Now, in the middle of whatever is said. Who calls again at once is not cut off, too."""
        cut, self._plugs = self._plugs, []
        for plug in cut:
            with suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more calls."""
        self.cut()
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            self._plugs += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(one, other), name="cable", daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65_536):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)


def trusted() -> ssl.SSLContext:
    """A client that trusts this machine's mail servers."""
    return certificate().trusted()
