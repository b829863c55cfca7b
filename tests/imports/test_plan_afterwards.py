"""An import may put everybody in the file on a plan, once it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hub.accounts.models import Account
from hub.addons import installed
from hub.contacts.models import Contact
from hub.imports import changes, pages
from hub.imports.models import Import
from hub.plans import changes as plans
from hub.plans import loading
from hub.plans.models import Enrollment
from hub.users.models import Grant
from tests.imports.journey import ANN, make_ann, run, whole
from tests.plans import company

pytestmark = pytest.mark.django_db

Received = Callable[..., Import]
PEOPLE = "Name,Email\n" + "".join(f"Pat Doe{n},pat{n}@example.com\n" for n in range(5))


@pytest.fixture
def account(db: None) -> Iterator[Account]:
    """Denver, where plans can be made."""
    loading.forget()
    with installed.use(company.build_registry()) as registry:
        denver = company.open_denver(registry)
        make_ann(denver)
        yield denver
    loading.forget()


def test_everybody_new_and_known_is_put_on_the_plan_once(
    received: Received, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 2)
    plan = company.make_plan(account)
    whole(received(PEOPLE.split("Pat Doe3")[0]))

    done = whole(received(PEOPLE), plan_id=plan.pk)

    assert (done.state, done.problem, done.counts["enrolled"]) == ("done", "", 5)
    assert set(Enrollment.objects.values_list("contact_id", flat=True)) == set(
        Contact.objects.values_list("pk", flat=True)
    )


def test_nobody_is_on_the_plan_before_the_last_page(
    received: Received, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 2)
    plan = company.make_plan(account)
    row = received(PEOPLE)
    changes.save_choices(account, row.pk, row.mapping["columns"], changes.Options(plan_id=plan.pk), by=ANN)

    row = run(changes.start(account, row.pk, by=ANN), most=3)
    assert (Contact.objects.count(), Enrollment.objects.count()) == (5, 0)

    assert run(row).counts["enrolled"] == 5


def test_a_plan_that_was_archived_meanwhile_costs_nobody_the_import(received: Received, account: Account) -> None:
    plan = company.make_plan(account, name="Welcome")
    row = received(PEOPLE)
    changes.save_choices(account, row.pk, row.mapping["columns"], changes.Options(plan_id=plan.pk), by=ANN)
    row = changes.start(account, row.pk, by=ANN)
    plans.archive(plan, by=ANN)

    done = run(row)

    assert (done.state, Contact.objects.count()) == ("done", 5)
    assert done.problem.startswith("The contacts were not put on plan “Welcome”: ")


def test_who_may_no_longer_use_plans_when_the_last_row_is_in_starts_none(received: Received, account: Account) -> None:
    plan = company.make_plan(account, name="Welcome")
    row = received(PEOPLE)
    changes.save_choices(account, row.pk, row.mapping["columns"], changes.Options(plan_id=plan.pk), by=ANN)
    row = changes.start(account, row.pk, by=ANN)
    Grant.objects.filter(user_id=int(ANN.id)).update(withdrawn=["plans.use"])

    done = run(row)

    assert (done.state, Contact.objects.count(), Enrollment.objects.count()) == ("done", 5, 0)
    assert done.problem.startswith("The contacts were not put on plan “Welcome”: Ann Admin may no longer do this")
