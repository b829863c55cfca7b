"""API 2.0: every call, in the words and the three body forms of the users' former system."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program

pytestmark = pytest.mark.django_db

FORMS = ("query", "form", "multipart", "json")
ANN = {"firstName": "Ann", "lastName": "Lee", "phone": "3035550134", "email": "ann@example.com"}


class Caller:
    """Calls API 2.0 with its parameters in one of the forms."""

    def __init__(self, program: Program, form: str) -> None:
        self.headers, self.form = program.headers, form

    def call(self, method: str, name: str, **given: Any) -> Any:
        from django.test import Client
        from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

        path, body, kind = f"/v2/api/{name}", b"", "application/octet-stream"
        if self.form == "query" or method == "GET":
            path += f"?{urlencode(given)}"
        elif self.form == "json":
            body, kind = json.dumps(given).encode(), "application/json"
        elif self.form == "multipart" and method == "POST":
            body, kind = encode_multipart(BOUNDARY, given), MULTIPART_CONTENT
        else:
            body, kind = urlencode(given).encode(), "application/x-www-form-urlencoded"
        return Client().generic(method, path, body, content_type=kind, headers=self.headers)

    def post(self, name: str, **given: Any) -> Any:
        return self.call("POST", name, **given)

    def get(self, name: str, **given: Any) -> Any:
        return self.call("GET", name, **given)

    def delete(self, name: str, **given: Any) -> Any:
        return self.call("DELETE", name, **given)


@pytest.fixture
def account(denver: Any) -> Any:
    from hub.audit.actor import SYSTEM
    from hub.contacts import list_changes

    list_changes.add_lead_source(denver, "Fair", by=SYSTEM)
    list_changes.add_sales_cycle(denver, "Trial", by=SYSTEM)
    return denver


@pytest.fixture(params=FORMS)
def caller(request: pytest.FixtureRequest, account: Any, keys_of: Callable[..., Program]) -> Caller:
    return Caller(keys_of(account), request.param)


@pytest.fixture
def by_json(account: Any, keys_of: Callable[..., Program]) -> Caller:
    return Caller(keys_of(account), "json")


def result_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return answer.json()["ResultCode"]


def test_a_client_is_made_found_changed_listed_and_deleted(caller: Caller, plan: Any) -> None:
    (source,) = caller.get("read_lead_source_list", limit=100).json()["data"]
    (stage,) = caller.get("read_sales_cycle_list", limit=100).json()["data"]
    ((offered,),) = caller.get("read_action_plan_list", limit=100).json()["data"]
    assert (source["lead_source_name"], stage["sales_cycle_name"]) == ("Fair", "Trial")
    assert offered == {"action_plan_id": str(plan.pk), "action_plan_name": plan.name}

    made = caller.post(
        "create_client", **ANN, smsok=1, external_id="x-1", shoe_size="39", tags="warm, cold", whiteboard="First line",
        lead_source_id=source["lead_source_id"], sales_cycle_id=stage["sales_cycle_id"],
        action_plan_id=offered["action_plan_id"],
    )  # fmt: skip
    assert result_of(made) == "CT_200", made.content
    told = made.json()
    client_id = told["data"][0]["client_id"]
    assert told == {
        "ResultCode": "CT_200", "Message": "Success", "TotalRecord": 1,
        "data": [{"client_id": client_id, "external_id": "x-1"}],
    }  # fmt: skip
    assert isinstance(client_id, str)

    assert caller.get("read_client_exist", phone="3035550134").json()["data"][0]["client_id"] == client_id
    assert caller.get("read_client_exist", email="ANN@example.com").json()["data"][0]["client_id"] == client_id

    changed = caller.post(
        "update_client_by_id", client_id=client_id, city="Denver", append_whiteboard="Second", hat="7"
    )
    assert result_of(changed) == "CT_200", changed.content
    (one,) = caller.get(f"read_client_by_id/{client_id}").json()["data"]
    assert (one["firstName"], one["phone"], one["smsok"], one["city"]) == ("Ann", "+13035550134", "1", "Denver")
    assert one["whiteboard"] == "First line\nSecond"
    assert one["custom_fields"] == {"shoe_size": "39", "hat": "7"}
    assert one["clients_action_plan"] == plan.name
    assert (one["clients_lead_source"], one["clients_sales_cycle"]) == ("Fair", "Trial")

    assert result_of(caller.post("create_client_note", client_id=client_id, note="Called back.")) == "CT_200"
    notes = caller.get("read_client_note_list", client_id=client_id).json()
    assert notes["data"][0]["note"] == "Called back."
    assert notes["TotalRecord"] == len(notes["data"]) > 1

    assert caller.get("read_client_list", limit=1, offset=0).json()["data"] == [one]
    assert caller.get("read_client_list", limit=1, offset=1).json()["data"] == []

    assert result_of(caller.delete("delete_client_by_id", client_id=client_id)) == "CT_512"  # on a plan


def test_a_client_is_deleted_by_either_id(caller: Caller) -> None:
    client_id = caller.post("create_client", **ANN).json()["data"][0]["client_id"]
    caller.post("create_client", firstName="Ben", lastName="Roe", external_id="x-2")

    assert result_of(caller.delete("delete_client_by_id", client_id=client_id)) == "CT_200"
    assert result_of(caller.delete("delete_client_by_external_id", external_id="x-2")) == "CT_200"

    assert result_of(caller.delete("delete_client_by_id", client_id=client_id)) == "CT_515"
    assert result_of(caller.get(f"read_client_by_id/{client_id}")) == "CT_515"
    assert caller.get("read_client_list").json()["TotalRecord"] == 0


def test_nobody_found_is_told_as_callers_expect_it(by_json: Caller) -> None:
    assert by_json.get("read_client_exist", email="nobody@example.com").json() == {
        "ResultCode": "CT_515", "Message": "No Record Found", "client_id": False, "external_id": "",
    }  # fmt: skip


def test_duplicates_are_checked_only_where_the_account_says_so(by_json: Caller, account: Any) -> None:
    from hub.audit.actor import SYSTEM
    from hub.users.keys import changes

    first = by_json.post("create_client", **ANN).json()["data"][0]["client_id"]
    assert result_of(by_json.post("create_client", **ANN)) == "CT_200"

    changes.set_duplicate_check(account, True, by=SYSTEM)
    refused = by_json.post("create_client", **ANN)

    assert (result_of(refused), refused.json()["client_id"]) == ("CT_520", first)
    assert by_json.get("read_client_list").json()["TotalRecord"] == 2


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({"firstName": "Ann"}, "CT_501"),
        ({"firstName": "", "lastName": "Lee"}, "CT_501"),
        ({**ANN, "email": "nonsense"}, "CT_400"),
        ({**ANN, "lead_source_id": "999"}, "CT_400"),
        ({**ANN, "sales_cycle_id": "x"}, "CT_400"),
        ({**ANN, "action_plan_id": "999"}, "CT_400"),
        ({**ANN, "assigned_user_id": "7"}, "CT_400"),
        ({**ANN, "smsok": "perhaps"}, "CT_400"),
        ({**ANN, "hobbies": ["a", "b"]}, "CT_400"),
        ({**ANN, "a{{b}}": "c"}, "CT_400"),
        ({**ANN, "sales_cycle_id": "-1"}, "CT_200"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_what_cannot_be_used_has_its_code_and_keeps_nothing(by_json: Caller, given: Any, result: str) -> None:
    assert result_of(by_json.post("create_client", **given)) == result
    assert by_json.get("read_client_list").json()["TotalRecord"] == (1 if result == "CT_200" else 0)


def test_credentials_in_the_address_count_for_nothing_and_are_kept_nowhere(by_json: Caller) -> None:
    client_id = by_json.post("create_client", **ANN, web_key="CT_123").json()["data"][0]["client_id"]

    assert by_json.get(f"read_client_by_id/{client_id}").json()["data"][0]["custom_fields"] == {}
    headers, by_json.headers = by_json.headers, {}
    answer = by_json.get("read_client_list", **headers)
    assert (answer.status_code, answer.json()["ResultCode"]) == (401, "CT401")


def test_an_api_user_needs_the_grant_of_that_very_call(account: Any, api_user: Callable[..., Program]) -> None:
    program = api_user(account, "v2.read_client_list", addresses=("127.0.0.1",))
    caller = Caller(program, "json")

    assert result_of(caller.get("read_client_list")) == "CT_200"
    for refused in (caller.post("create_client", **ANN), caller.get("read_user_list")):
        assert (refused.status_code, refused.json()["ResultCode"]) == (403, "CT_403")


def test_the_people_are_listed_with_their_id_for_the_api(by_json: Caller, account: Any) -> None:
    from tests.support.people import make_user

    user = make_user(account, "admin", "ada")

    (line,) = by_json.get("read_user_list").json()["data"]
    assert (line["user_id"], line["firstName"], line["user_type"]) == (str(user.api_v2_id), "Ada", "Admin")

    client_id = by_json.post("create_client", **ANN, assigned_user_id=line["user_id"]).json()["data"][0]["client_id"]
    from hub.contacts.models import Contact

    assert Contact.objects.get(pk=client_id).assigned_user_id == user.pk


def test_what_is_no_call_is_told_so(by_json: Caller) -> None:
    for answer, status in ((by_json.get("read_everything"), 404), (by_json.get("create_client"), 405)):
        assert (answer.status_code, answer.json()["ResultCode"]) == (status, "CT_404")


def test_an_idempotency_key_counts_here_too(by_json: Caller) -> None:
    by_json.headers = {**by_json.headers, "Idempotency-Key": "one"}

    first, second = by_json.post("create_client", **ANN), by_json.post("create_client", **ANN)

    assert first.content == second.content
    assert by_json.get("read_client_list").json()["TotalRecord"] == 1


def test_a_body_that_cannot_be_read_is_told_so(by_json: Caller) -> None:
    from django.test import Client

    for body, kind in ((b"{", "application/json"), (b"[1]", "application/json"), (b"x", "multipart/form-data")):
        answer = Client().generic("POST", "/v2/api/create_client", body, content_type=kind, headers=by_json.headers)
        assert (answer.status_code, answer.json()["ResultCode"]) == (200, "CT_400"), answer.content


def test_an_external_id_is_changed_and_another_clients_is_refused(by_json: Caller) -> None:
    (ann,) = by_json.post("create_client", **ANN, external_id="x-1").json()["data"]
    by_json.post("create_client", firstName="Ben", lastName="Roe", external_id="x-2")

    answer = by_json.post("update_client_by_id", client_id=ann["client_id"], external_id="x-9").json()
    taken = by_json.post("update_client_by_id", client_id=ann["client_id"], external_id="x-2", city="Denver")

    assert answer["data"] == [{"client_id": ann["client_id"], "external_id": "x-9"}]
    assert result_of(taken) == "CT_400"
    (read,) = by_json.get(f"read_client_by_id/{ann['client_id']}").json()["data"]
    assert (read["external_id"], read["city"]) == ("x-9", "")
    assert by_json.delete("delete_client_by_external_id", external_id="x-9").json()["data"][0] == answer["data"][0]


def test_a_client_who_is_made_anew_after_being_deleted_is_found_by_the_external_id(by_json: Caller) -> None:
    by_json.post("create_client", **ANN, external_id="x-1")
    by_json.delete("delete_client_by_external_id", external_id="x-1")
    (again,) = by_json.post("create_client", **ANN, external_id="x-1").json()["data"]

    deleted = by_json.delete("delete_client_by_external_id", external_id="x-1").json()

    assert deleted["data"] == [again]


@pytest.mark.django_db(transaction=True)
def test_of_two_calls_at_once_the_second_finds_whom_the_first_has_made(
    account: Any, keys_of: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.api.v2 import clients
    from hub.audit.actor import SYSTEM
    from hub.contacts.models import Contact
    from hub.users.keys import changes

    changes.set_duplicate_check(account, True, by=SYSTEM)
    caller, make, here = Caller(keys_of(account), "json"), clients.intake.intake, threading.Barrier(2)

    def make_later(*given: Any, **more: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            here.wait(timeout=0.5)  # the other one must not have come so far
        return make(*given, **more)

    monkeypatch.setattr(clients.intake, "intake", make_later)

    found = _at_once(lambda _: caller.post("create_client", **ANN).json()["ResultCode"])

    assert sorted(found) == ["CT_200", "CT_520"]
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_add_to_the_whiteboard_at_once_both_do(
    account: Any, keys_of: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.api.v2 import clients
    from hub.contacts.models import Contact

    caller, edit, here = Caller(keys_of(account), "json"), clients.changes.edit, threading.Barrier(2)
    (made,) = caller.post("create_client", **ANN).json()["data"]

    def edit_later(*given: Any, **more: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            here.wait(timeout=0.5)
        return edit(*given, **more)

    monkeypatch.setattr(clients.changes, "edit", edit_later)

    _at_once(lambda n: caller.post("update_client_by_id", client_id=made["client_id"], append_whiteboard=f"line {n}"))

    assert set(Contact.objects.get().whiteboard.split("\n")) == {"line 0", "line 1"}


@pytest.mark.django_db(transaction=True)
def test_two_who_name_the_same_new_field_at_once_are_both_answered(
    account: Any, keys_of: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.api.v2 import clients
    from hub.contacts.models import Contact

    caller, add, here = Caller(keys_of(account), "json"), clients.list_changes.named, threading.Barrier(2)
    made = [caller.post("create_client", firstName=name, lastName="Lee").json()["data"][0] for name in ("Ann", "Ben")]

    def checked(*given: Any, **more: Any) -> Any:
        found = add(*given, **more)
        with suppress(threading.BrokenBarrierError):
            here.wait(timeout=0.5)
        return found

    monkeypatch.setattr(clients.list_changes, "named", checked)

    answers = _at_once(lambda n: caller.post("update_client_by_id", client_id=made[n]["client_id"], shoe_size="39"))

    assert [result_of(answer) for answer in answers] == ["CT_200", "CT_200"]
    assert list(Contact.objects.values_list("custom", flat=True)) == [{"shoe_size": "39"}] * 2


def _at_once(call: Callable[[int], Any]) -> list[Any]:
    from django.db import connection

    def closing(number: int) -> Any:
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(closing, range(2)))
