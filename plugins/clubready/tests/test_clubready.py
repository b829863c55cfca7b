"""ClubReady, alone: no network, no database, no account there."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hub_clubready import addon
from hub_clubready.answers import Created, ProspectTypes, User, Users, Whom
from hub_clubready.endpoints import create, everyone, find
from hub_clubready.people import kind, record
from hub_clubready.push import is_same

from hub.core import LinkContact, NeedsAdmin, Outcome, Wait
from hub.core.effects import EffectClass
from hub.testing import conformance, faults
from hub.testing.kit import ADA, Kit
from hub.testing.stores import MemoryImport

TestClubReady = conformance(addon)

PUSH = "clubready.new_user_push"
PEOPLE = "/users"


@pytest.fixture
def kit() -> Iterator[Kit]:
    with Kit(addon) as kit:
        yield kit


def imported(kit: Kit, since: datetime | None = None) -> MemoryImport:
    """What an import brings."""
    store = kit.bring("clubready.people", since)
    assert store.stopped is None, store.stopped
    return store


def plain(words: bytes, on: faults.On = "any") -> faults.Fault:
    """Status 200 and a word, as ClubReady says no."""
    return faults.Fault(f"plain {words!r}", 200, {"Content-Type": "text/html"}, words, on=on)


def says_no(message: str, on: faults.On = "write") -> faults.Fault:
    """Status 200 and ``success: false``, in small letters."""
    return faults.Fault("success false", 200, body=json.dumps({"success": False, "message": message}).encode(), on=on)


# --- the step -----------------------------------------------------------------------------------------------------


def test_a_contact_is_pushed_and_linked_with_the_user_that_they_became(kit: Kit) -> None:
    run = kit.run(PUSH, prospect_type="12", note="Met at the fair")

    assert (run.state, run.note) == ("done", "ClubReady has Ada Lovelace as user 604.")
    assert run.changes == [LinkContact(id="604")]
    (made,) = [one for one in kit.vendor.stored(PEOPLE) if one["UserId"] == 604]
    assert made["ExternalUserId"] == ADA.id
    told = {
        name: made[name]
        for name in ("FirstName", "LastName", "Email", "SendEmail", "ProspectTypeId", "Note", "City", "CellPhone")
    }
    assert told == {
        "FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@example.com", "SendEmail": "false", "ProspectTypeId": "12",
        "Note": "Met at the fair", "City": "London", "CellPhone": "+15550100",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "words"), [("first_name", "first name"), ("last_name", "last name"), ("email", "e-mail address")]
)
def test_what_is_missing_is_named_and_no_call_is_made(kit: Kit, missing: str, words: str) -> None:
    run = kit.run(PUSH, ADA.model_copy(update={missing: " "}))

    assert run.state == "failed"
    assert words in run.note
    assert kit.vendor.calls == []


def test_a_contact_who_is_linked_already_is_left_alone_without_a_call(kit: Kit) -> None:
    run = kit.run(PUSH, ADA.model_copy(update={"linked_id": "501"}))

    assert run.state == "done"
    assert run.note == "ClubReady knows Ada Lovelace as user 501; nothing was sent."
    assert kit.vendor.calls == []


def test_a_linked_contact_without_an_e_mail_address_is_left_alone_and_not_refused(kit: Kit) -> None:
    run = kit.run(PUSH, ADA.model_copy(update={"linked_id": "501", "email": "", "last_name": ""}))

    assert (run.state, kit.vendor.calls) == ("done", [])


def test_somebody_whom_the_store_knows_by_name_and_address_is_linked_and_not_sent(kit: Kit) -> None:
    grace = ADA.model_copy(update={"first_name": "grace", "last_name": "Hopper", "email": "Grace@Example.com"})

    run = kit.run(PUSH, grace)

    assert run.state == "done"
    assert "already, as user 501; nothing was sent" in run.note
    assert run.changes == [LinkContact(id="501")]
    assert kit.vendor.effects == []


def test_another_person_of_the_same_address_is_sent(kit: Kit) -> None:
    vincent = ADA.model_copy(update={"first_name": "Vincent", "last_name": "Hopper", "email": "grace@example.com"})

    run = kit.run(PUSH, vincent)

    assert run.changes == [LinkContact(id="604")]


def test_of_several_of_that_name_the_one_with_our_id_counts_and_else_the_newest(kit: Kit) -> None:
    twin = {"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@example.com"}
    kit.vendor.stored(PEOPLE).extend({**twin, "id": number, "UserId": number} for number in (98, 700))
    newest = kit.run(PUSH)
    kit.vendor.stored(PEOPLE).append({**twin, "id": 99, "UserId": 99, "ExternalUserId": ADA.id})
    ours = kit.run(PUSH)

    assert (newest.changes, ours.changes) == ([LinkContact(id="700")], [LinkContact(id="99")])


def test_a_duplicate_that_is_answered_as_if_added_is_linked(kit: Kit) -> None:
    run = kit.run(PUSH, ADA.model_copy(update={"email": "ada@asadded.example"}))

    assert run.state == "done"
    assert run.changes == [LinkContact(id="501")]
    assert kit.vendor.effects == []


def test_a_duplicate_that_is_refused_is_done_and_nobody_is_made_twice(kit: Kit) -> None:
    run = kit.run(PUSH, ADA.model_copy(update={"email": "ada@known.example"}))

    assert run.state == "done"
    assert run.note == "ClubReady says that it has Ada Lovelace already. The next import finds out as whom."
    assert run.changes == []


@pytest.mark.parametrize(
    "fault",
    [faults.reset(acts=True), faults.html(), faults.empty(), faults.cut_json(), faults.status(503, acts=True)],
    ids=lambda fault: fault.name,
)
def test_a_lost_answer_is_looked_up_and_the_contact_pushed_once(kit: Kit, fault: faults.Fault) -> None:
    kit.vendor.fail(fault.at("write"))

    run = kit.rest(kit.run(PUSH))

    assert run.state == "done"
    assert run.changes == [LinkContact(id="604")]
    assert len(kit.vendor.effects) == 1
    assert len([call for call in kit.vendor.calls if call[0] == "POST"]) == 1


def test_a_push_that_is_not_found_is_asked_of_a_person_for_nobody_knows_how_late_it_may_show(kit: Kit) -> None:
    kit.vendor.fail(faults.reset().at("write"))

    run = kit.rest(kit.run(PUSH))

    assert run.state == "review"
    assert len([call for call in kit.vendor.calls if call[0] == "POST"]) == 1


def test_a_plain_unauthorized_to_a_push_is_a_no_and_not_unclear(kit: Kit) -> None:
    kit.vendor.fail(plain(b"Unauthorized", "write"))

    run = kit.run(PUSH)

    assert run.state == "held"
    assert "does not accept this API key" in run.note
    assert kit.vendor.effects == []


def test_any_other_text_is_unclear_and_looked_up(kit: Kit) -> None:
    kit.vendor.fail(replace(plain(b"Thank you", "write"), acts=True))

    run = kit.run(PUSH)

    assert run.state == "unknown"
    assert kit.rest(run).state == "done"
    assert len(kit.vendor.effects) == 1


def test_a_success_that_says_no_is_this_contact_s_trouble_in_clubready_s_words(kit: Kit) -> None:
    kit.vendor.fail(says_no("Email is on the do-not-contact list"))

    run = kit.run(PUSH)

    assert run.state == "failed"
    assert "Email is on the do-not-contact list" in run.note


def test_a_servicestack_error_is_told_in_its_own_words(kit: Kit) -> None:
    body = {"ResponseStatus": {"ErrorCode": "ArgumentException", "Message": "Zip is not valid", "Errors": []}}
    kit.vendor.fail(faults.Fault("400", 400, body=json.dumps(body).encode(), on="write"))

    run = kit.run(PUSH)

    assert run.state == "failed"
    assert "Zip is not valid" in run.note


def test_the_request_is_a_form_without_what_is_not_known(kit: Kit) -> None:
    kit.vendor.fail(faults.reset().at("write"))

    run = kit.run(PUSH, ADA.model_copy(update={"phone_cell": "", "company": ""}), send_email=True)

    (attempt,) = run.tries
    sent = {name: value for name, (value,) in parse_qs(attempt.request.content.decode()).items()}
    assert sent["SendEmail"] == "true"
    assert (sent["StoreId"], sent["ExternalId"]) == ("1234", ADA.id)
    assert not {"CellPhone", "ProspectTypeId", "Note", "DateOfBirth"} & set(sent)


# --- the connection test ------------------------------------------------------------------------------------------


def test_the_key_test_says_what_the_key_may_do(kit: Kit) -> None:
    assert (
        kit.check() == "The key is accepted for store 1234. It may find people, list people and read 3 prospect types."
    )


@pytest.mark.parametrize("key", ["wrong-key-000001", "plain-key-000001"])
def test_a_wrong_key_is_named_whether_it_comes_as_a_status_or_as_a_word(kit: Kit, key: str) -> None:
    told = kit.check(api_key=key)

    assert isinstance(told, NeedsAdmin)
    assert (told.field, told.reason[:39]) == ("api_key", "ClubReady does not accept this API key.")


def test_a_wrong_store_is_named_although_the_status_is_good(kit: Kit) -> None:
    told = kit.check(store_id=9912)

    assert isinstance(told, NeedsAdmin)
    assert told.field == "store_id"


def test_a_store_that_is_not_there_at_all_is_named_too(kit: Kit) -> None:
    kit.vendor.fail(faults.Fault("good", acts=True), faults.status(404, message="Not found"))

    told = kit.check()

    assert isinstance(told, NeedsAdmin)
    assert told.field == "store_id"


def test_a_key_that_may_too_little_is_told_what_it_lacks(kit: Kit) -> None:
    told = kit.check(api_key="narrow-key-00001")

    assert isinstance(told, NeedsAdmin)
    assert "does not let it list people and read prospect types" in told.reason


def test_prospect_types_at_another_address_are_no_reason_to_refuse_the_key(kit: Kit) -> None:
    assert "whose address is assumed" in kit.check(prospect_types="elsewhere")


def test_a_bad_moment_is_not_taken_for_a_bad_key(kit: Kit) -> None:
    kit.vendor.fail(faults.status(503, message="Unauthorized store"))

    assert isinstance(kit.check(), Wait)


# --- the list and the import --------------------------------------------------------------------------------------


def test_the_prospect_types_are_offered_by_name(kit: Kit) -> None:
    assert kit.options("prospect_types") == {"11": "Walk-in", "12": "Web lead", "13": "Referral"}


def test_the_first_import_brings_everybody_page_by_page(kit: Kit) -> None:
    store = imported(kit)

    assert [one.external_id for one in store.records] == ["501", "502", "503", "504"]
    assert store.cursors[:2] == ["2", "3"]
    assert [(one.kind, one.choice) for one in store.records] == [
        ("prospect", "11"), ("prospect", "12"), ("prospect", ""), ("client", ""),
    ]  # fmt: skip


def test_a_later_import_asks_for_those_added_since_the_day_before(kit: Kit) -> None:
    asked: list[dict[str, str]] = []
    answer = kit.vendor._simulation.respond

    class Listening:
        SEEDS, SETTINGS = kit.vendor._simulation.SEEDS, kit.vendor._simulation.SETTINGS

        @staticmethod
        def respond(call: object) -> object:
            asked.append(dict(call.query))  # type: ignore[attr-defined]
            return answer(call)

    kit.vendor._simulation = Listening
    since = datetime(2026, 3, 1, 2, tzinfo=UTC)
    imported(kit, since)
    kit.settings["date_format"] = "MM/DD/YYYY"
    imported(kit, since)

    tomorrow = kit.clock.now() + timedelta(days=1)
    assert [one["FromDate"] for one in asked] == ["2026-02-28", "02/28/2026"]
    assert asked[0]["ToDate"] == tomorrow.strftime("%Y-%m-%d")


def test_a_later_import_of_many_is_cut_in_pages_and_goes_on_behind_the_last_who_was_kept(kit: Kit) -> None:
    kit.vendor.stored(PEOPLE).extend({"id": n, "UserId": n, "FirstName": "A"} for n in range(1_000, 1_150))
    since = kit.clock.now()
    whole = imported(kit, since)
    rest = kit.bring("clubready.people", since, "1100")

    assert (len(whole.records), whole.pages, whole.cursors) == (154, 2, ["1095", None])
    assert [one.external_id for one in rest.records] == [str(n) for n in range(1_101, 1_150)]


def test_somebody_whom_the_list_shows_without_a_name_is_asked_for(kit: Kit) -> None:
    bare = faults.Fault("ids only", 200, body=b'[{"userid": 501, "email": "grace@example.com"}, {"UserId": 999}]')
    kit.vendor.fail(bare)

    first, gone = imported(kit).records[:2]

    assert (first.first_name, first.choice) == ("Grace", "11")
    assert (gone.external_id, gone.first_name) == ("999", "")


def test_somebody_who_comes_twice_on_a_page_is_brought_once(kit: Kit) -> None:
    kit.vendor.fail(
        faults.Fault(
            "twice", 200, body=b'{"users": [{"UserId": 1, "FirstName": "A"}, {"UserId": 1, "FirstName": "B"}]}'
        )
    )

    (one, *_) = imported(kit).records

    assert (one.external_id, one.first_name) == ("1", "B")
    assert [each.external_id for each in imported(kit).records].count("501") == 1


def test_a_store_that_shows_the_same_page_for_ever_is_read_once(kit: Kit) -> None:
    same = faults.Fault("same page", 200, body=b'[{"UserId": 1, "FirstName": "A"}]')
    kit.vendor.fail(*[same] * 9)

    assert [one.external_id for one in imported(kit).records] == ["1"]


def test_a_key_that_may_not_list_people_stops_the_import_for_an_admin(kit: Kit) -> None:
    kit.settings["api_key"] = "narrow-key-00001"

    assert isinstance(kit.bring("clubready.people").stopped, NeedsAdmin)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"Prospect": True}, "prospect"),
        ({"Member": True, "Prospect": True}, "client"),
        ({"prospect": "False"}, "client"),
        ({"membershiptypename": "Gold"}, "client"),
        ({"Member": "false", "MembershipTypeName": ""}, "prospect"),
        ({"Member": "maybe"}, "prospect"),
        ({}, "prospect"),
    ],
)
def test_who_is_a_client_is_read_from_what_is_said(said: dict[str, object], expected: str) -> None:
    assert kind(User.model_validate({"UserId": 1, **said})) == expected


def test_a_record_keeps_what_clubready_knows_and_a_type_without_an_id_by_its_name() -> None:
    said = {"USERID": 7, "firstname": "Grace", "Phone": 5550120, "workphone": "+1555", "Address": "1 Main St", "City": "Lehi",
            "Zip": 84043, "ProspectTypeName": "Walk-in", "ProspectTypeId": None}  # fmt: skip
    taken = record(User.model_validate(said))

    assert (taken.external_id, taken.first_name, taken.phone_home, taken.phone_work) == (
        "7",
        "Grace",
        "5550120",
        "+1555",
    )
    assert (taken.address.line1, taken.address.zip, taken.choice) == ("1 Main St", "84043", "Walk-in")
    told = record(User.model_validate({**said, "ProspectTypeId": 11}))
    assert (told.choice, told.choice_title, told.choice_name) == ("11", "Walk-in", "Walk-in")


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [b'[{"UserId": 5}]', b'{"users": [{"userId": "5"}]}', b'{"Users": [{"USERID": 5.0}], "Success": true}']
)
def test_people_are_read_in_every_form_they_come_in(answer: bytes) -> None:
    assert [one.user_id.removesuffix(".0") for one in everyone.parse(answer).users] == ["5"]


@pytest.mark.parametrize("answer", [b'[{"Id": 1, "Name": "A"}]', b'{"prospectTypes": [{"id": "1", "name": "A"}]}'])
def test_prospect_types_are_read_wherever_the_list_is(answer: bytes) -> None:
    assert [(one.id, one.name) for one in ProspectTypes.model_validate_json(answer).types] == [("1", "A")]


@pytest.mark.parametrize("kind_", [Users, ProspectTypes, Created, Whom])
@pytest.mark.parametrize("answer", [{}, {"hello": 1}, "Welcome", 7, True])
def test_an_answer_that_proves_nothing_is_none(kind_: type[Users], answer: object) -> None:
    with pytest.raises(ValueError, match=r"neither|text that is no answer|valid"):
        kind_.model_validate(answer)


@pytest.mark.parametrize("words", [b"<html>Unauthorized</html>", b"Unauthorized " + b"x" * 300, b"", b'{"UserId": 1'])
def test_a_page_and_half_an_answer_are_no_refusal(words: bytes) -> None:
    with pytest.raises(ValueError):
        create.parse(words)


@pytest.mark.parametrize("endpoint", [create, find, everyone])
@pytest.mark.parametrize(
    "words", [b"Unauthorized", b'"Unauthorized"', b" unauthorized.\n", b'{"SUCCESS": "False", "message": "no"}']
)
def test_a_refusal_with_a_good_status_is_read_as_one(endpoint: object, words: bytes) -> None:
    assert endpoint.parse(words).success is False  # type: ignore[attr-defined]


def test_a_name_that_is_not_shown_says_nothing() -> None:
    assert is_same(User.model_validate({"UserId": 1, "Email": "ADA@example.com"}), ADA)


# --- what is declared ---------------------------------------------------------------------------------------------


def test_only_what_is_attested_says_so() -> None:
    assumed = {endpoint.label for endpoint in addon.hub_addon().endpoints if not endpoint.attested}

    assert assumed == {"GET /users/date-added", "GET /club/{store_id}/{list}"}


def test_a_push_can_be_looked_up() -> None:
    (action,) = addon.hub_actions()

    assert create.effect is not None
    assert create.effect.effect_class(reconciles=action.reconcile is not None) is EffectClass.LOOKUP


def test_kinds_and_mappings_are_what_the_import_brings() -> None:
    (trigger,) = addon.hub_triggers()
    tables = {mapping.name: (mapping.right, mapping.many, mapping.kinds) for mapping in addon.hub_mappings()}

    assert dict(trigger.kinds) == {"prospect": "Prospects", "client": "Clients"}  # type: ignore[union-attr]
    assert tables == {
        "clubready.lead_sources": ("lead_source", False, ("prospect",)),
        "clubready.plans": ("plan", True, ("prospect",)),
    }


# --- the key is in every address, and no address is shown ---------------------------------------------------------


@pytest.mark.parametrize("on", ["read", "write"])
def test_no_address_with_the_key_is_shown_in_any_trouble(
    kit: Kit, on: faults.On, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kit.settings["api_key"] = "canary-key-4711"
    seen: list[str] = []
    address = (
        b'{"message": "no route for https://www.clubready.com/api/current/users?ApiKey=canary-key-4711&StoreId=1"}'
    )
    troubles = [faults.reset(), faults.tls(), faults.refused(), faults.html(), faults.cut_json(),
                faults.Fault("404", 404, body=address), faults.Fault("422", 422, body=address)]  # fmt: skip
    for fault in troubles:
        kit.vendor.fail(fault.at(on))
        run = kit.run(PUSH)
        seen += [*run.notes, run.sentence, run.reference, *(attempt.request.url for attempt in run.tries)]
        kit.vendor.fail(fault.at("read"))
        told = kit.check()
        seen.append(told.sentence() if isinstance(told, Outcome) else told)

    everything = " ".join([*seen, caplog.text])
    assert "canary" not in everything
    assert "ApiKey" not in " ".join(seen)
