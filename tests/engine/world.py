"""A small world for the engine's tests: an account, a connection, a plan, contacts on it, and a vendor to be counted.

::

    world = make_world(actions=[("postpigeon.mail_card", {"campaign": "c1"})])
    runs = world.enroll(3)
    world.work()                 # ring, claim, call, settle, until nothing is due
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import httpx
from django.db import transaction

from hub.accounts.models import Account
from hub.addons import catalog, installed
from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.core import registry as registries
from hub.db import clock
from hub.dispatch.batch import dispatch
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.engine import due, identity
from hub.engine.identity import Identity
from hub.engine.ledger import SqlLedger
from hub.engine.runtime import Writing
from hub.plans import changes as plans
from hub.plans import enrollment, loading, versions
from hub.plans.models import Plan, StepRun
from tests.core import postpigeon
from tests.support.people import make_account

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = {"api_key": "pigeon-key-123456", "studio": "s1"}
CARD = ("postpigeon.mail_card", {"campaign": "c1", "greeting": "Hi {{client.firstName}}"})
ADDRESS = {"line1": "1 High St", "city": "Austin", "state": "TX", "zip": "78701"}

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Vendor:
    """A vendor that counts what it does. ``answers`` are played one after the other before it behaves."""

    cards: list[dict[str, Any]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.answers:
            return self.answers.pop(0)(request)
        return self.behave(request)

    def behave(self, request: httpx.Request) -> httpx.Response:
        """What a well vendor does."""
        if request.method == "POST":
            card = {"id": f"id-{len(self.cards) + 1}", "status": "queued", **json.loads(request.content)}
            self.cards.append(card)
            return httpx.Response(201, json=card)
        wanted = request.url.params.get("ref")
        return httpx.Response(200, json=[card for card in self.cards if wanted in (None, card["ref"])])

    def acts_and_hangs_up(self, request: httpx.Request) -> httpx.Response:
        """The effect happens, the answer is lost."""
        self.behave(request)
        raise httpx.ReadError("the connection broke", request=request)

    def sent_twice(self) -> list[str]:
        """References that had two effects."""
        refs = [card["ref"] for card in self.cards]
        return sorted({ref for ref in refs if refs.count(ref) > 1})


@dataclass
class World:
    """Everything a test touches."""

    account: Account
    plan: Plan
    vendor: Vendor
    clock: clock.VirtualClock
    worker: Identity
    ledger: SqlLedger
    runner: Runner

    def contacts(self, number: int, **values: Any) -> list[Contact]:
        """New contacts with an address."""
        rows = [
            Contact(
                account=self.account, created_at=self.clock.now(), updated_at=self.clock.now(),
                **{"first_name": f"Ada{n}", "last_name": "Byron", **ADDRESS, **values},
            )
            for n in range(number)
        ]  # fmt: skip
        return Contact.objects.bulk_create(rows)

    def enroll(self, number: int = 1, **values: Any) -> list[StepRun]:
        """Put new contacts on the plan; returns their first runs."""
        people = self.contacts(number, **values)
        with transaction.atomic():
            enrollment.enroll(self.plan, [person.pk for person in people], by=SYSTEM, now=self.clock.now())
        return list(StepRun.objects.filter(contact_id__in=[p.pk for p in people]).order_by("contact_id"))

    def work(self, passes: int = 20) -> int:
        """Do what is due now, until nothing is."""
        done = 0
        for _ in range(passes):
            now = self.clock.now()
            ids, checks = due.due_steps(now, 500), due.due_checks(now, 500)
            if not ids and not checks:
                return done
            done += dispatch(ids, self.ledger, self.runner)
            self.runner.check(self.ledger.claim_checks(checks))
        return done

    def work_for(self, **span: float) -> None:
        """Let time pass second by second, doing what comes due."""
        end = self.clock.now() + timedelta(**span)
        while self.clock.now() < end:
            self.work()
            self.clock.advance(seconds=1)

    def dispatch(self, ids: Sequence[UUID]) -> int:
        """One message."""
        return dispatch(ids, self.ledger, self.runner)

    def connection(self) -> Connection:
        return Connection.objects.get(account=self.account, addon="postpigeon")


@contextmanager
def make_world(
    actions: Sequence[tuple[str, Mapping[str, Any]]] = (CARD,),
    *,
    timings: Sequence[Mapping[str, Any]] = (),
    notify: str = "none",
    more_addons: Sequence[Any] = (),
    beneath: str = "",
) -> Iterator[World]:
    """The world, until the block ends. With ``beneath`` there is an account of this name above the world's."""
    import hub.steps.email

    with ExitStack() as stack:
        time = clock.VirtualClock(MONDAY)
        stack.enter_context(clock.use(time))
        found = _registry(postpigeon.addon, hub.steps.addon, hub.steps.email.addon, *more_addons)
        assert not found.troubles, found.troubles
        stack.enter_context(installed.use(found))
        vendor = Vendor()
        outside = Outside(make_transport=lambda egress: httpx.MockTransport(vendor))
        stack.callback(outside.close)
        stack.enter_context(installed.use_outside(outside))
        loading.forget()
        catalog.sync(found)
        with transaction.atomic():
            account = make_account("Northside", make_account(beneath) if beneath else None)
            connect(account)
            plan = make_plan(account, actions, timings, notify)
        worker = identity.enter()
        stack.callback(worker.leave)
        ledger = SqlLedger(worker)
        runner = Runner(ledger, found, outside, chance=lambda: 0.0, writer=Writing())
        stack.callback(runner.close)
        yield World(account, plan, vendor, time, worker, ledger, runner)


@lru_cache(maxsize=8)
def _registry(*addons: Any) -> registries.Registry:
    """Nothing changes in one once it is built, which takes as long as a step does."""
    return registries.from_objects(addons)


def connect(account: Account, settings: Mapping[str, Any] = SETTINGS) -> None:
    """Switch PostPigeon on for an account."""
    addons.make_available(account, "postpigeon", by=SYSTEM)
    addons.enable(account, "postpigeon", by=SYSTEM)
    addons.save_settings(account, "postpigeon", settings, by=SYSTEM)


def make_plan(
    account: Account,
    actions: Sequence[tuple[str, Mapping[str, Any]]],
    timings: Sequence[Mapping[str, Any]],
    notify: str,
) -> Plan:
    """A ready plan with these steps, all at once unless timings are given."""
    plan = plans.create_plan(account, {"name": "Welcome"}, by=SYSTEM)
    draft = versions.draft_for_editing(plan, by=SYSTEM)
    steps = [
        {
            "action_type": type_, "name": f"Step {n + 1}", "options": dict(options), "notify": notify,
            "timing": dict(timings[n]) if n < len(timings) else {"kind": "immediately"},
        }
        for n, (type_, options) in enumerate(actions)
    ]  # fmt: skip
    draft = versions.save_draft(draft, draft.revision, steps, by=SYSTEM)
    versions.make_ready(draft, draft.revision, by=SYSTEM)
    return plan
