"""From what happens to a receiver on loopback: once, signed, in time, and again when it must be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.addons import installed
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.contacts.incoming import BY_HAND, Incoming
from hub.contacts.intake import intake_many
from hub.db import clock
from hub.db.errors import Invalid
from hub.events.models import Event
from hub.hooks import actors, changes, courier, delivering, reads, settling, shapes
from hub.hooks.models import Delivery, Endpoint, Message, Try
from hub.notifications.models import Notification, StaffMail
from tests.hooks.house import House, make_house
from tests.hooks.receiver import verify
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Iterator[House]:
    with make_house() as made:
        yield made


def test_a_contact_that_comes_is_told_signed_and_in_the_promised_shape(house: House) -> None:
    endpoint = house.subscribe()

    house.happen()
    house.deliver()

    (got,) = house.receiver.got
    verify(changes.secret_of(endpoint), got.headers, got.body, house.clock.now().timestamp())
    told = json.loads(got.body)
    assert set(told) == {"type", "timestamp", "data"}
    assert (told["type"], told["timestamp"]) == ("contact.created", "2026-03-02T09:00:00.000000Z")
    assert told["data"]["contact"]["first_name"] == "Ada0"
    assert told["data"]["account"] == {"id": str(house.account.pk), "name": "Northside"}
    assert isinstance(told["data"]["contact"]["id"], str)
    assert got.headers["content-type"] == "application/json"
    assert house.states() == ["done"]


def test_what_fails_is_tried_again_with_the_same_id_and_the_same_bytes(house: House) -> None:
    house.subscribe()
    house.receiver.answers = [(500, {}), (503, {})]

    house.happen()
    house.deliver()
    assert house.states() == ["waiting"]
    house.clock.advance(seconds=7)
    house.deliver()
    house.clock.advance(minutes=7)
    house.deliver()

    assert house.states() == ["done"]
    assert len(set(house.receiver.ids)) == 1
    assert len({got.body for got in house.receiver.got}) == 1
    assert list(Try.objects.order_by("pk").values_list("status", flat=True)) == [500, 503, 200]


def test_after_ten_tries_in_three_days_it_is_over(house: House) -> None:
    house.subscribe()
    house.receiver.always = (500, {})
    house.happen()

    for _ in range(12):
        house.deliver()
        house.clock.advance(hours=29)

    assert len(house.receiver.got) == 10
    assert house.states() == ["failed"]


def test_a_worker_that_dies_on_the_way_sends_again_under_the_same_id(house: House) -> None:
    endpoint = house.subscribe()
    house.happen()
    with transaction.atomic():
        portion = delivering.claim(endpoint.pk, house.clock.now())
    assert portion is not None
    answers = installed.outside().run(delivering.send(installed.outside(), portion))  # and then it dies

    assert reads.due(house.clock.now()) == []
    house.clock.advance(seconds=121)
    house.deliver()
    with transaction.atomic():  # the dead comes home
        settling.settle(portion, answers)

    assert len(house.receiver.got) == 2
    assert len(set(house.receiver.ids)) == 1
    assert house.states() == ["done"]
    assert Try.objects.count() == 1


def test_one_portion_of_an_endpoint_is_out_at_a_time_and_others_are_not_held_up(house: House) -> None:
    first, second = house.subscribe(), house.subscribe()
    house.happen(30)
    with transaction.atomic():
        portion = delivering.claim(first.pk, house.clock.now())
        assert delivering.claim(first.pk, house.clock.now()) is None

    house.deliver()

    assert portion is not None
    assert len(portion.parcels) == delivering.PORTION
    assert Delivery.objects.filter(endpoint=second, state="done").count() == 30
    assert Delivery.objects.filter(endpoint=first, state="done").count() == 0


def test_an_endpoint_that_has_too_much_rests_as_long_as_it_asks(house: House) -> None:
    house.subscribe()
    house.happen()
    house.receiver.answers = [(429, {"Retry-After": "120"})]
    house.deliver()
    house.happen()  # another message, never tried

    house.clock.advance(seconds=119)
    house.deliver()
    assert len(house.receiver.got) == 1
    house.clock.advance(seconds=2)
    house.deliver()

    assert house.states() == ["done", "done"]


def test_a_farewell_drops_what_a_machine_made_and_disables_what_a_person_made(house: House) -> None:
    owner = make_user(house.account, "owner")
    zap, own = house.subscribe(machine=True), house.subscribe(name="Our CRM")
    house.receiver.always = (410, {})

    house.happen()
    house.deliver()

    assert not Endpoint.objects.filter(pk=zap.pk).exists()
    own.refresh_from_db()
    assert own.state == "disabled"
    told = Notification.objects.get(user_id=owner.pk)
    assert told.kind == "hook.disabled"
    assert told.data["name"] == "Our CRM"
    by_mail = StaffMail.objects.get()  # one for one person, although two webhooks ended
    assert (by_mail.user_id, by_mail.kind, by_mail.data, by_mail.url) == (owner.pk, told.kind, told.data, told.url)
    assert set(AuditRow.objects.filter(object_kind="hook").values_list("verb", flat=True)) >= {
        "hook_dropped", "hook_disabled",
    }  # fmt: skip


def test_an_endpoint_at_which_everything_fails_is_disabled_at_the_right_hour(house: House) -> None:
    endpoint = house.subscribe()
    house.receiver.always = (500, {})
    house.happen(10)
    house.deliver()

    house.clock.advance(days=4, hours=23, minutes=59)
    assert actors.end_broken() == 0
    house.clock.advance(minutes=2)
    assert actors.end_broken() == 1

    endpoint.refresh_from_db()
    assert endpoint.state == "disabled"
    assert "10 messages failed" in endpoint.disabled_why


def test_nine_messages_or_one_that_was_taken_keep_an_endpoint_going(house: House) -> None:
    endpoint = house.subscribe()
    house.receiver.always = (500, {})
    house.happen(10)
    house.deliver()
    house.clock.advance(days=3)
    house.receiver.always = (200, {})
    house.happen(1)
    house.deliver()
    house.receiver.always = (500, {})
    house.happen(9)
    house.deliver()

    house.clock.advance(days=6)

    assert actors.end_broken() == 0
    endpoint.refresh_from_db()
    assert endpoint.state == "active"


def test_what_happens_while_an_endpoint_is_disabled_waits_and_a_window_says_what_is_sent(house: House) -> None:
    endpoint = house.subscribe()
    with transaction.atomic():
        changes.disable(endpoint, by=SYSTEM)
    house.happen()
    house.clock.advance(days=2)
    house.happen()
    house.deliver()
    assert house.receiver.got == []

    with transaction.atomic():
        changes.enable(endpoint, since=house.clock.now() - timedelta(days=1), by=SYSTEM)
    house.deliver()

    assert house.states() == ["skipped", "done"]


def test_switching_on_what_is_on_leaves_out_nothing_that_is_tried_again(house: House) -> None:
    endpoint = house.subscribe()
    house.receiver.always = (500, {})
    house.happen()
    house.deliver()

    with transaction.atomic():
        assert changes.enable(endpoint, since=None, by=SYSTEM) == 0

    assert house.states() == ["waiting"]


def test_replaying_twice_is_replaying_once_and_the_id_stays(house: House) -> None:
    endpoint = house.subscribe()
    house.happen(3)
    house.deliver()
    first = sorted(house.receiver.ids)

    with transaction.atomic():
        assert changes.replay(endpoint, Delivery.objects.all(), by=SYSTEM) == 3
        assert changes.replay(endpoint, Delivery.objects.all(), by=SYSTEM) == 0
    house.deliver()

    assert sorted(house.receiver.ids) == sorted(first * 2)


def test_a_receiver_of_the_enterprise_hears_the_accounts_beneath(house: House) -> None:
    child = make_account("Branch", house.account)
    house.subscribe(subtree=True)
    born_later = make_account("New branch", house.account)

    house.happen(account=child)
    house.happen(account=born_later)
    house.deliver()

    names = [json.loads(got.body)["data"]["account"]["name"] for got in house.receiver.got]
    assert sorted(names) == ["Branch", "New branch"]


def test_without_the_accounts_beneath_only_the_account_itself_is_heard(house: House) -> None:
    child = make_account("Branch", house.account)
    house.subscribe()

    house.happen(account=child)

    assert Message.objects.count() == 0


def test_when_the_last_one_unsubscribes_nothing_is_written_any_more(house: House) -> None:
    endpoint = house.subscribe()
    house.happen()
    with transaction.atomic():
        changes.remove(endpoint, by=SYSTEM)

    house.happen()

    assert Delivery.objects.count() == 0
    assert Message.objects.count() == 1  # of the time before


def test_a_rotated_secret_signs_beside_the_new_one_for_a_day(house: House) -> None:
    endpoint = house.subscribe()
    old = changes.secret_of(endpoint)
    with transaction.atomic():
        new = changes.rotate(endpoint, by=SYSTEM)

    house.happen()
    house.deliver()
    for secret in (old, new):
        verify(secret, house.receiver.got[0].headers, house.receiver.got[0].body, house.clock.now().timestamp())
    house.clock.advance(hours=25)
    house.happen()
    house.deliver()

    assert house.receiver.got[1].headers["webhook-signature"].count("v1,") == 1
    verify(new, house.receiver.got[1].headers, house.receiver.got[1].body, house.clock.now().timestamp())


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x", "https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/", "ftp://example.com/",
     "https://u:p@example.com/", "https://2130706433/", "https://example.com:8443/", "not an address"],
)  # fmt: skip
def test_an_address_that_is_not_public_and_https_cannot_listen(house: House, url: str) -> None:
    with pytest.raises(Invalid) as refused, transaction.atomic():
        changes.subscribe(house.account, url, ["contact.created"], by=SYSTEM)

    assert "url" in refused.value.fields


def test_a_redirect_is_not_followed(house: House) -> None:
    house.subscribe()
    house.receiver.answers = [(302, {"Location": house.receiver.url + "/elsewhere"})]

    house.happen()
    house.deliver()

    assert [got.path for got in house.receiver.got] == ["/hook"]
    assert house.states() == ["waiting"]


def test_nothing_is_sent_while_the_account_is_paused_and_all_of_it_afterwards(house: House) -> None:
    house.subscribe()
    with transaction.atomic():
        accounts.pause(house.account, by=SYSTEM)
    house.happen(2)
    house.deliver()
    assert reads.due(house.clock.now()) == []  # nobody rings for it every two seconds
    assert house.receiver.got == []

    with transaction.atomic():
        accounts.unpause(house.account, by=SYSTEM)
    house.deliver()

    assert len(house.receiver.got) == 2


def test_a_sample_is_sent_at_once_even_to_a_disabled_endpoint(house: House) -> None:
    endpoint = house.subscribe()
    with transaction.atomic():
        changes.disable(endpoint, by=SYSTEM)
        delivery = changes.sample(endpoint, "plan.finished", by=SYSTEM)

    assert courier.carry_now(endpoint.pk, (delivery.pk,))

    assert json.loads(house.receiver.got[0].body)["type"] == "plan.finished"
    assert Try.objects.get().said == "thank you"


def test_a_huge_contact_makes_a_message_below_twenty_kilobytes(house: House) -> None:
    house.subscribe()
    custom = {f"Field {n} {'x' * 40}": "é" * 400 for n in range(90)}
    policy = replace(BY_HAND, make_custom_fields=True)
    with transaction.atomic():
        intake_many(house.account, [Incoming({"first_name": "Ada"}, custom=custom)], by=SYSTEM, policy=policy)
    house.spread()

    message = Message.objects.get()
    assert len(message.body.encode()) <= 20_000
    assert json.loads(message.body)["data"]["cut"] is True


def test_after_thirty_days_messages_are_forgotten(house: House) -> None:
    house.subscribe()
    house.happen()
    house.deliver()

    house.clock.advance(days=31)

    with transaction.atomic():
        assert changes.forget_old(clock.now()) == 1
    assert (Message.objects.count(), Delivery.objects.count(), Try.objects.count()) == (0, 0, 0)


def test_an_event_that_cannot_be_put_into_words_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.subscribe()
    house.happen_only(2)
    spoilt = Event.objects.order_by("pk")[0].uid
    tell = shapes.bodies

    def stumbling(told: list[Event]) -> list[str]:
        if any(event.uid == spoilt for event in told):
            raise ValueError("a fact of a kind nobody thought of")
        return tell(told)

    monkeypatch.setattr(shapes, "bodies", stumbling)
    actors.spread_events()
    actors.spread_events()
    house.deliver()

    assert not Event.objects.exists()
    assert len(house.receiver.got) == 1
