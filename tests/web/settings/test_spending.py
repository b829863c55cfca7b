"""Settings → Spending."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from hub.addons import budget_changes, budgets
from hub.addons.budgets import ALL, Limits
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.db.errors import Invalid
from hub.plans.models import StepRun
from tests.engine.guards.gifthouse import MUG, gift_world
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def where(account: Any) -> str:
    return f"/a/{account.pk}/settings/spending"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_limits_are_saved_shown_again_with_what_was_used_and_let_waiting_steps_go(enter: Any) -> None:
    with gift_world(MUG) as world:
        with transaction.atomic():
            budget_changes.set_limits(world.account, Limits({ALL: 1}), by=SYSTEM)
        world.enroll(3)
        world.work()
        browser = enter(make_user(world.account, "admin", "ada"))
        assert "1 sent today" in text(browser.get(where(world.account)))

        answer = browser.post(
            where(world.account), {"limit_": "2", "limit_gifthouse": "5", "repeat_days": "14"}, follow=True
        )

        assert "1 waiting steps go on" in text(answer)
        assert budgets.of([world.account.pk])[world.account.pk] == Limits({ALL: 2, "gifthouse": 5}, 14)
        assert AuditRow.objects.filter(verb="budget_set").latest("id").data["repeat_days"] == 14
        assert StepRun.objects.filter(state="held").count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"limit_": "many", "repeat_days": "30"}, "Enter a whole number, or nothing."),
        ({"limit_": "9999999", "repeat_days": "30"}, "Enter a whole number up to 1,000,000, or nothing."),
        ({"limit_": "5", "repeat_days": ""}, "Enter a number of days; 0 asks never."),
        ({"limit_": "5", "repeat_days": "400"}, "Enter a number of days up to 90."),  # older steps are in the archive
    ],
)
def test_what_is_no_limit_is_told_beside_its_field_and_nothing_is_saved(
    enter: Any, typed: dict[str, str], told: str
) -> None:
    account = make_account("Northside")
    browser = enter(make_user(account, "admin", "ada"))

    answer = browser.post(where(account), typed)

    assert answer.status_code == 422
    assert told in text(answer)
    assert budgets.of([account.pk])[account.pk] == Limits()


def test_who_may_not_change_it_may_see_it_and_a_post_changes_nothing(enter: Any) -> None:
    account = make_account("Northside")
    ada = make_user(account, "admin", "ada")
    ada.grants.update(withdrawn=["spending.edit"])
    browser = enter(ada)

    answer = browser.post(where(account), {"limit_": "5", "repeat_days": "30"})

    assert answer.status_code == 200
    assert "disabled" in text(answer)
    assert budgets.of([account.pk])[account.pk] == Limits()


def test_the_same_limits_again_are_no_change() -> None:
    account = make_account("Northside")
    limits = Limits({ALL: 3}, 7)

    with transaction.atomic():
        assert budget_changes.set_limits(account, limits, by=SYSTEM)
        assert not budget_changes.set_limits(account, limits, by=SYSTEM)
        with pytest.raises(Invalid):
            budget_changes.set_limits(account, Limits({"gifthouse": -1}), by=SYSTEM)
