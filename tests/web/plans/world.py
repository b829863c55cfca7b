"""What the tests of the plan pages share: an add-on with every kind of field, and short ways to post forms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import Field

from hub.accounts.models import Account
from hub.addons.models import Availability, Connection, OptionsCache
from hub.contacts.models import Contact
from hub.core import addon as core_addon
from hub.core import registry
from hub.core.endpoints import Rate
from hub.core.outcomes import Done
from hub.core.records import Page
from hub.core.settings import Choice, Lines, Long, Options, Secret, Settings
from hub.core.tokens import Template
from hub.plans import drafting
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan, PlanVersion
from tests.plans import company
from tests.plans.company import FRIDAY, Card, Text


class Everything(Settings):
    """One field of each kind."""

    plain: str = Field(title="Plain text", max_length=40)
    long: Annotated[str, Long(4)] = ""
    body: Template = Template()
    key: Secret | None = None
    group: Annotated[str, Options("groups")] = Field(default="", title="Group")
    user: Annotated[str | None, Choice("user")] = None
    mode: Literal["soft", "hard"] = "soft"
    loud: bool = False
    number: int = Field(default=3, ge=1, le=9)
    lines: Lines = Field(default=[])
    table: dict[str, str] = Field(default={})


class Nothing(Settings):
    """A step whose timing is all there is to it."""


@cache
def build_registry() -> registry.Registry:
    """Cards, notes, and the add-on with every kind of field."""
    post = core_addon.AddOn("post", title="Post Office", rate=Rate(60, per="minute"))

    @post.action("card", Card, title="Post a card", needs=("first_name", "address"), lead_time="3-5 business days")
    async def card(vendor: Any, step: Card, contact: Any) -> Done:
        return Done()

    desk = core_addon.AddOn("desk", title="Desk", always_on=True)

    @desk.action("note", Text, title="Write a note")
    async def note(vendor: Any, step: Text, contact: Any) -> Done:
        return Done()

    @desk.action("pause", Nothing, title="Wait", advice="The timing above says how long.")
    async def pause(vendor: Any, step: Nothing, contact: Any) -> Done:
        return Done()

    kinds = core_addon.AddOn("kinds", title="All Kinds")

    @kinds.options("groups")
    async def groups(vendor: Any) -> dict[str, str]:
        return {"g1": "Welcome", "g2": "Farewell"}

    kinds.mapping("sources", title="Groups and lead sources", left="groups", right="lead_source")

    @kinds.trigger("members", title="Members")
    async def members(vendor: Any, since: datetime | None, cursor: str | None) -> AsyncIterator[Page]:
        yield Page(records=())

    @kinds.action("everything", Everything, title="Do everything", advice="Make a group first.", icon="gift")
    async def everything(vendor: Any, step: Everything, contact: Any) -> Done:
        return Done()

    return registry.from_objects([post, desk, kinds])


def switch_on(account: Account, addon: str) -> Connection:
    """Make an add-on available and switch it on."""
    Availability.objects.create(account=account, addon=addon, by="", at=FRIDAY)
    return Connection.objects.create(account=account, addon=addon, enabled=True, complete=True, changed_at=FRIDAY)


def list_of_groups(account: Account, *entries: tuple[str, str], error: str = "") -> OptionsCache:
    """The live list as it was last read."""
    connection = Connection.objects.get(account=account, addon="kinds")
    return OptionsCache.objects.create(
        connection=connection, name="groups", data=entries, fetched_at=FRIDAY, tried_at=FRIDAY, error=error
    )


def contact(account: Account, first_name: str = "Cleo", **values: Any) -> Contact:
    """A contact that the search finds by name."""
    return company.contact(account, first_name, **{"search_text": first_name.lower(), **values})


def address(plan: Plan, more: str = "") -> str:
    """An address below the plan's page."""
    return f"/a/{plan.account_id}/plans/{plan.pk}{more}"


def draft_steps(plan: Plan) -> list[StepDraft]:
    """The steps of the draft as they are stored now."""
    return drafting.steps_of(PlanVersion.objects.get(plan=plan, state="draft"))


def started(plan: Plan) -> list[StepDraft]:
    """Make a draft and read its steps."""
    company.draft_of(plan)
    return draft_steps(plan)


def step_address(plan: Plan, step: StepDraft) -> str:
    return address(plan, f"/edit/steps/{step.key}")


def posted(key: UUID | None = None, **values: Any) -> dict[str, Any]:
    """A step's form as a browser sends it: a note at once."""
    given = {
        "key": str(key or uuid4()), "type": "desk.note", "name": "Say hello", "notify": "none", "when_kind": "immediately",
        "option_text": "Hello",
    }  # fmt: skip
    return given | values


def inputs(page: Any) -> dict[str, str]:
    """Name → value of the hidden inputs of a page, as a browser would send them back."""
    import re

    body = page.content.decode()
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))
