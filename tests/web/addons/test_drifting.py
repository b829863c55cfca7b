"""What the vendor changed, on the add-on's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from hub.addons import drift
from hub.addons.models import Drift
from hub.audit.models import AuditRow
from hub.db import clock
from hub.dispatch.drift_watch import Seen
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def test_the_page_shows_it_until_somebody_there_has_seen_it(world: World, enter: Enter) -> None:
    drift.add({Seen("postpigeon", "POST /cards", "missing", "status", ""): 1204}, {}, clock.now())
    drift.add({Seen("postpigeon", "GET /me", "new_field", "plan", ""): 1}, {"postpigeon": "0.9"}, clock.now())
    page = f"/a/{world.account.pk}/add-ons/postpigeon"
    admin, staff = (enter(make_user(world.account, role)) for role in ("owner", "standard"))
    shown = admin.get(page).content.decode()
    assert "status is declared and does not come." in shown
    assert "1204 times" in shown or "1,204 times" in shown
    assert "plan comes" not in shown  # of a version that no longer runs
    assert "does not come" not in staff.get(page).content.decode()

    item = Drift.objects.get(kind="missing").pk
    assert staff.post(f"{page}/drift", {"item": [item]}).status_code in (403, 404)
    answer = admin.post(f"{page}/drift", {"item": [item, item]}, follow=True).content.decode()

    assert "Set aside." in answer
    assert "does not come" not in answer
    assert AuditRow.objects.filter(verb="drift_seen", account_id=world.account.pk).count() == 1
    assert drift.waiting(make_account("Elsewhere"), "postpigeon", "") != []


def test_the_ends_of_its_process_have_a_heading_of_their_own(world: World, enter: Enter) -> None:
    admin, page = enter(make_user(world.account, "owner")), f"/a/{world.account.pk}/add-ons/postpigeon"
    drift.add_end({"postpigeon": ""}, "it was ended by SIGSEGV", clock.now())
    drift.add_end({"postpigeon": ""}, "it ended with status 3", clock.now())

    shown = admin.get(page).content.decode()

    assert "The plugin got stuck" in shown
    assert "Live answers differ" not in shown
    assert shown.index("it was ended by SIGSEGV") != shown.index("it ended with status 3")


def test_an_item_that_is_none_is_not_found(world: World, enter: Enter) -> None:
    admin = enter(make_user(world.account, "owner"))

    for item in ("0", "x", "99999999999999999999", "-1", ""):
        answer = admin.post(f"/a/{world.account.pk}/add-ons/postpigeon/drift", {"item": [item]})
        assert answer.status_code == 404
