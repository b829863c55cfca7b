"""What a step names must be the account's own: another account's id, a bent form, and what is gone, are said beforehand."""

from __future__ import annotations

from typing import Annotated

import pytest

from hub.accounts.models import Account
from hub.contacts.models import LeadSource, SalesCycle, Tag
from hub.core.settings import Choice, Settings, fields_of
from hub.db import clock
from hub.plans import belonging, changes, versions
from hub.plans.models import Plan
from hub.steps.assign_user import Assignment
from hub.users import changes as users
from hub.users.models import User
from tests.plans.company import ADA, FRIDAY


class Everything(Settings):
    """A field of each kind."""

    user: Annotated[str, Choice("user")] = ""
    plan: Annotated[str, Choice("plan")] = ""
    sales_cycle: Annotated[str, Choice("sales_cycle")] = ""
    lead_source: Annotated[str, Choice("lead_source")] = ""
    tag: Annotated[str, Choice("tag")] = ""
    colour: str = ""


FIELDS = fields_of(Everything, step=True)


def own_things(account: Account) -> dict[str, str]:
    """One thing of each kind, as a step would name it."""
    user = User.objects.create(username=f"someone{account.pk}", state=User.State.ACTIVE, created_at=FRIDAY)
    users.give(user, account, "standard", by=ADA)
    made = {
        "user": user,
        "plan": changes.create_plan(account, "Next", by=ADA),
        "sales_cycle": SalesCycle.objects.create(account=account, name="Won", position=9),
        "lead_source": LeadSource.objects.create(account=account, name="Fair"),
        "tag": Tag.objects.create(account=account, name="VIP", key="vip"),
    }
    return {name: str(row.pk) for name, row in made.items()}


def test_what_is_the_accounts_own_may_be_named(account: Account) -> None:
    assert belonging.strangers(account, FIELDS, {**own_things(account), "colour": "red"}) == {}


def test_what_is_another_accounts_is_pointed_out_field_by_field(account: Account, elsewhere: Account) -> None:
    found = belonging.strangers(account, FIELDS, own_things(elsewhere))

    assert sorted(found) == ["lead_source", "plan", "sales_cycle", "tag", "user"]
    assert set(found.values()) == {"This is gone, or never was this account's. Choose another."}


@pytest.mark.parametrize("bent", ["²", "abc", "0", "-1", "1 OR 1=1", "9" * 40, ["1"], {"id": 1}, True])
def test_what_is_no_id_at_all_is_pointed_out_too(account: Account, bent: object) -> None:
    assert list(belonging.strangers(account, FIELDS, {"plan": bent})) == ["plan"]


@pytest.mark.parametrize("empty", [None, ""])
def test_nobody_is_a_choice_where_the_form_allows_it(account: Account, empty: str | None) -> None:
    assert belonging.strangers(account, fields_of(Assignment, step=True), {"user": empty}) == {}


def test_what_is_gone_meanwhile_is_pointed_out(account: Account) -> None:
    things = own_things(account)
    User.objects.filter(pk=things["user"]).update(state=User.State.ARCHIVED)
    Plan.objects.filter(pk=things["plan"]).update(archived_at=clock.now())

    assert belonging.strangers(account, FIELDS, things) == {
        "user": "This is gone, or never was this account's. Choose another.",
        "plan": "The plan “Next” is archived. Restore it, or choose another.",
    }


def test_a_plan_that_names_another_accounts_things_is_not_made_ready(account: Account, elsewhere: Account) -> None:
    foreign = changes.create_plan(elsewhere, "Theirs", by=ADA)
    plan = changes.create_plan(account, "Welcome", by=ADA)
    step = {"action_type": "desk.hand_on", "name": "Hand on", "options": {"plan": str(foreign.pk)}}
    draft = versions.save_draft(plan.versions.get(), 0, [step], by=ADA)

    (problem,) = versions.review(draft).problems

    assert (problem.path, problem.sentence) == (
        "steps.1.options.plan",
        "This is gone, or never was this account's. Choose another.",
    )
