"""Settings → Account, Sub-accounts, Locks, Audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.accounts import changes as accounts
from hub.accounts.models import Account, Lock, Switch
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.db import clock
from hub.engine import overview
from tests.engine.world import make_world
from tests.support.people import Tree, make_user

pytestmark = pytest.mark.django_db

GOOD = {"name": "Leeds", "time_zone": "Europe/London", "notification_delete_days": "30", "country": "GB"}


def address(account: Account, more: str = "account") -> str:
    return f"/a/{account.pk}/settings/{more}"


def shown(browser, account: Account) -> str:
    return browser.get(address(account)).content.decode()


def test_account_info_is_saved_and_normalised(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    answer = browser.post(address(tree.a), {**GOOD, "phone": "0113 496 0000", "website": "leeds.example"})

    assert answer.status_code == 302
    saved = Account.objects.get(pk=tree.a.pk)
    assert (saved.name, saved.phone, saved.website) == ("Leeds", "+441134960000", "https://leeds.example")
    assert saved.notification_delete_days == 30


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    answer = browser.post(address(tree.a), {**GOOD, "phone": "call me", "time_zone": "Mars/Base", "company": "Kept"})

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not a telephone number." in text
    assert "Choose a time zone from the list" in text
    assert 'value="Kept"' in text
    assert Account.objects.get(pk=tree.a.pk).company == ""


def test_a_field_left_out_stays_as_it_is(tree: Tree, enter) -> None:
    accounts.edit(tree.a, {"company": "Kept"}, by=SYSTEM)
    browser = enter(make_user(tree.a, "owner"))

    browser.post(address(tree.a), GOOD)

    assert Account.objects.get(pk=tree.a.pk).company == "Kept"


def test_a_new_account_says_until_when_its_links_are_held(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "admin"))
    assert "This account is new" not in shown(browser, tree.a)
    Account.objects.filter(pk=tree.a.pk).update(link_screening_until=clock.now() + timedelta(days=3))

    page = shown(browser, tree.a)

    assert "This account is new" in page
    assert "An operator can lift this earlier." in page


def test_a_locked_colour_says_who_can_change_it_and_is_left_alone(tree: Tree, enter) -> None:
    accounts.lock(tree.e1, "brand", by=SYSTEM)
    browser = enter(make_user(tree.a, "admin"))

    assert "Brand is locked by E1." in browser.get(address(tree.a)).content.decode()
    browser.post(address(tree.a), {**GOOD, "header_color": "#112233"})

    assert Account.objects.get(pk=tree.a.pk).header_color == ""


@pytest.mark.django_db(transaction=True)
def test_a_paused_account_tells_what_waits_and_what_will_wait(enter) -> None:
    with make_world() as world:
        browser = enter(make_user(world.account, "owner"))
        world.enroll(2)
        browser.post(address(world.account, "account/pause"))
        world.work()

        assert "2 steps wait and go on" in shown(browser, world.account)
        assert "scheduled and will wait" not in shown(browser, world.account)

        world.enroll(1)
        assert "1 more is scheduled and will wait when its time comes." in shown(browser, world.account)
        world.enroll(1)
        assert "2 more are scheduled and will wait when their time comes." in shown(browser, world.account)


def test_what_comes_soon_is_never_more_than_what_is_scheduled(tree: Tree, enter, monkeypatch) -> None:
    """Workers go on between the two counts."""
    monkeypatch.setattr(overview, "coming", lambda *_: (7, None))
    monkeypatch.setattr(overview, "scheduled", lambda _: 5)
    browser = enter(make_user(tree.a, "owner"))

    assert "5 steps are scheduled, 5 of them in the next 24 hours." in shown(browser, tree.a)


def test_pausing_asks_first_and_resuming_goes_on(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))
    assert "0 scheduled steps will wait" in browser.get(address(tree.a, "account/pause")).content.decode()
    assert Switch.objects.get(account=tree.a).status == "active"

    browser.post(address(tree.a, "account/pause"))
    assert Switch.objects.get(account=tree.a).status == "paused"
    assert "This account is paused" in browser.get(address(tree.a)).content.decode()

    browser.post(address(tree.a, "account/resume"))
    assert Switch.objects.get(account=tree.a).status == "active"
    assert [row.verb for row in AuditRow.objects.filter(object_kind="account", account_id=tree.a.pk).order_by("id")][
        -2:
    ] == [
        "paused",
        "unpaused",
    ]


def test_a_standard_user_is_told_which_permission_is_missing(tree: Tree, enter) -> None:
    answer = enter(make_user(tree.a, "standard")).post(address(tree.a, "account/pause"))

    assert answer.status_code == 403
    assert "You may not pause the account or set it going." in answer.content.decode()
    assert "An owner or admin of A can change that." in answer.content.decode()
    assert Switch.objects.get(account=tree.a).status == "active"


def test_a_sub_account_is_opened_beneath_this_one(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner", reach="subtree"))

    answer = browser.post(address(tree.a, "sub-accounts/new"), {"name": "Harrogate", "time_zone": "Europe/London"})

    made = Account.objects.get(name="Harrogate")
    assert made.parent_id == tree.a.pk
    assert answer.url == address(made, "users")
    assert "Harrogate" in browser.get(address(tree.a, "sub-accounts")).content.decode()


def test_a_lock_is_set_and_taken_away(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.e1, "owner"))

    browser.post(address(tree.e1, "locks/brand"), {"on": "1"})
    assert Lock.objects.filter(account=tree.e1, subject="brand").exists()

    browser.post(address(tree.e1, "locks/brand"))
    assert not Lock.objects.exists()
    assert browser.post(address(tree.e1, "locks/nothing"), {"on": "1"}).status_code == 404


def test_the_audit_log_tells_who_changed_what(tree: Tree, enter) -> None:
    owner = make_user(tree.a, "owner", username="grace")
    browser = enter(owner)
    browser.post(address(tree.a), {**GOOD, "city": "Leeds"})

    text = browser.get(address(tree.a, "audit"), {"kind": "account"}).content.decode()

    assert "Grace" in text
    assert "Account" in text
    assert "<ins>Leeds</ins>" in text
    assert "Nothing matches" in browser.get(address(tree.a, "audit"), {"kind": "plan"}).content.decode()


def test_a_bad_cursor_is_told_and_breaks_nothing(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    assert browser.get(address(tree.a, "audit"), {"cursor": "nonsense"}).status_code == 422
