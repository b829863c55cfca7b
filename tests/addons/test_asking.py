"""Asking the vendor: live lists with their age, and the Test button that says how far it went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.accounts.models import Account
from hub.addons import changes, diagnosis, health, installed, options
from hub.addons.connections import state_of
from hub.addons.diagnosis import Mark
from hub.addons.models import Connection
from hub.addons.wording import Reason
from hub.audit.actor import SYSTEM
from hub.core.egress import Egress
from hub.core.registry import Registry
from hub.db import clock
from hub.db.clock import VirtualClock
from hub.db.errors import NotFound
from hub.dispatch.outside import Outside
from hub.testing import faults
from hub.testing.simulator import Simulator
from hub.testing.simulator_server import SimulatorServer
from tests.addons.world import ADMIN
from tests.core import postpigeon


def diagnosed(connection: Connection) -> diagnosis.Diagnosis:
    """As the Test button does it: ask, then write down."""
    found = diagnosis.examine(connection)
    diagnosis.record(connection, found, by=ADMIN)
    return found


@pytest.fixture
def vendor() -> Simulator:
    return Simulator(postpigeon.addon.hub_addon())


@pytest.fixture(autouse=True)
def time() -> Iterator[VirtualClock]:
    with clock.use(VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))) as given:
        assert isinstance(given, VirtualClock)
        yield given


@pytest.fixture
def server(vendor: Simulator) -> Iterator[SimulatorServer]:
    with SimulatorServer(vendor) as served:
        outside = Outside(Egress.of([served.address]), {"postpigeon": served.url})
        with installed.use_outside(outside):
            yield served
        outside.close()


@pytest.fixture
def connection(on: Account, server: SimulatorServer) -> Connection:
    return Connection.objects.get(account=on)


def lines(found: diagnosis.Diagnosis) -> str:
    return " ".join(f"{stage.name}:{stage.state}" for stage in found.stages if stage.state is not Mark.WAITING)


# --- live lists -----------------------------------------------------------------------------------------------------


def test_a_list_is_read_once_and_kept_for_some_minutes(
    connection: Connection, vendor: Simulator, time: VirtualClock
) -> None:
    first = options.load(connection, "campaigns")
    time.advance(minutes=9)
    options.load(connection, "campaigns")

    assert first.labels == {"c1": "Campaign 1", "c2": "Campaign 2", "c3": "Campaign 3"}
    assert first.problem == ""
    assert len(vendor.calls) == 1

    time.advance(minutes=2)
    options.load(connection, "campaigns")

    assert len(vendor.calls) == 2


def test_refresh_asks_at_once_and_shows_what_is_new(connection: Connection, vendor: Simulator) -> None:
    options.load(connection, "campaigns")
    vendor.stored("/campaigns").append({"id": "c4", "name": "Fresh"})

    assert options.load(connection, "campaigns", refresh=True).labels["c4"] == "Fresh"


def test_a_list_that_cannot_be_read_is_shown_as_it_was_with_its_age_and_the_reason(
    connection: Connection, vendor: Simulator, time: VirtualClock
) -> None:
    loaded_at = options.load(connection, "campaigns").loaded_at
    time.advance(hours=1)
    vendor.fail(faults.status(503))

    stale = options.load(connection, "campaigns")

    assert stale.labels["c1"] == "Campaign 1"
    assert stale.loaded_at == loaded_at
    assert "could not be loaded" in stale.problem
    assert "type the value in by hand" in stale.problem


def test_a_vendor_that_just_failed_is_left_alone_for_a_moment(
    connection: Connection, vendor: Simulator, time: VirtualClock
) -> None:
    vendor.fail(faults.status(503))
    options.load(connection, "campaigns")
    options.load(connection, "campaigns")
    assert len(vendor.calls) == 1

    time.advance(seconds=31)

    assert options.load(connection, "campaigns").problem == ""


def test_a_wrong_key_says_so_instead_of_a_list(connection: Connection, on: Account) -> None:
    changes.save_settings(on, "postpigeon", {"api_key": "wrong-key-000001", "studio": "s1"}, by=ADMIN)
    connection.refresh_from_db()

    shown = options.load(connection, "campaigns")

    assert shown.entries == ()
    assert "could not be loaded" in shown.problem
    assert "wrong-key" not in shown.problem


def test_a_list_the_add_on_has_not_is_not_found(connection: Connection) -> None:
    with pytest.raises(NotFound):
        options.load(connection, "albums")


def test_without_its_plugin_a_list_is_what_it_was(connection: Connection) -> None:
    options.load(connection, "campaigns")

    with installed.use(Registry()):
        shown = options.load(connection, "campaigns", refresh=True)

    assert shown.labels["c1"] == "Campaign 1"
    assert "not running" in shown.problem


@pytest.mark.parametrize(
    ("plan", "value"),
    [("Welcome", "1"), (" welcome ", "1"), ("Birthday  card", "2"), ("Twice", ""), ("Unknown", ""), ("", "")],
)
def test_the_entry_named_like_the_plan_is_chosen_beforehand(plan: str, value: str) -> None:
    groups = options.OptionList((("1", "Welcome"), ("2", "birthday card"), ("3", "Twice"), ("4", "twice"), ("5", "")))

    assert options.preselect(groups, plan) == value


# --- the Test button ------------------------------------------------------------------------------------------------


def test_a_good_connection_is_green_to_the_sample(connection: Connection, on: Account) -> None:
    found = diagnosed(connection)

    assert found.ok
    assert lines(found) == "name:done port:done tls:done sign_in:done permission:done sample:done"
    assert found.stages[-1].note == "3 studios found."
    assert found.sentence == "The connection to PostPigeon works."
    connection.refresh_from_db()
    assert (connection.health, connection.checked_at) == ("ok", clock.now())


@pytest.mark.parametrize(("said", "shown"), [("K" * 1_000_000, "K" * diagnosis.LONGEST), ({"no": "text"}, "")])
def test_what_a_check_says_fits_on_the_page(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, said: object, shown: str
) -> None:
    ask = diagnosis.asking.ask
    monkeypatch.setattr(
        diagnosis.asking, "ask", lambda asked, info, what: said if what is info.check else ask(asked, info, what)
    )

    found = diagnosed(connection)

    assert found.ok
    assert next(stage.note for stage in found.stages if stage.name == "sign_in") == shown


@pytest.mark.django_db(transaction=True)
def test_it_needs_no_transaction_around_the_vendor_s_time(connection: Connection) -> None:
    from django.db import connection as database

    assert not database.in_atomic_block
    assert diagnosed(connection).ok
    assert options.load(connection, "campaigns").problem == ""


def test_a_wrong_key_stops_at_the_sign_in_and_calls_the_admin(connection: Connection, on: Account) -> None:
    changes.save_settings(on, "postpigeon", {"api_key": "wrong-key-000001", "studio": "s1"}, by=ADMIN)
    connection.refresh_from_db()

    found = diagnosed(connection)

    assert lines(found) == "name:done port:done tls:done sign_in:failed"
    assert "An admin acts" in found.sentence
    assert state_of(on, "postpigeon").reason is Reason.NEEDS_ADMIN


def test_a_mended_key_tests_green_and_frees_what_waited(connection: Connection, on: Account) -> None:
    health.set_health(connection.pk, "needs_admin", "The key is wrong.", by=SYSTEM)

    freed = diagnosis.record(connection, diagnosis.examine(connection), by=ADMIN)

    assert freed.account_ids == (on.pk,)
    assert state_of(on, "postpigeon").active


def test_a_vendor_in_trouble_is_not_the_admin_s_fault(connection: Connection, vendor: Simulator, on: Account) -> None:
    vendor.fail(faults.status(503))

    found = diagnosed(connection)

    assert found.first_red is not None
    assert found.first_red.name == "sign_in"
    assert "try again later" in found.sentence
    assert state_of(on, "postpigeon").active


def test_a_list_that_fails_after_a_good_key_is_the_sample_s_red_line(connection: Connection, vendor: Simulator) -> None:
    vendor.fail(faults.Fault("the key is fine", 200, body=b'{"id": "1", "name": "Acme"}'), faults.status(500))

    found = diagnosed(connection)

    assert lines(found).endswith("permission:done sample:failed")


def test_a_closed_port_stops_there(connection: Connection, server: SimulatorServer) -> None:
    outside = Outside(Egress.of(["127.0.0.1:9"]), {"postpigeon": "http://127.0.0.1:9/v2"})
    with installed.use_outside(outside):
        found = diagnosed(connection)
    outside.close()

    assert lines(found) == "name:done port:failed"
    assert "does not answer" in found.sentence


def test_a_server_without_tls_stops_at_tls(connection: Connection, server: SimulatorServer) -> None:
    outside = Outside(Egress.of([server.address]), {"postpigeon": server.url.replace("http:", "https:")})
    with installed.use_outside(outside):
        found = diagnosed(connection)
    outside.close()

    assert lines(found) == "name:done port:done tls:failed"


def test_an_address_inside_is_not_even_looked_up(connection: Connection, server: SimulatorServer) -> None:
    outside = Outside(Egress(), {"postpigeon": "http://127.0.0.1/v2"})
    with installed.use_outside(outside):
        found = diagnosed(connection)
    outside.close()

    assert lines(found) == "name:failed"


def test_what_is_not_complete_is_not_tested(branch: Account, catalogued: Registry) -> None:
    changes.make_available(branch, "postpigeon", by=SYSTEM)
    changes.enable(branch, "postpigeon", by=ADMIN)

    found = diagnosed(Connection.objects.get())

    assert lines(found) == ""
    assert "not complete" in found.sentence
    assert Connection.objects.get().health == "unknown"


def test_a_package_without_the_right_is_a_red_permission(db: None, on: Account) -> None:
    from hub_mailbox_power import addon

    from hub.addons import catalog
    from hub.core.registry import from_objects

    vendor = Simulator(addon.hub_addon())
    registry = from_objects([addon])
    with SimulatorServer(vendor) as served, installed.use(registry):
        outside = Outside(Egress.of([served.address]), {"mailbox_power": served.url})
        with installed.use_outside(outside):
            catalog.sync(registry)
            changes.make_available(on, "mailbox_power", by=SYSTEM)
            changes.save_settings(on, "mailbox_power", {"api_key": "nopackage-0001"}, by=ADMIN)
            found = diagnosed(Connection.objects.get(addon="mailbox_power"))
        outside.close()

    assert lines(found).endswith("sign_in:done permission:failed")
    assert "third-party integrations" in found.sentence


def test_the_list_is_no_older_than_it_says(connection: Connection, time: VirtualClock) -> None:
    options.load(connection, "campaigns")
    time.advance(minutes=5)

    assert clock.now() - (options.load(connection, "campaigns").loaded_at or clock.now()) == timedelta(minutes=5)
