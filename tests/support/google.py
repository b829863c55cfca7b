"""A Google on loopback: a sign-in page with boxes that can be left unticked, tokens that end hourly, mailboxes behind its API.

Written from Google's papers and not from the plugin's simulation, so that the two can disagree: whose mailbox it is follows from
the token alone, what a token allows is asked at each call, history can be forgotten, and a page has two entries::

    with google_world() as world:
        world.google.box("ada@gmail.com").arrives(b"...")
        world.google.fail(rate_limited())       # the next call of the API
        world.google.fail(CUT_AFTER)            # the call is carried out, and the answer lost
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from typing import Any

from hub_gmail import addon
from hub_gmail.declaration import READ, SEND

from hub.core.auth import OAuth2
from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.testing.authorization import AuthorizationServer
from hub.testing.deeds import Hangup
from hub.testing.simulator_server import SimulatorServer
from hub.testing.wire import Reply, answered
from tests.support.oauth_server import visit

CLIENT = ("app-1.apps.example", "app-secret-7Q4711")
ME = "/gmail/v1/users/me"
CUT_AFTER = "cut after"
PAGE = 2
"""Entries on a page of history or of a list, whatever is asked for."""


def google_error(status: int, reason: str, message: str) -> Reply:
    """A no, as every Google API says it."""
    said = {"code": status, "message": message, "errors": [{"message": message, "domain": "global", "reason": reason}]}
    return answered(status, {"error": said})


def rate_limited() -> Reply:
    """403 with a rate for its reason: the status alone would be an admin's matter."""
    return google_error(403, "userRateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-03-02T09:07:00.000Z")


@dataclass
class Kept:
    """One mail in a mailbox."""

    id: str
    thread: str
    labels: tuple[str, ...]
    raw: bytes
    at: int

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.raw).get("Message-ID", "")).strip("<>")


@dataclass
class Box:
    """One person's mailbox.

    Attributes:
        forgotten: history before this number is gone.
    """

    address: str
    mails: list[Kept] = field(default_factory=list)
    forgotten: int = 0
    number: int = 1000

    def arrives(self, raw: bytes, thread: str = "") -> Kept:
        """Somebody writes to it."""
        return self.keep(raw, ("INBOX", "UNREAD"), thread)

    def keep(self, raw: bytes, labels: tuple[str, ...], thread: str = "") -> Kept:
        self.number += 1
        kept = Kept(f"m{self.number:x}", thread or f"t{self.number:x}", labels, raw, self.number)
        self.mails.append(kept)
        return kept

    @property
    def sent(self) -> list[Kept]:
        return [one for one in self.mails if "SENT" in one.labels]


class Google:
    """What a :class:`SimulatorServer` plays. One installation's app is registered: :data:`CLIENT`."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self.info = addon.hub_addon()
        assert isinstance(self.info.auth, OAuth2)
        self.authorization = AuthorizationServer(self.info.auth, wall, rotates=False)
        self.boxes: dict[str, Box] = {}
        self.calls: list[tuple[str, str]] = []
        self._troubles: list[Reply | str] = []
        self._lock = threading.RLock()

    def box(self, address: str) -> Box:
        """A person's mailbox."""
        return self.boxes.setdefault(address, Box(address))

    def fail(self, *troubles: Reply | str) -> None:
        """What the next calls of the API meet."""
        self._troubles += troubles

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """One call, of the sign-in or of the API."""
        if self.authorization.handles(path):
            return self.authorization.handle(method, path, query, headers, body)
        with self._lock:
            self.calls.append((method, path))
            token = {name.lower(): value for name, value in headers.items()}.get("authorization", "").removeprefix(
                "Bearer "
            )
            if not token or self.authorization.refuses(token) or token not in self.authorization._access:
                return google_error(401, "authError", "Invalid Credentials")
            family = self.authorization._access[token][0]
            trouble = self._troubles.pop(0) if self._troubles else None
            if isinstance(trouble, Reply):
                return trouble
            reply = self._api(self.box(family.who), family.scopes, method, path, query, headers, body)
            if trouble == CUT_AFTER:
                raise Hangup(CUT_AFTER)
            return reply

    def _api(
        self, box: Box, scopes: tuple[str, ...], method: str, path: str, query: Mapping[str, str],
        headers: Mapping[str, str], body: bytes,
    ) -> Reply:  # fmt: skip
        if path.endswith("/messages/send") and method == "POST":
            return _send(box, scopes, path, query, headers, body)
        if READ not in scopes:
            return google_error(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        if path == f"{ME}/profile":
            return answered(
                200, {"emailAddress": box.address, "messagesTotal": len(box.mails), "historyId": str(box.number)}
            )
        if path == f"{ME}/messages":
            return _list(box, query)
        if path == f"{ME}/history":
            return _history(box, query)
        return _show(box, path.rpartition("/")[2], query)


def _send(
    box: Box, scopes: tuple[str, ...], path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> Reply:
    if SEND not in scopes:
        return google_error(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    thread, raw = "", body
    if not path.startswith("/upload"):
        told = json.loads(body)
        thread, raw = told.get("threadId") or "", base64.urlsafe_b64decode(told["raw"])
    elif query.get("uploadType") == "multipart":
        kind = next(value for name, value in headers.items() if name.lower() == "content-type")
        parts = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body).get_payload()
        thread, raw = json.loads(parts[0].get_payload())["threadId"], parts[1].get_payload(0).as_bytes()
    if b"\nTo:" not in raw[:2000]:
        return google_error(400, "invalidArgument", "Recipient address required")
    kept = box.keep(raw, ("SENT",), thread)
    return answered(200, {"id": kept.id, "threadId": kept.thread, "labelIds": list(kept.labels)})


def _list(box: Box, query: Mapping[str, str]) -> Reply:
    wanted = query.get("q", "")
    label = query.get("labelIds")
    found = [one for one in box.mails if label is None or label in one.labels]
    if wanted.startswith("rfc822msgid:"):
        found = [one for one in found if one.message_id == wanted.partition(":")[2]]
    page, token = _page(found, query)
    listed = [{"id": one.id, "threadId": one.thread} for one in page]
    return answered(200, {**({"messages": listed} if listed else {}), **token, "resultSizeEstimate": len(found)})


def _history(box: Box, query: Mapping[str, str]) -> Reply:
    start = int(query["startHistoryId"])
    if start < box.forgotten:
        return google_error(404, "notFound", "Requested entity was not found.")
    found = [one for one in box.mails if one.at > start and query["labelId"] in one.labels]
    page, token = _page(found, query)
    entries = [
        {"id": str(one.at), "messagesAdded": [{"message": {"id": one.id, "threadId": one.thread}}]} for one in page
    ]
    return answered(200, {**({"history": entries} if entries else {}), **token, "historyId": str(box.number)})


def _page(found: list[Kept], query: Mapping[str, str]) -> tuple[list[Kept], dict[str, str]]:
    at = int(query.get("pageToken") or 0)
    return found[at : at + PAGE], ({"nextPageToken": str(at + PAGE)} if len(found) > at + PAGE else {})


def _show(box: Box, id_: str, query: Mapping[str, str]) -> Reply:
    one = next((kept for kept in box.mails if kept.id == id_), None)
    if one is None:
        return google_error(404, "notFound", "Requested entity was not found.")
    told = {"id": one.id, "threadId": one.thread, "sizeEstimate": len(one.raw), "historyId": str(one.at)}
    if query.get("format") == "raw":
        return answered(200, {**told, "raw": base64.urlsafe_b64encode(one.raw).decode()})
    headers = [{"name": name, "value": str(value)} for name, value in message_from_bytes(one.raw).items()]
    return answered(200, {**told, "payload": {"headers": headers}})


# --- a hub beside it ----------------------------------------------------------------------------------------------


@dataclass
class GoogleWorld:
    """A hub with Gmail switched on in one account, and Google."""

    world: Any
    google: Google
    server: SimulatorServer

    @property
    def account(self) -> Any:
        return self.world.account

    @property
    def connection(self) -> Any:
        from hub.addons.models import Connection

        return Connection.objects.get(account=self.account, addon="gmail")

    def at(self, more: str = "") -> str:
        """The add-on's page."""
        return f"/a/{self.account.pk}/add-ons/gmail{more}"

    def signs_in(self, browser: Any, who: str = "", consent: str = "", decision: str = "allow") -> Any:
        """Press *Sign in*, go to Google, press a button there, and come back."""
        import html
        import re

        out = browser.post(self.at("/sign-in"), {"consent": consent} if consent else {})
        assert out.status_code == 200, out
        found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', out.content.decode())
        assert found is not None
        self.google.authorization.who = who
        return browser.get(visit(html.unescape(found[1]), decision), follow=True)

    def after(self, run: Any, **span: float) -> str:
        """Let time pass, work, and say how the run stands."""
        self.world.clock.advance(**span)
        self.world.work()
        run.refresh_from_db()
        return str(run.state)


@contextmanager
def google_world(settings: Any, address: str = "ada@gmail.com") -> Iterator[GoogleWorld]:
    """Gmail switched on, its address typed; nobody is signed in."""
    from django.db import transaction

    from hub.addons import changes, installed
    from hub.audit.actor import SYSTEM
    from hub.dispatch.runner import Runner
    from hub.engine.runtime import Writing
    from tests.engine.world import make_plan, make_world

    settings.HUB_PUBLIC_URL = "https://hub.acme.example"
    settings.HUB_OAUTH_CLIENTS = {"gmail": CLIENT}
    with make_world(more_addons=[addon]) as world:
        google = Google(world.clock.now)
        with SimulatorServer(google) as server:  # type: ignore[arg-type]  # it handles calls like one
            outside = Outside(Egress.of([server.address]), server.urls)
            runner = Runner(world.ledger, installed.registry(), outside, chance=lambda: 0.0, writer=Writing())
            with installed.use_outside(outside), transaction.atomic():
                changes.make_available(world.account, "gmail", by=SYSTEM)
                changes.enable(world.account, "gmail", by=SYSTEM)
                if address:
                    given = {"address": address, "sender_name": "Ada, Engines Ltd"}
                    changes.save_settings(world.account, "gmail", given, by=SYSTEM)
                    step = (
                        "mail.send",
                        {"subject": "Welcome {{client.firstName}}", "text": "Hello {{client.firstName}}"},
                    )
                    world.plan = make_plan(world.account, [step], (), "none")
            world.runner = runner
            try:
                with installed.use_outside(outside):
                    yield GoogleWorld(world, google, server)
            finally:
                runner.close()
                outside.close()
