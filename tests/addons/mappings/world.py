"""The gym of the mapping stories: a vendor with prospect types, an enterprise, and what its accounts have to map to."""

from __future__ import annotations

from typing import Any

from hub.accounts.models import Account
from hub.addons import catalog, changes, installed
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM, Actor
from hub.contacts.models import LeadSource
from hub.core.addon import AddOn
from hub.core.manifest import Manifest, freeze
from hub.core.records import Page, Record
from hub.core.registry import Registry, from_objects
from hub.plans import changes as plans
from hub.plans.models import Plan, PlanVersion
from tests.support.people import make_account

ADA = Actor.person(7, "Ada Admin")
TYPES = {"t1": "Trial", "t2": "Walk-in", "t3": "Guest pass"}


def gym_plugin() -> AddOn:
    """Two mappings for prospects, and clients that have no type at all."""
    gym = AddOn("gym", title="Gym", base_url="https://api.gym.example")

    @gym.options("types")
    async def types(vendor: Any) -> dict[str, str]:
        return TYPES

    gym.mapping("sources", title="Types and lead sources", left="types", right="lead_source", kinds=["prospect"])
    gym.mapping("plans", title="Types and plans", left="types", right="plan", many=True, kinds=["prospect"])

    @gym.trigger("people", title="People", kinds={"prospect": "Prospects", "client": "Clients"})
    async def people(vendor: Any, since: Any, cursor: Any) -> Any:
        yield Page(records=(), cursor=None)

    return gym


def registry() -> Registry:
    return from_objects({"gym": gym_plugin()})


def manifest() -> Manifest:
    plugin = installed.plugin("gym")
    assert plugin is not None
    return freeze(plugin)


def switched_on(account: Account) -> Connection:
    catalog.sync(installed.registry())
    changes.make_available(account, "gym", by=SYSTEM)
    changes.enable(account, "gym", by=ADA)
    return Connection.objects.get(account=account, addon="gym")


def source(account: Account, name: str, **more: Any) -> LeadSource:
    return LeadSource.objects.create(account=account, name=name, key=name.lower(), **more)


def plan(account: Account, name: str, *, ready: bool = True) -> Plan:
    made = plans.create_plan(account, name, by=ADA)
    if ready:
        PlanVersion.objects.filter(plan=made).update(state=PlanVersion.State.READY)
    return made


def branch(parent: Account, name: str) -> Account:
    return make_account(name, parent)


def prospect(choice: str = "t1", **more: Any) -> Record:
    return Record(external_id="1", kind="prospect", choice=choice, **more)


def client() -> Record:
    return Record(external_id="2", kind="client")
