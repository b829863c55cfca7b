"""From a vendor's POST to contacts, plans and histories: proved, once, in any order, held where it must be, played again."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client

from hub.accounts import changes as accounts
from hub.addons import catalog, installed
from hub.addons import changes as addons
from hub.addons.mappings import changes as mappings
from hub.addons.models import Connection
from hub.arrivals import changes, entrances, handling, reads, taking
from hub.arrivals.models import Arrival
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.contacts.models import Contact
from hub.core import AddOn, Answer, HeaderKey, HmacSha256, Record, Secret, Settings
from hub.db import clock, installation
from hub.db.models import Installation
from hub.dispatch.guests.guest import Guest
from hub.dispatch.receiving import signed_headers
from hub.history.models import Note
from hub.imports.models import ImportSchedule
from hub.plans.models import Enrollment
from tests.engine.world import World, make_world
from tests.support.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERED = {"small": 8, "quarter": 400, "large": 20_000}
"""Messages, each of them delivered five times."""

SECRET = "gym-secret-123456"
SIGNED = HmacSha256("X-Gym-Signature", "hook_secret", timestamp="X-Gym-Time")


class Keys(Settings):
    api_key: Secret
    hook_secret: Secret


class Joined(Answer):
    id: str
    type: str
    member: str
    name: str
    tier: str = ""


gym = AddOn("gym", title="Gym", base_url="https://api.gym.example", settings=Keys, auth=HeaderKey("X-Key", "api_key"))


@gym.options("tiers")
async def tiers(vendor: Any) -> dict[str, str]:
    return {"gold": "Gold"}


gym.mapping("plans", title="Plans", left="tiers", right="plan", many=True)


@gym.webhook("member.joined", Joined, verify=SIGNED, dedupe="id")
def joined(payload: Joined) -> Record:
    if payload.name == "Bug":
        raise RuntimeError("the handler has a bug")
    return Record(external_id=payload.member, first_name=payload.name, choice=payload.tier)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[gym]) as made:
        with transaction.atomic():
            addons.make_available(made.account, "gym", by=SYSTEM)
            addons.enable(made.account, "gym", by=SYSTEM)
            addons.save_settings(made.account, "gym", {"api_key": "k-123456", "hook_secret": SECRET}, by=SYSTEM)
        yield made


def address(world: World, addon: str = "gym") -> str:
    with transaction.atomic():
        token = entrances.token_of(Connection.objects.get(account=world.account, addon=addon))
    return f"/in/{token}"


def delivery(number: int = 1, **more: str) -> bytes:
    told = {"id": f"d{number}", "type": "member.joined", "member": f"m{number}", "name": "Ada", **more}
    return json.dumps(told).encode()


def post(where: str, body: bytes, headers: dict[str, str] | None = None, at: int | None = None) -> int:
    stamp = str(at if at is not None else int(clock.now().timestamp()))
    signed = signed_headers(SIGNED, SECRET, body, stamp)
    answer = Client().post(where, body, content_type="application/json", headers={**signed, **(headers or {})})
    assert answer.content == b""
    return int(answer.status_code)


def work() -> None:
    """What the workers do with the bells."""
    for row in Arrival.objects.filter(state="waiting"):
        with transaction.atomic():
            ready = handling.begin(row.pk)
        if ready:
            found = handling.understood(ready)
            with transaction.atomic():
                handling.finish(ready, found)


def test_a_record_that_is_pushed_enters_at_the_mapping(world: World) -> None:
    with transaction.atomic():
        manifest = catalog.manifest("gym")
        assert manifest is not None
        mappings.add(world.account, manifest, "gym.plans", "gold", str(world.plan.pk), by=SYSTEM)

    assert post(address(world), delivery(tier="gold")) == 202
    work()

    contact = Contact.objects.get()
    assert contact.first_name == "Ada"
    assert Enrollment.objects.get().contact_id == contact.pk
    assert Arrival.objects.get().came_to == {
        "records": 1, "events": 0, "created": 1, "updated": 0, "enrolled": 1, "skipped": 0, "broken": 0, "told": 0,
    }  # fmt: skip


def test_a_record_that_is_pushed_changes_of_a_known_contact_what_an_import_may(world: World) -> None:
    post(address(world), delivery(1))
    work()
    Contact.objects.update(first_name="Augusta")  # as somebody has put it right

    post(address(world), delivery(2, member="m1"))
    work()
    kept = Contact.objects.get().first_name
    ImportSchedule.objects.create(account=world.account, addon="gym", trigger="gym.members", overwrites=["name"])
    post(address(world), delivery(3, member="m1"))
    work()

    assert (kept, Contact.objects.get().first_name) == ("Augusta", "Ada")


def test_each_delivered_five_times_in_any_order_by_eight_clients_at_once_has_one_effect(
    world: World, pytestconfig: pytest.Config
) -> None:
    many = DELIVERED[pytestconfig.getoption("--faults")]
    where, stamp, chance = address(world), int(clock.now().timestamp()), random.Random(7)
    sent = [delivery(n) for n in range(many)] * 5
    chance.shuffle(sent)

    def client(number: int) -> list[int]:
        try:
            return [post(where, body, at=stamp) for body in sent[number::8]]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as clients:
        answers = [status for found in clients.map(client, range(8)) for status in found]
    work()
    work()

    assert (answers.count(202), answers.count(200)) == (many, 4 * many)
    assert Contact.objects.count() == many


def test_every_flipped_byte_is_refused(world: World) -> None:
    where, body = address(world), delivery()
    stamp = int(clock.now().timestamp())
    right = signed_headers(SIGNED, SECRET, body, str(stamp))

    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert post(where, changed, right, stamp) == 401
    for place in range(0, len(right[SIGNED.header]), 7):
        value = right[SIGNED.header]
        other = value[:place] + ("0" if value[place] != "0" else "1") + value[place + 1 :]
        assert post(where, body, {SIGNED.header: other}, stamp) == 401

    assert not Arrival.objects.exists()


@pytest.mark.parametrize("off", [-3600, 3600])
def test_what_was_signed_an_hour_off_is_refused(world: World, off: int) -> None:
    assert post(address(world), delivery(), at=int(clock.now().timestamp()) + off) == 400


def test_a_delivery_that_is_too_large_is_refused(world: World) -> None:
    assert post(address(world), delivery(name="x" * 1024 * 1024)) == 413


def test_json_that_poses_as_a_form_is_read_as_what_it_is(world: World) -> None:
    body = delivery()
    headers = signed_headers(SIGNED, SECRET, body, str(int(clock.now().timestamp())))

    answer = Client().generic(
        "POST", address(world), body, content_type="multipart/form-data; boundary=x", headers=headers
    )

    assert answer.status_code == 202


def test_without_a_secret_everything_is_refused(world: World) -> None:
    where = address(world)
    with transaction.atomic():
        Connection.objects.filter(addon="gym").update(secrets=None)

    assert post(where, delivery()) == 403
    assert not Arrival.objects.exists()


def test_an_address_that_nobody_was_given_is_not_there(world: World) -> None:
    assert post("/in/" + "x" * 22, delivery()) == 404
    assert Client().get(address(world)).status_code == 405


def test_a_locked_account_keeps_its_deliveries_until_it_is_opened(world: World) -> None:
    with transaction.atomic():
        accounts.lock_login(world.account, by=SYSTEM)

    assert post(address(world), delivery()) == 202
    work()
    assert not Contact.objects.exists()
    with transaction.atomic():
        accounts.unlock_login(world.account, by=SYSTEM)
    world.clock.advance(minutes=6)
    assert reads.stuck(clock.now()) == [Arrival.objects.get().pk]
    work()

    assert Contact.objects.count() == 1


def test_a_handler_with_a_bug_loses_nothing_and_is_played_again(world: World) -> None:
    post(address(world), delivery(name="Bug"))
    work()
    row = Arrival.objects.get()
    assert (row.state, "the handler has a bug" in row.problem) == ("failed", True)

    Arrival.objects.update(body=delivery(name="Fixed"))  # stands for a plugin that was mended
    with transaction.atomic():
        changes.replay(Arrival.objects.get(), by=SYSTEM)
    work()

    assert Contact.objects.get().first_name == "Fixed"


def test_a_worker_that_dies_on_the_way_leaves_it_to_another(world: World) -> None:
    post(address(world), delivery())
    row = Arrival.objects.get()
    with transaction.atomic():
        assert handling.begin(row.pk) is not None  # and then it dies

    with transaction.atomic():
        assert handling.begin(row.pk) is None  # in good hands, as far as anybody knows
    world.clock.advance(seconds=61)
    assert reads.stuck(clock.now()) == [row.pk]
    work()

    assert Contact.objects.count() == 1


def test_an_event_stands_in_the_history_beside_its_step(world: World) -> None:
    (run,) = world.enroll(1)
    world.work()
    body = json.dumps({"event_id": "e1", "type": "card.mailed", "card": world.vendor.cards[0]["id"]}).encode()
    headers = signed_headers(taking.webhooks_of("postpigeon")[0].verify, "pigeon-key-123456", body, "")
    answer = Client().post(address(world, "postpigeon"), body, content_type="application/json", headers=headers)
    work()

    assert answer.status_code == 202
    note = Note.objects.get(kind="postpigeon.card_mailed")
    assert (note.contact_id, note.run_id, note.data["text"]) == (run.contact_id, run.pk, "Card mailed.")


def test_an_event_that_names_our_reference_is_told_also_when_a_restore_has_named_the_installation_anew(
    world: World,
) -> None:
    (run,) = world.enroll(1)
    world.work()
    before, reference = installation.ref(), world.vendor.cards[0]["ref"]
    Installation.objects.update(ref="another1")
    installation.ref.cache_clear()
    try:
        for number, named in enumerate([reference, reference.replace(before, "stranger")]):
            body = json.dumps({"event_id": f"e{number}", "type": "card.mailed", "card": named}).encode()
            headers = signed_headers(taking.webhooks_of("postpigeon")[0].verify, "pigeon-key-123456", body, "")
            Client().post(address(world, "postpigeon"), body, content_type="application/json", headers=headers)
        work()
    finally:
        Installation.objects.update(ref=before)
        installation.ref.cache_clear()

    note = Note.objects.get(kind="postpigeon.card_mailed")  # another installation's is none of ours
    assert note.run_id == run.pk


def test_keys_are_kept_for_ninety_days_and_bodies_for_thirty(world: World) -> None:
    where = address(world)
    post(where, delivery())
    work()

    world.clock.advance(days=31)
    taking.forget_old(clock.now())
    assert bytes(Arrival.objects.get().body) == b""
    assert post(where, delivery()) == 200  # still known
    world.clock.advance(days=60)
    assert taking.forget_old(clock.now() + timedelta(seconds=1)) == 1


def test_what_waits_for_its_account_is_kept_whole_however_long_that_takes(world: World) -> None:
    post(address(world), delivery(name="Bug"))
    work()
    with transaction.atomic():
        accounts.lock_login(world.account, by=SYSTEM)
        changes.replay(Arrival.objects.get(), by=SYSTEM)
    post(address(world), delivery(2))

    world.clock.advance(days=100)

    assert taking.forget_old(clock.now()) == 0
    assert sorted(bytes(row.body) for row in Arrival.objects.all()) == [delivery(1, name="Bug"), delivery(2)]


def test_the_page_shows_the_address_once_and_plays_a_delivery_again(world: World, client: Client) -> None:
    owner = make_user(world.account, "owner")
    client.post("/sign-in", {"username": owner.username, "password": PASSWORD})
    here = f"/a/{world.account.pk}/add-ons/gym/incoming"
    shown = client.post(f"{here}/address").content.decode()
    where = address(world)
    assert where in shown
    seen = AuditRow.objects.get(verb="address_shown")
    assert (seen.actor_id, seen.account_id, seen.object_id) == (str(owner.pk), world.account.pk, "gym")
    assert where.rpartition("/")[2] not in str(seen.data)
    post(where, delivery(name="Bug"))
    work()

    page = client.get(here).content.decode()
    assert where not in page
    assert "the handler has a bug" in page
    client.post(f"{here}/{Arrival.objects.get().pk}/again")

    assert Arrival.objects.get().state == "waiting"


def test_a_delivery_waits_while_three_handlers_of_its_plugin_have_not_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = Guest("hub-gym", lambda name: pytest.fail("a handler needs no loop"), lambda: 0)
    monkeypatch.setattr(installed, "guests", lambda: SimpleNamespace(of={"gym": guest}.get))
    for _ in range(3):
        guest.enter("webhook")

    assert post(address(world), delivery()) == 202
    work()
    row = Arrival.objects.get()
    assert (row.state, row.tries) == ("waiting", 0)
    assert row.waits == "The plugin hub-gym has not yet answered others who asked."
    guest.leave("webhook")
    work()

    assert Arrival.objects.get().state == "done"
    assert not guest.crowded("webhook"), "and the place is free again"
