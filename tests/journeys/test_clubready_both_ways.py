"""ClubReady both ways, on real rows and a simulated vendor: people come in on their plans, others go out, all meet once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dramatiq
import httpx
import pytest
from django.db import transaction
from dramatiq.brokers.stub import StubBroker
from hub_clubready import addon
from hub_clubready.simulation import PEOPLE

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.addons.mappings import changes as mappings
from hub.audit.actor import SYSTEM
from hub.contacts import list_changes, review
from hub.contacts.models import Contact, LeadSource
from hub.core.manifest import freeze
from hub.core.registry import from_objects
from hub.imports import actors
from hub.imports.models import Import
from hub.imports.vendor import changes as imports
from hub.plans import enrollment
from hub.plans.models import Enrollment, Plan, StepRun
from hub.testing.deeds import Hangup
from hub.testing.simulator import Simulator
from tests.engine.world import World, make_plan, make_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KEYS = {"api_key": "club-key-1234567", "store_id": 1234}


@pytest.fixture
def club() -> Simulator:
    """The simulated vendor."""
    return Simulator(addon.hub_addon())


@pytest.fixture
def world(club: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Northside beneath an enterprise, with ClubReady on, a plan for those who come and one that pushes."""
    if dramatiq.broker.global_broker is None:
        dramatiq.set_broker(StubBroker())
    monkeypatch.setattr(actors.run_turn, "send", lambda *ids: None)
    with make_world([("steps.note", {"text": "hello"})], more_addons=[addon], beneath="Chain") as world:
        monkeypatch.setattr(world.vendor, "answers", Forever(club))
        with transaction.atomic():
            addons.make_available(world.account, "clubready", by=SYSTEM)
            addons.enable(world.account, "clubready", by=SYSTEM)
            addons.save_settings(world.account, "clubready", KEYS, by=SYSTEM)
        yield world


class Forever(list[Any]):
    """Answers that never run out: each is the simulator's."""

    def __init__(self, club: Simulator) -> None:
        super().__init__([None])
        self._club = club

    def pop(self, _at: Any = None) -> Any:
        return self._answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            reply = self._club.handle(
                request.method, request.url.path, dict(request.url.params), dict(request.headers), request.content
            )
        except Hangup as hangup:
            raise httpx.ReadError(str(hangup), request=request) from None
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body)


def import_people(account: Account, **how: Any) -> Import:
    """Import now, page after page until it rests."""
    with transaction.atomic():
        row = imports.start(account, "clubready", "clubready.people", by=SYSTEM, **how)
    for _ in range(10):
        actors.run_turn.fn(row.pk, row.page)
        row.refresh_from_db()
        if row.state != Import.State.RUNNING:
            break
    return row


def mapped(world: World, plan: Plan) -> LeadSource:
    """Web leads come from the web and go on the plan; clients are members."""
    manifest = freeze(from_objects({"it": addon}).plugins["clubready"])
    with transaction.atomic():
        web = list_changes.add_lead_source(world.account, "Web", by=SYSTEM)
        members = list_changes.add_lead_source(world.account, "Members", by=SYSTEM)
        mappings.add(world.account, manifest, "clubready.lead_sources", "12", str(web.pk), label="Web lead", by=SYSTEM)
        mappings.add(world.account, manifest, "clubready.plans", "12", str(plan.pk), label="Web lead", by=SYSTEM)
        mappings.set_defaults(world.account, manifest, "client", {"lead_source": [str(members.pk)]}, by=SYSTEM)
    return web


def push(world: World, *contact_ids: int) -> None:
    """Put them on a plan with the step *New User Push*."""
    with transaction.atomic():
        plan = make_plan(world.account, [("clubready.new_user_push", {})], (), "none")
        enrollment.enroll(plan, list(contact_ids), by=SYSTEM, now=world.clock.now())
    world.work_for(seconds=3)  # two calls a second are allowed


def test_people_come_in_on_their_plans_and_go_out_and_nobody_is_there_twice(world: World, club: Simulator) -> None:
    mapped(world, world.plan)

    came = import_people(world.account)
    world.work()

    assert (came.state, came.counts["created"]) == ("done", 4), came.counts
    sources = dict(Contact.objects.values_list("first_name", "lead_source__name"))
    assert sources == {"Grace": None, "Alan": "Web", "Edsger": None, "Barbara": "Members"}
    enrolled = Enrollment.objects.values_list("contact_id", flat=True)
    assert list(Contact.objects.filter(pk__in=enrolled).values_list("first_name", flat=True)) == ["Alan"]

    [ada] = world.contacts(1, email="ada0@example.com")
    push(world, ada.pk, *Contact.objects.exclude(pk=ada.pk).values_list("pk", flat=True))

    assert [effect.body["FirstName"] for effect in club.effects] == ["Ada0"]
    assert set(StepRun.objects.filter(action_type="clubready.new_user_push").values_list("state", flat=True)) <= {
        "done",
        "failed",
    }
    assert len(club.stored(PEOPLE)) == 5

    again = import_people(world.account, everything=True)
    assert (again.state, again.counts.get("created", 0), Contact.objects.count()) == ("done", 0, 5)


def test_under_a_locked_list_of_lead_sources_an_import_makes_none_and_nobody_is_lost(world: World) -> None:
    chain = world.account.parent
    assert chain is not None
    mapped(world, world.plan)
    with transaction.atomic():
        accounts.lock(chain, "lead_sources", by=SYSTEM)
    before = LeadSource.objects.count()

    came = import_people(world.account)

    assert (came.state, Contact.objects.count(), LeadSource.objects.count()) == ("done", 4, before)
    assert all(one.field == "lead_source" for one in review.waiting(world.account))


@pytest.mark.parametrize("key", ["plain-key-000001", "wrong-key-000001"])
def test_a_key_that_is_refused_stops_the_import_with_a_reason_and_brings_nobody(world: World, key: str) -> None:
    with transaction.atomic():
        addons.save_settings(world.account, "clubready", {**KEYS, "api_key": key}, by=SYSTEM)

    came = import_people(world.account)

    assert Contact.objects.count() == 0
    assert came.state != "done"
    assert key not in str(vars(came))
