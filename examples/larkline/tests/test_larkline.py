"""What Larkline for the hub promises, proved alone: no network, no database, no account at Larkline."""

from datetime import UTC, datetime

from hub.testing import conformance, faults
from hub.testing.kit import Kit

from hub_larkline import addon
from hub_larkline.arrivals import Arrived, guest_arrived
from hub_larkline.guests import Guest, record

TestConformance = conformance(addon)


def test_the_test_button_says_whose_key_it_is(hub: Kit) -> None:
    assert hub.check() == "Ada of the Opera House"


def test_events_that_are_over_are_not_offered(hub: Kit) -> None:
    assert hub.options("events") == {"e1": "Opening night", "e2": "Summer gala"}


def test_an_invitation_is_sent_in_the_name_of_the_house(hub: Kit) -> None:
    run = hub.run("larkline.invite", event="e1")

    assert run.note == "Larkline invited Ada Lovelace (id-1)."
    sent = hub.vendor.stored("/invitations")[0]
    assert (sent["house"], sent["email"]) == (hub.settings["house"], run.contact.email)
    assert sent["message"] == "Dear Ada, come and see us!"


def test_a_lost_answer_is_looked_up_and_the_guest_invited_once(hub: Kit) -> None:
    hub.vendor.fail(faults.reset(acts=True))

    run = hub.rest(hub.run("larkline.invite", event="e1"))

    assert run.state == "done"
    assert hub.vendor.count(run.ref) == 1


def test_a_lost_order_is_sent_again_under_its_key_and_is_one_ticket(hub: Kit) -> None:
    hub.vendor.fail(faults.reset(acts=True))

    run = hub.rest(hub.run("larkline.send_ticket", event="e1", kind="box"))

    assert run.state == "done"
    assert len(run.tries) == 2
    assert len(hub.vendor.stored("/tickets")) == 1


def test_a_sign_in_that_ends_while_it_waits_costs_nothing(hub: Kit) -> None:
    hub.sign_in()
    hub.clock.advance(hours=2)

    run = hub.run("larkline.invite", event="e1")

    assert run.state == "done"
    assert hub.vendor.count(run.ref) == 1


def test_an_empty_purse_needs_an_admin(hub: Kit) -> None:
    hub.vendor.fail(faults.out_of_credit())

    run = hub.run("larkline.send_ticket", event="e1", kind="box")

    assert run.state == "held"
    assert hub.vendor.stored("/tickets") == []


def test_a_guest_is_taken_in_with_what_larkline_knows() -> None:
    taken = record(Guest(id="g1", first_name="Grace", ticket_kind="box", vip=True))

    assert (taken.external_id, taken.first_name, taken.choice, taken.tags) == ("g1", "Grace", "box", ("VIP",))


def test_an_arrival_becomes_an_event_about_the_guest() -> None:
    at = datetime(2026, 5, 1, 19, 30, tzinfo=UTC)

    event = guest_arrived(Arrived(delivery_id="d1", type="guest.arrived", guest="g1", event="e1", at=at))

    assert (event.name, event.contact, event.reference) == ("larkline.guest_arrived", "g1", "e1")
    assert event.data == (("at", at.isoformat()),)
