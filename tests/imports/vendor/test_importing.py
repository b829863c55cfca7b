"""A vendor's people come in page by page, once each, whatever happens between two pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact, ExternalId
from hub.core import Page
from hub.db import clock
from hub.db.errors import Conflict, Invalid
from hub.imports import changes as imports
from hub.imports.models import Import, ImportPage
from hub.imports.vendor import changes, pages, standing
from hub.notifications.models import Notification
from tests.imports.journey import ANN
from tests.imports.vendor import gym
from tests.imports.vendor.gym import Desk, crowd

Start = Callable[..., Import]

pytestmark = pytest.mark.django_db


def people() -> list[tuple[Any, ...]]:
    """What came in, without the ids that a database makes."""
    rows = Contact.objects.order_by("email").values_list("first_name", "email", "external_ids__value", "version")
    return list(rows)


def test_everybody_comes_in_with_the_link_to_the_vendor(start: Start, desk: Desk) -> None:
    desk.people = crowd(5)

    done = start()

    assert (done.state, done.counts["rows"], done.counts["created"]) == ("done", 5, 5)
    assert [page.number for page in done.pages.order_by("number")] == [1, 2, 3]
    assert set(ExternalId.objects.values_list("source", "value")) == {("gym", f"p{n}") for n in range(5)}


def test_the_same_import_again_makes_nobody_twice(start: Start, desk: Desk) -> None:
    desk.people = crowd(5)
    start()

    again = start(everything=True)

    assert (again.counts["unchanged"], Contact.objects.count()) == (5, 5)


def test_a_vendor_without_people_is_a_success_too(start: Start) -> None:
    assert start().state == "done"


def test_somebody_on_two_pages_and_twice_on_one_is_one_contact(start: Start, desk: Desk) -> None:
    ann = {"id": "a", "first": "Ann", "email": "ann@example.com"}
    desk.people = [ann, ann, {"id": "b", "first": "Bob"}, ann | {"cell": "801 555 0100"}]

    done = start()

    assert (done.counts["created"], done.counts["unchanged"], done.counts["updated"]) == (2, 1, 1)
    assert Contact.objects.get(email="ann@example.com").phone_cell == "+18015550100"


@pytest.mark.parametrize(
    ("parts", "name", "cell"),
    [
        ((), "Annie", "+18015550199"),  # both were typed by a person since, and stay
        (("name",), "Ann", "+18015550199"),
        (("name", "phones"), "Ann", "+18015550100"),
    ],
)
def test_of_known_contacts_an_import_changes_what_the_account_lets_it(
    start: Start, desk: Desk, account: Account, parts: tuple[str, ...], name: str, cell: str
) -> None:
    desk.people = [{"id": "a", "first": "Ann", "email": "ann@example.com", "cell": "801 555 0100"}]
    start()
    Contact.objects.update(first_name="Annie", phone_cell="+18015550199")
    changes.set_overwrites(account, "gym", gym.TRIGGER, parts, by=SYSTEM)

    again = start(everything=True)

    ann = Contact.objects.get()
    assert (ann.first_name, ann.phone_cell) == (name, cell)
    assert again.counts.get("updated", 0) == (1 if parts else 0)


def test_what_is_empty_is_filled_in_whatever_was_chosen(start: Start, desk: Desk) -> None:
    desk.people = [{"id": "a", "first": "Ann", "email": "ann@example.com", "cell": "801 555 0100"}]
    start()
    Contact.objects.update(first_name="", phone_cell="")

    start(everything=True)

    assert Contact.objects.values_list("first_name", "phone_cell").get() == ("Ann", "+18015550100")


def test_there_is_nothing_else_to_be_chosen(on: Account) -> None:
    with pytest.raises(Invalid):
        changes.set_overwrites(on, "gym", gym.TRIGGER, ["whiteboard"], by=SYSTEM)


def test_somebody_the_account_knows_by_address_is_linked(start: Start, desk: Desk, account: Account) -> None:
    now = clock.now()
    known = Contact.objects.create(
        account=account, email="pat0@example.com", email_key="pat0@example.com", created_at=now, updated_at=now
    )
    desk.people = crowd(1)

    start()

    assert ExternalId.objects.get(source="gym").contact_id == known.pk


@pytest.mark.parametrize("killed_at", range(4))
def test_killed_while_a_page_is_asked_for_it_ends_like_one_that_was_not(
    killed_at: int, start: Start, bell: Any, desk: Desk
) -> None:
    desk.people = crowd(7)
    virtual = clock.VirtualClock(clock.now())

    class Killed(BaseException):
        pass

    def die(at: int) -> None:
        if at // desk.size == killed_at:
            desk.while_asked = None
            raise Killed

    with clock.use(virtual):
        row = start(go=False)
        desk.while_asked = die
        with pytest.MonkeyPatch.context() as patch:
            real = pages.keep

            def keep(turn: Any, number: int, page: Any) -> Any:
                if number == killed_at + 1:
                    raise Killed
                return real(turn, number, page)

            patch.setattr(pages, "keep", keep)
            desk.while_asked = None
            with pytest.raises(Killed):
                bell.go(row)
        bell.sweep()
        assert bell.rung == []  # its worker may still be alive

        virtual.advance(minutes=6)
        bell.sweep()
        bell.go()

    row.refresh_from_db()
    assert (row.state, row.counts["created"], len(people())) == ("done", 7, 7)
    assert list(row.pages.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize("page", range(3))
def test_a_vendor_that_does_not_answer_is_asked_again_later_from_the_same_page(
    page: int, start: Start, bell: Any, desk: Desk
) -> None:
    desk.people = crowd(5)
    desk.fails = {page: [httpx.Response(503)]}
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = start()
        assert (row.state, bool(row.waits), row.counts.get("created", 0)) == ("running", True, page * 2)
        asked = len(desk.asked)

        bell.sweep()
        assert bell.rung == []
        virtual.advance(seconds=31)
        bell.sweep()
        bell.go()

    row.refresh_from_db()
    assert (row.state, row.waits, Contact.objects.count()) == ("done", "", 5)
    assert desk.asked[asked]["at"] == str(page * 2)


def test_a_vendor_that_wants_to_be_left_alone_is_left_alone(start: Start, bell: Any, desk: Desk) -> None:
    desk.people = crowd(3)
    desk.fails = {1: [httpx.Response(429, headers={"Retry-After": "300"})]}
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = start()
        assert Connection.objects.get().blocked_until == virtual.now() + timedelta(seconds=300)

        virtual.advance(seconds=290)
        bell.sweep()
        assert (bell.rung, len(desk.asked)) == ([], 2)
        virtual.advance(seconds=11)
        bell.sweep()
        bell.go()

    row.refresh_from_db()
    assert row.state == "done"


def test_a_vendor_that_never_answers_ends_it_and_it_can_go_on_from_there(start: Start, bell: Any, desk: Desk) -> None:
    desk.people = crowd(5)
    desk.fails = {1: [httpx.Response(503)] * pages.MOST_TRIES}
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = start()
        for _ in range(pages.MOST_TRIES):
            virtual.advance(minutes=16)
            bell.sweep()
            bell.go()
        row.refresh_from_db()
        assert (row.state, row.counts["created"]) == ("failed", 2)
        assert "tried 10 times" in row.problem

        again = imports.resume(row.account_id, row.pk, by=ANN)
        bell.go(again)

    assert (again.state, Contact.objects.count()) == ("done", 5)


def test_a_refused_key_waits_for_an_admin_and_goes_on_by_itself(
    start: Start, bell: Any, desk: Desk, on: Account
) -> None:
    desk.people = crowd(5)
    desk.fails = {1: [httpx.Response(401)]}
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = start()
        assert (row.state, Connection.objects.get().health) == ("running", "needs_admin")
        assert row.waits

        for _ in range(3):
            virtual.advance(minutes=2)
            bell.sweep()
            bell.go()
        assert len(desk.asked) == 2

        addons.save_settings(on, "gym", {"api_key": "gym-key-000002"}, by=SYSTEM)
        virtual.advance(minutes=2)
        bell.sweep()
        bell.go()

    row.refresh_from_db()
    assert (row.state, Contact.objects.count()) == ("done", 5)


@pytest.mark.parametrize(
    ("stop", "go_on", "word"),
    [
        (accounts.pause, accounts.unpause, "paused"),
        (accounts.lock_login, accounts.unlock_login, "locked"),
    ],
)
def test_an_account_that_stands_still_imports_nothing_and_says_why(
    stop: Any, go_on: Any, word: str, start: Start, bell: Any, desk: Desk, on: Account
) -> None:
    desk.people = crowd(3)
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = start(go=False)
        stop(on, by=ANN)
        bell.go(row)
        assert (row.state, desk.asked) == ("running", [])
        assert word in row.waits

        go_on(on, by=ANN)
        virtual.advance(minutes=2)
        bell.sweep()
        bell.go()

    row.refresh_from_db()
    assert (row.state, Contact.objects.count()) == ("done", 3)


def test_an_addon_that_is_switched_off_is_waited_for(start: Start, bell: Any, desk: Desk, on: Account) -> None:
    desk.people = crowd(3)
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = start(go=False)
        addons.disable(on, "gym", by=SYSTEM)
        bell.go(row)
        assert (row.state, "Gym" in row.waits) == ("running", True)

        addons.enable(on, "gym", by=SYSTEM)
        virtual.advance(minutes=2)
        bell.sweep()
        bell.go()

    row.refresh_from_db()
    assert row.state == "done"


def test_a_connection_that_rests_is_left_alone(
    start: Start, bell: Any, desk: Desk, on: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.engine.guards.models import Breaker
    from hub.process import start as process

    monkeypatch.setattr(standing, "_resting", None)
    process.jobs()
    desk.people = crowd(3)
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        open_ = Breaker.objects.create(
            account_id=on.pk,
            connection_id=Connection.objects.get().pk,
            addon="gym",
            state="open",
            changed_at=virtual.now(),
        )
        row = start()
        assert (row.state, "rests" in row.waits, desk.asked) == ("running", True, [])

        open_.delete()
        virtual.advance(minutes=2)
        bell.sweep()
        bell.go()

    row.refresh_from_db()
    assert row.state == "done"


def test_while_one_is_at_work_a_second_is_refused(start: Start) -> None:
    start(go=False)

    with pytest.raises(Conflict, match="Another import is at work: Gym: People"):
        start()
    assert Import.objects.count() == 1


def test_an_import_of_a_file_may_go_on_beside_it(
    start: Start, received: Callable[..., Import], account: Account
) -> None:
    start(go=False)

    assert imports.start(account, received("Name\nA\n").pk, by=ANN).state == "running"


def test_while_somebody_is_at_it_a_second_message_asks_nobody(start: Start, bell: Any, desk: Desk) -> None:
    desk.people = crowd(3)
    row = start(go=False)
    assert pages.begin(row.pk, row.page) is not None

    bell.go(row)

    assert (row.state, desk.asked) == ("running", [])


def test_of_two_workers_with_the_same_page_one_writes(start: Start, desk: Desk) -> None:
    desk.people = crowd(3)
    row = start(go=False)
    turn = pages.begin(row.pk, row.page)
    assert turn is not None
    page = Page(records=tuple(gym.record(gym.Person(**one)) for one in desk.people[:2]), cursor="2")
    assert pages.keep(turn, turn.page, page).following == turn.page + 1

    with pytest.raises(pages.Superseded):
        pages.keep(turn, turn.page, page)

    row.refresh_from_db()
    assert (row.counts["rows"], ImportPage.objects.count()) == (2, 1)


def test_cancelled_between_two_pages_it_stops_and_can_go_on(start: Start, bell: Any, desk: Desk, on: Account) -> None:
    desk.people = crowd(5)
    row = start(go=False)
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        desk.fails = {1: [httpx.Response(503)]}
        bell.go(row)
        imports.cancel(on, row.pk, by=ANN)
        virtual.advance(hours=1)
        bell.sweep()
        assert bell.rung == []

        bell.go(imports.resume(on, row.pk, by=ANN))

    row.refresh_from_db()
    assert (row.state, Contact.objects.count()) == ("done", 5)


def test_a_dry_run_tells_all_and_writes_nothing(start: Start, desk: Desk) -> None:
    desk.people = [*crowd(3), {"id": "x", "email": "no address"}]

    row = start(dry=True)

    assert (row.state, row.counts["created"], row.counts["broken"]) == ("checked", 3, 1)
    assert (Contact.objects.count(), ExternalId.objects.count(), ImportPage.objects.count()) == (0, 0, 0)
    assert row.rows.get().problem.startswith("E-mail:")


def test_going_on_with_a_dry_run_that_failed_is_a_dry_run(start: Start, bell: Any, desk: Desk) -> None:
    desk.people = crowd(3)
    desk.fails = {1: [httpx.Response(404)]}
    row = start(dry=True)
    assert row.state == "failed"

    bell.go(imports.resume(row.account_id, row.pk, by=ANN))

    row.refresh_from_db()
    assert (row.state, Contact.objects.count()) == ("checked", 0)


def test_who_is_broken_stands_in_the_report_and_takes_nobody_along(start: Start, desk: Desk) -> None:
    desk.people = [*crowd(2), {"id": "x", "email": "no address"}]

    row = start()

    line = row.rows.get()
    assert (row.state, row.counts["created"], row.counts["broken"]) == ("done", 2, 1)
    assert (line.line, line.outcome) == (3, "broken")
    assert '"no address"' in line.raw


def test_the_next_import_asks_for_what_changed_since_a_day_before_the_last_one_began(start: Start, desk: Desk) -> None:
    desk.people = crowd(1)
    first = start()
    start(dry=True)

    second = start()

    assert first.since is None
    assert first.started_at is not None
    assert second.since == first.started_at - timedelta(days=1)
    assert [asked.get("since") for asked in desk.asked] == [None, *[second.since.isoformat()] * 2]


def test_another_branch_of_the_vendor_is_asked_for_everything(start: Start, on: Account) -> None:
    start()
    assert start().since is not None

    addons.save_settings(on, "gym", {"branch": "2"}, by=ANN)
    first, second = start(), start()

    assert first.since is None
    assert second.since == first.started_at - timedelta(days=1)


def test_undoing_puts_away_whom_it_made_and_nobody_has_touched(start: Start, desk: Desk, on: Account) -> None:
    desk.people = crowd(3)
    row = start()
    Contact.objects.filter(first_name="Pat1").update(version=2)

    imports.undo(on, row.pk, by=ANN)

    row.refresh_from_db()
    assert row.state == "undone"
    assert list(Contact.objects.filter(archived_at=None).values_list("first_name", flat=True)) == ["Pat1"]
    assert start().since is None  # one that was undone is no success


def test_whoever_pressed_the_button_is_told_of_the_end(start: Start, desk: Desk) -> None:
    from tests.support.people import make_user

    ada = make_user(Account.objects.get(), "admin", "ada")
    desk.people = crowd(2)
    from hub.audit.actor import Actor

    start(by=Actor.person(ada.pk, "Ada"))

    told = Notification.objects.get()
    assert (told.kind, told.data["text"]) == ("import.done", "2 new.")


def test_a_trigger_that_is_gone_is_waited_for(start: Start, bell: Any) -> None:
    row = start(go=False)
    Import.objects.filter(pk=row.pk).update(trigger="gym.gone")

    bell.go(row)

    assert (row.state, "no longer brings" in row.waits) == ("running", True)


def test_an_unknown_trigger_and_an_addon_that_is_off_are_refused_by_hand(on: Account, tables: Any) -> None:
    from hub.db.errors import NotFound

    with pytest.raises(NotFound):
        changes.start(on, "gym", "gym.gone", by=ANN)
    addons.disable(on, "gym", by=SYSTEM)
    with pytest.raises(Conflict):
        changes.start(on, "gym", gym.TRIGGER, by=ANN)
