"""The small company that the tests of plans tell of: who acts, what there is to choose from, and short ways to make things."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons import catalog
from hub.addons.models import Availability, Connection
from hub.audit.actor import Actor
from hub.contacts.models import Contact
from hub.core import addon as core_addon
from hub.core import registry
from hub.core.changes import LinkContact
from hub.core.outcomes import Done
from hub.core.settings import Choice, Long, Settings
from hub.core.tokens import Template
from hub.db import clock
from hub.plans import changes, versions
from hub.plans.models import Plan, PlanVersion

FRIDAY = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # ten o'clock in Denver
ADA = Actor.person(1, "Ada Admin")
BEN = Actor.person(2, "Ben Builder")


class Card(Settings):
    """A card to be posted."""

    design: str
    greeting: Annotated[str, Long()] = "Hi {{client.firstName}}"
    inside: Template = Template()


class Text(Settings):
    """A note to be written."""

    text: str = ""


class NextPlan(Settings):
    """Where the contact goes."""

    plan: Annotated[str, Choice("plan")]


@cache
def build_registry() -> registry.Registry:
    post = core_addon.AddOn("post", title="Post Office")

    @post.action("card", Card, title="Post a card", needs=("first_name", "address"), lead_time="3-5 business days")
    async def card(vendor: Any, step: Card, contact: Any) -> Done:
        return Done()

    desk = core_addon.AddOn("desk", title="Desk", always_on=True)

    @desk.action("note", Text, title="Write a note")
    async def note(vendor: Any, step: Text, contact: Any) -> Done:
        return Done()

    @desk.action("hand_on", NextPlan, title="Hand on")
    async def hand_on(vendor: Any, step: NextPlan, contact: Any) -> Done:
        return Done()

    club = core_addon.AddOn("club", title="Club", always_on=True)

    @club.action("push", Text, title="Push", needs=("email",), needs_linked=("first_name",), changes=[LinkContact])
    async def push(vendor: Any, step: Text, contact: Any) -> Done:
        return Done()

    return registry.from_objects([post, desk, club])


def open_denver(plugins: registry.Registry, parent: Account | None = None) -> Account:
    """The account, with the post switched on; an enterprise of its own, or an account beneath one."""
    values = {"time_zone": "America/Denver", "company": "Denver Gym"}
    denver = accounts.create("Denver", by=ADA, parent=parent, values=values, established=True)
    catalog.sync(plugins)
    Availability.objects.create(account=denver, addon="post", by="", at=FRIDAY)
    Connection.objects.create(account=denver, addon="post", enabled=True, complete=True, changed_at=FRIDAY)
    return denver


def contact(account: Account, first_name: str = "Cleo", **values: Any) -> Contact:
    address = {"line1": "1 Main St", "city": "Denver", "state": "CO", "zip": "80202"}
    given = {"email": f"{first_name.lower()}@example.com", **address, **values}
    return Contact.objects.create(
        account=account, first_name=first_name, created_at=clock.now(), updated_at=clock.now(), **given
    )


def note_step(name: str = "Say hello", **values: Any) -> dict[str, Any]:
    return {"action_type": "desk.note", "name": name, "options": {"text": "Hello"}, **values}


def card_step(name: str = "Post a card", **values: Any) -> dict[str, Any]:
    return {"action_type": "post.card", "name": name, "options": {"design": "Balloons"}, **values}


def push_step(name: str = "Push", **values: Any) -> dict[str, Any]:
    return {"action_type": "club.push", "name": name, "options": {}, **values}


def after(amount: int, unit: str = "days", **values: Any) -> dict[str, Any]:
    return {"kind": "after", "amount": amount, "unit": unit, **values}


def draft_of(plan: Plan) -> PlanVersion:
    return versions.draft_for_editing(plan, by=ADA)


def make_plan(account: Account, *steps: dict[str, Any], name: str = "Welcome", **values: Any) -> Plan:
    """A plan that is ready; without steps given, a note at once and a card two days later."""
    plan = changes.create_plan(account, name, by=ADA, **values)
    given = steps or (note_step(), card_step(timing=after(2)))
    draft = versions.save_draft(draft_of(plan), 0, given, by=ADA)
    versions.make_ready(draft, 1, by=ADA)
    return plan
