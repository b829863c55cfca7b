"""Mailbox Power, alone: no network, no database, no account there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hub_mailbox_power import addon
from hub_mailbox_power.endpoints import Added, groups

from hub.core import Address, Contact, NeedsAdmin
from hub.core.effects import EffectClass
from hub.testing import conformance, faults
from hub.testing.kit import ADA, Kit

TestMailboxPower = conformance(addon)

ADD = "mailbox_power.add_to_group"
CONTACTS = "/api/clienttether/contacts"


@pytest.fixture
def kit() -> Iterator[Kit]:
    with Kit(addon) as kit:
        yield kit


def test_a_contact_is_added_to_the_group_and_the_history_says_so(kit: Kit) -> None:
    run = kit.run(ADD, group_id="101")

    assert run.state == "done"
    assert run.note == "Mailbox Power created the contact and put it into the contact group 101."
    (sent,) = kit.vendor.stored(CONTACTS)
    assert sent == {
        "id": "id-1", "firstName": "Ada", "lastName": "Lovelace", "company": "Analytical Engines",
        "street": "12 St James's Square",
        "street2": "", "city": "London", "state": "LDN", "zip": "SW1Y 4JH", "country": "GB", "email": "ada@example.com",
        "phone": "+15550100", "groupId": "101",
    }  # fmt: skip


def test_a_contact_they_know_is_updated_and_the_history_says_that(kit: Kit) -> None:
    kit.run(ADD, group_id="101")

    assert "updated the contact" in kit.run(ADD, group_id="102").note


@pytest.mark.parametrize("missing", ["line1", "city", "state", "zip"])
def test_without_a_whole_address_no_call_is_made(kit: Kit, missing: str) -> None:
    homeless = ADA.model_copy(update={"address": ADA.address.model_copy(update={missing: " "})})

    run = kit.run(ADD, homeless, group_id="101")

    assert run.state == "failed"
    assert "complete postal address" in run.note
    assert kit.vendor.calls == []


def test_without_a_name_no_call_is_made(kit: Kit) -> None:
    run = kit.run(ADD, Contact(id="2", address=ADA.address), group_id="101")

    assert "first name" in run.note
    assert "last name" in run.note
    assert kit.vendor.calls == []


@pytest.mark.parametrize(
    "fault",
    [
        faults.reset(),
        faults.reset(acts=True),
        faults.slow(60),
        faults.html(),
        faults.empty(),
        faults.cut_json(),
        faults.status(500),
        faults.status(503, acts=True),
        faults.status(504, acts=True),
    ],
    ids=lambda fault: fault.name,
)
def test_an_unclear_addition_is_never_repeated_by_the_machine(kit: Kit, fault: faults.Fault) -> None:
    kit.vendor.fail(fault)

    run = kit.rest(kit.run(ADD, group_id="101"))

    assert run.state == "review"
    assert len(kit.vendor.effects) <= 1
    assert len([call for call in kit.vendor.calls if call[0] == "POST"]) == 1


def test_a_deleted_group_is_told_as_such_and_nobody_else_is_stopped(kit: Kit) -> None:
    gone = kit.run(ADD, group_id="999")
    other = kit.run(ADD, group_id="101")

    assert gone.state == "failed"
    assert "does not know the contact group 999" in gone.note
    assert other.state == "done"


def test_a_refused_contact_is_this_contact_s_trouble_only(kit: Kit) -> None:
    kit.vendor.fail(faults.status(422, message="zip is not valid"))

    run = kit.run(ADD, group_id="101")

    assert run.state == "failed"
    assert "zip is not valid" in run.note


def test_a_success_that_says_no_is_a_no(kit: Kit) -> None:
    no = faults.Fault("success false", 200, body=b'{"success": false, "message": "blocked recipient"}')
    kit.vendor.fail(no)

    run = kit.run(ADD, group_id="101")

    assert run.state == "failed"
    assert "blocked recipient" in run.note


def test_too_many_calls_wait_as_long_as_asked_and_then_go_through_once(kit: Kit) -> None:
    kit.vendor.fail(faults.too_many("90"))

    run = kit.run(ADD, group_id="101")
    waited = (run.due_at - kit.clock.now()).total_seconds()
    kit.rest(run)

    assert waited >= 90
    assert run.state == "done"
    assert len(kit.vendor.effects) == 1


def test_no_credit_holds_the_connection_for_an_admin(kit: Kit) -> None:
    kit.vendor.fail(faults.out_of_credit())

    assert kit.run(ADD, group_id="101").state == "held"


def test_the_key_test_says_what_the_key_sees(kit: Kit) -> None:
    assert kit.check() == "The key is accepted and sees 3 contact groups."


def test_a_wrong_key_is_told_apart_from_a_package_without_integrations(kit: Kit) -> None:
    wrong = kit.check(api_key="wrong-key-000001")
    package = kit.check(api_key="nopackage-000001")

    assert isinstance(wrong, NeedsAdmin)
    assert wrong.field == "api_key"
    assert isinstance(package, NeedsAdmin)
    assert package.field == "package"
    assert "package" in package.reason


def test_a_wrong_key_in_a_step_names_the_key_too(kit: Kit) -> None:
    kit.settings["api_key"] = "wrong-key-000001"

    run = kit.run(ADD, group_id="101")

    assert run.state == "held"
    assert "does not accept this API key" in run.note


def test_the_groups_are_offered_by_name(kit: Kit) -> None:
    assert kit.options("groups") == {"101": "Welcome gift", "102": "Birthday card", "103": "Thank you box"}


@pytest.mark.parametrize(
    "answer",
    [
        b'[{"id": 5, "name": "A"}]',
        b'{"data": [{"groupId": "5", "groupName": "A"}]}',
        b'{"groups": [{"group_id": 5, "name": "A"}]}',
    ],
)
def test_the_groups_are_read_in_every_form_they_may_come_in(answer: bytes) -> None:
    assert [(group.id, group.name) for group in groups.parse(answer)] == [("5", "A")]


@pytest.mark.parametrize(
    ("answer", "contact_id"),
    [
        ({"success": True, "data": {"contactId": 9, "status": "created"}}, "9"),
        ({"success": True, "contactId": "9"}, "9"),
        ({"id": 9}, "9"),
        ({"success": True}, ""),
    ],
)
def test_the_answer_to_an_addition_is_read_in_every_form(answer: dict[str, object], contact_id: str) -> None:
    assert Added.model_validate(answer).data.contact_id == contact_id


@pytest.mark.parametrize("answer", [{}, {"data": {}}, {"data": []}, {"message": "hello"}])
def test_an_answer_that_proves_nothing_is_not_taken_for_a_success(answer: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="neither a success"):
        Added.model_validate(answer)


def test_the_step_says_what_an_admin_must_know() -> None:
    (action,) = addon.hub_actions()
    info = addon.hub_addon()

    assert (str(action.lead_time), action.needs) == ("3–7 business days", ("first_name", "last_name", "address"))
    assert "campaign" in action.advice
    assert {"Banner Season", "Rocket Notes"} == set(info.aliases)
    assert any("CT2020" in paragraph for paragraph in info.help)
    assert info.rate is not None
    assert info.rate.interval.total_seconds() == 1


def test_only_what_is_attested_says_so() -> None:
    marks = {endpoint.label: endpoint.attested for endpoint in addon.hub_addon().endpoints}

    assert marks == {"GET /api/clienttether/contacts/groups": True, "POST /api/clienttether/contacts": False}


def test_it_costs_money_and_cannot_be_looked_up() -> None:
    (add,) = [endpoint for endpoint in addon.hub_addon().endpoints if endpoint.writes]

    assert add.effect is not None
    assert add.effect.costly
    assert add.effect.effect_class(reconciles=False) is EffectClass.BLIND


def test_nothing_of_the_key_is_in_a_note(kit: Kit) -> None:
    kit.settings["api_key"] = "canary-key-4711"
    kit.vendor.fail(faults.status(422, message="key canary-key-4711 may not send to this zip"))

    run = kit.run(ADD, group_id="101")

    assert "canary" not in " ".join(run.notes)


def test_an_address_without_a_country_is_good_enough() -> None:
    assert Address(line1="1 Main St", city="Lehi", state="UT", zip="84043").complete
