"""The simulator: it remembers, it answers in the declared shape, it fails on demand, and it counts."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from pydantic import BaseModel

from hub.core import AddOn, Answer, Basic, HeaderKey, QueryKey, Secret, Settings, keyed, once, repeatable
from hub.testing import faults
from hub.testing.ledger import VirtualClock
from hub.testing.simulator import Hangup, Simulator
from hub.testing.simulator_fronts import transport
from hub.testing.simulator_server import SimulatorServer
from hub.testing.wire import Reply
from tests.core.postpigeon import addon as postpigeon

KEY = {"X-Api-Key": "a-good-key-0001"}
CARD = {"campaign": "c1", "studio": "s1", "to": "Ada", "address": "1 Main", "greeting": "Hi", "ref": "r-1"}


@pytest.fixture
def vendor() -> Simulator:
    return Simulator(postpigeon.hub_addon())


def call(
    vendor: Simulator, method: str, path: str, body: Any = None, headers: dict[str, str] = KEY, **query: str
) -> Reply:
    content = b"" if body is None else json.dumps(body).encode()
    return vendor.handle(method, f"/v2{path}", query, headers, content)


def data(reply: Reply) -> Any:
    return json.loads(reply.body)


def test_what_is_posted_is_stored_answered_and_listed(vendor: Simulator) -> None:
    made = call(vendor, "POST", "/cards", CARD)

    assert (made.status, data(made)) == (201, {"id": "id-1", "status": "queued"})
    assert vendor.stored("/cards") == [{**CARD, "id": "id-1"}]
    assert data(call(vendor, "GET", "/cards", ref="r-1")) == [{"id": "id-1", "status": "queued"}]
    assert data(call(vendor, "GET", "/cards", ref="r-2")) == []
    assert vendor.count("r-1") == 1


def test_two_posts_are_two_effects_for_that_is_what_it_is_there_to_show(vendor: Simulator) -> None:
    call(vendor, "POST", "/cards", CARD)
    call(vendor, "POST", "/cards", CARD)

    assert vendor.count("r-1") == 2


@pytest.mark.parametrize("body", [{}, {**CARD, "to": 7}, [], "x", None])
def test_a_body_the_vendor_does_not_take_is_refused_and_changes_nothing(vendor: Simulator, body: Any) -> None:
    assert call(vendor, "POST", "/cards", body).status == 422
    assert vendor.effects == []


def test_keys_are_checked(vendor: Simulator) -> None:
    assert call(vendor, "GET", "/me", headers={}).status == 401
    assert call(vendor, "GET", "/me", headers={"X-Api-Key": "wrong-one"}).status == 401
    assert call(vendor, "GET", "/me", headers={"x-api-key": "limited-one"}).status == 403
    assert call(vendor, "GET", "/me").status == 200


def test_what_is_not_declared_is_not_there(vendor: Simulator) -> None:
    assert call(vendor, "GET", "/albums").status == 404
    assert call(vendor, "DELETE", "/cards").status == 404


def test_lists_nobody_seeded_hold_something_to_choose_from(vendor: Simulator) -> None:
    assert data(call(vendor, "GET", "/studios"))[0] == {"id": "s1", "name": "Studio 1"}


def nested(simulation: object = None) -> Simulator:
    """A vendor whose lists lie in places: kinds, which only it makes, and guests, which are written, too."""

    class Guest(Answer):
        id: str
        name: str

    addon = AddOn(
        "nested", title="Nested", base_url="https://api.example/v2", settings=Login, auth=HeaderKey("X-Api-Key", "key")
    )
    addon.get("/places/{place}/kinds", list[Guest])
    addon.get("/places/{place}/guests", list[Guest])
    addon.post("/places/{place}/guests", Person, Guest, effect=repeatable())
    return Simulator(addon.hub_addon(), simulation)


def test_lists_in_a_place_hold_something_too_each_place_its_own() -> None:
    vendor = nested()
    there = [item["name"] for item in data(call(vendor, "GET", "/places/p1/kinds"))]
    vendor.stored("/places/p1/kinds").pop()

    assert there == ["Kind 1", "Kind 2", "Kind 3"]
    assert len(data(call(vendor, "GET", "/places/p1/kinds"))) == 2
    assert len(data(call(vendor, "GET", "/places/p2/kinds"))) == 3
    assert data(call(vendor, "GET", "/places/p1/guests")) == []
    vendor.forget_all_but(vendor.holdings())
    assert len(data(call(vendor, "GET", "/places/p3/kinds"))) == 3


def test_a_place_is_seeded_by_its_name_or_all_places_alike() -> None:
    kinds = {"/places/{place}/kinds": [{"id": "any"}], "/places/p1/kinds": [{"id": "own"}]}
    vendor = nested(type("simulation", (), {"SEEDS": kinds}))

    assert [item["id"] for item in data(call(vendor, "GET", "/places/p1/kinds"))] == ["own"]
    assert [item["id"] for item in data(call(vendor, "GET", "/places/p2/kinds"))] == ["any"]


# --- shapes -----------------------------------------------------------------------------------------------------------


class Login(Settings):
    key: Secret
    store: str = "1"


class Person(BaseModel):
    name: str


class Made(Answer):
    UserId: int
    Success: bool
    kind: Literal["prospect", "client"]
    note: str | None = None


class People(Answer):
    users: list[Made]


rich = AddOn("rich", title="Rich", base_url="https://rich.example", settings=Login, auth=QueryKey({"ApiKey": "key"}))
rich.get("/people", People)
rich.get("/people/{id}", Made)
rich.post("/people", Person, Made, effect=once(), encode="form")
rich.put("/people/{id}", Person, Made, effect=repeatable())
rich.delete("/people/{id}", Made, effect=repeatable())
rich.post("/orders", Person, Made, effect=keyed("Idempotency-Key", "24h"))


@pytest.fixture
def people() -> Simulator:
    return Simulator(rich.hub_addon())


def test_a_wrapped_list_a_single_one_a_change_and_an_end(people: Simulator) -> None:
    def ask(method: str, path: str, body: bytes = b"", **query: str) -> Reply:
        return people.handle(method, path, {"ApiKey": "good", **query}, {}, body)

    assert data(ask("POST", "/people", b"name=Ada")) == {"UserId": 1, "Success": True, "kind": "prospect"}
    assert data(ask("GET", "/people/id-1"))["UserId"] == 1
    assert len(data(ask("GET", "/people", name="Ada"))["users"]) == 1
    assert len(data(ask("GET", "/people", name="Eve"))["users"]) == 0
    assert ask("PUT", "/people/id-1", b'{"name": "Eve"}').status == 200
    assert people.stored("/people")[-1]["name"] == "Eve"
    assert ask("DELETE", "/people/id-1").status == 200
    assert ask("GET", "/people/id-1").status == 404
    assert people.handle("GET", "/people", {"ApiKey": "wrong"}, {}, b"").status == 401


def test_a_key_that_comes_again_gets_the_first_answer_and_no_second_effect(people: Simulator) -> None:
    def order(key: str, name: str) -> Reply:
        return people.handle(
            "POST", "/orders", {"ApiKey": "g"}, {"idempotency-key": key}, json.dumps({"name": name}).encode()
        )

    assert order("k1", "Ada") == order("k1", "Ada")
    assert people.count("k1") == 1
    assert order("k1", "Eve").status == 422
    assert order("k2", "Ada").status == 201


def test_basic_credentials_are_read_too() -> None:
    made = AddOn("basic", title="B", base_url="https://b.example", settings=Login, auth=Basic("store", "key"))
    made.get("/me", dict[str, str])
    vendor = Simulator(made.hub_addon())

    assert vendor.handle("GET", "/me", {}, {"Authorization": "Basic MTp3cm9uZw=="}, b"").status == 401
    assert vendor.handle("GET", "/me", {}, {"Authorization": "Basic MTpnb29k"}, b"").status == 200


# --- troubles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "effects"),
    [
        (faults.status(500), 500, 0),
        (faults.status(500, acts=True), 500, 1),
        (faults.too_many("7"), 429, 0),
        (faults.html(), 200, 1),
        (faults.html(acts=False), 200, 0),
        (faults.empty(), 200, 1),
        (faults.cut_json(), 201, 1),
        (faults.out_of_credit(), 402, 0),
        (faults.slow(3), 201, 1),
        (faults.acts_first(faults.too_many("7")), 429, 1),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_each_trouble_happens_once_and_says_whether_the_vendor_acted(
    vendor: Simulator, fault: faults.Fault, status: int, effects: int
) -> None:
    vendor.fail(next=fault)

    reply = call(vendor, "POST", "/cards", CARD)

    assert (reply.status, len(vendor.effects)) == (status, effects)
    assert call(vendor, "POST", "/cards", CARD).status == 201


@pytest.mark.parametrize("acts", [False, True])
def test_a_vendor_that_hangs_up_may_have_acted(vendor: Simulator, acts: bool) -> None:
    vendor.fail(faults.reset(acts=acts))

    with pytest.raises(Hangup):
        call(vendor, "POST", "/cards", CARD)

    assert len(vendor.effects) == acts


def test_troubles_come_in_order_each_at_the_call_it_waits_for(vendor: Simulator) -> None:
    vendor.fail(faults.status(503).at("write"), faults.status(500).at("read"), faults.too_many())

    assert call(vendor, "GET", "/me").status == 500
    assert call(vendor, "GET", "/me").status == 429
    assert call(vendor, "POST", "/cards", CARD).status == 503
    assert call(vendor, "POST", "/cards", CARD).status == 201


def test_what_lags_is_there_and_not_yet_shown(vendor: Simulator) -> None:
    vendor.fail(faults.lagging(2))
    call(vendor, "POST", "/cards", CARD)

    shown = [len(data(call(vendor, "GET", "/cards", ref="r-1"))) for _ in range(3)]

    assert shown == [0, 0, 1]


def test_it_can_be_emptied(vendor: Simulator) -> None:
    call(vendor, "POST", "/cards", CARD)
    vendor.forget()

    assert (vendor.effects, vendor.stored("/cards"), len(vendor.stored("/studios"))) == ([], [], 3)


# --- doors --------------------------------------------------------------------------------------------------------------


def test_the_mock_and_the_server_give_the_same_answer(vendor: Simulator) -> None:
    async def mocked() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport(vendor)) as http:
            return await http.post("https://api.postpigeon.example/v2/cards", json=CARD, headers=KEY)

    with SimulatorServer(Simulator(postpigeon.hub_addon())) as server:
        real = httpx.post(f"{server.url}/cards", json=CARD, headers=KEY)

    one = asyncio.run(mocked())
    assert (one.status_code, one.json()) == (real.status_code, real.json()) == (201, {"id": "id-1", "status": "queued"})


def test_the_server_really_hangs_up(vendor: Simulator) -> None:
    vendor.fail(faults.reset(acts=True))

    with SimulatorServer(vendor) as server, pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{server.url}/cards", json=CARD, headers=KEY)

    assert vendor.count("r-1") == 1


def test_effects_are_on_disk_and_outlive_the_vendor(tmp_path: Path) -> None:
    ledger = tmp_path / "effects.jsonl"
    call(Simulator(postpigeon.hub_addon(), ledger=ledger), "POST", "/cards", CARD)

    (line,) = [json.loads(line) for line in ledger.read_text().splitlines()]
    again = Simulator(postpigeon.hub_addon(), ledger=ledger)

    assert (line["path"], line["reference"], line["body"]["to"]) == ("/cards", "r-1", "Ada")
    assert again.count("r-1") == 1
    assert data(call(again, "POST", "/cards", CARD))["id"] == "id-2"


@pytest.mark.slow
def test_it_runs_as_a_program_and_stops_when_told(tmp_path: Path) -> None:
    ledger = tmp_path / "effects.jsonl"
    command = [sys.executable, "-m", "hub.testing.simulator_server", "mailbox_power", "--ledger", str(ledger)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        body = {
            "firstName": "Ada",
            "lastName": "L",
            "street": "1",
            "city": "C",
            "state": "S",
            "zip": "Z",
            "groupId": "101",
        }
        made = httpx.post(
            f"{url}/api/clienttether/contacts", json=body, headers={"APIKEY": "good-key-0001"}, timeout=60
        )
    finally:
        process.terminate()

    assert process.wait(60) == 0
    assert made.json()["data"] == {"contactId": "id-1", "status": "created"}
    assert len(ledger.read_text().splitlines()) == 1


# --- more troubles -----------------------------------------------------------------------------------------------


def transport_error(fault: faults.Fault) -> httpx.TransportError:
    async def meet() -> None:
        vendor = Simulator(postpigeon.hub_addon())
        vendor.fail(fault)
        async with (
            httpx.AsyncClient(transport=transport(vendor)) as http,
            http.stream("GET", "https://x.example/v2/cards", headers=KEY) as response,
        ):
            await response.aread()

    with pytest.raises(httpx.TransportError) as trouble:
        asyncio.run(meet())
    return trouble.value


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.refused(), httpx.ConnectError),
        (faults.tls(), httpx.ConnectError),
        (faults.reset(), httpx.ReadError),
        (faults.timeout(), httpx.ReadTimeout),
        (faults.drip(), httpx.ReadTimeout),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_connections_fail_as_they_do_in_life_and_take_no_time(fault: faults.Fault, error: type[Exception]) -> None:
    assert type(transport_error(fault)) is error


def test_a_certificate_that_is_not_valid_says_so() -> None:
    assert "SSL" in type(transport_error(faults.tls()).__cause__).__name__


def test_an_endless_body_goes_on_for_whoever_reads_on() -> None:
    async def read() -> int:
        vendor = Simulator(postpigeon.hub_addon())
        vendor.fail(faults.endless())
        size = 0
        async with (
            httpx.AsyncClient(transport=transport(vendor)) as http,
            http.stream("GET", "https://x.example/v2/cards", headers=KEY) as response,
        ):
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > 1_000_000:
                    return size
        return size

    assert asyncio.run(read()) > 1_000_000


def test_a_real_server_drips_and_never_ends_too() -> None:
    vendor = Simulator(postpigeon.hub_addon())
    vendor.fail(faults.endless(), faults.drip())
    with SimulatorServer(vendor) as server:
        with httpx.stream("GET", f"{server.url}/cards", headers=KEY, timeout=60) as response:
            assert sum(len(chunk) for chunk, _ in zip(response.iter_raw(65_536), range(4), strict=False)) > 65_536
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.url}/cards", headers=KEY, timeout=0.2)


def test_unknown_fields_and_nulls_are_put_into_every_object(vendor: Simulator) -> None:
    call(vendor, "POST", "/cards", CARD)
    vendor.fail(faults.extra_fields(), faults.nulls())

    extra, nulls = (data(call(vendor, "GET", "/cards")) for _ in range(2))

    assert {"id", "status"} < set(extra[0])
    assert nulls == [{"id": None, "status": None}]


def test_what_is_hidden_for_a_while_is_seen_afterwards() -> None:
    clock = VirtualClock()
    vendor = Simulator(postpigeon.hub_addon(), wall=clock.now)
    vendor.fail(faults.hidden(60))
    with pytest.raises(Hangup):
        call(vendor, "POST", "/cards", CARD)
    assert vendor.count("r-1") == 1

    clock.advance(seconds=59)
    assert data(call(vendor, "GET", "/cards", ref="r-1")) == []
    clock.advance(seconds=1)
    assert len(data(call(vendor, "GET", "/cards", ref="r-1"))) == 1


def test_everything_but_what_it_holds_can_be_forgotten(vendor: Simulator) -> None:
    call(vendor, "POST", "/cards", CARD)
    holdings = vendor.holdings()
    call(vendor, "POST", "/cards", {**CARD, "ref": "r-2"})
    vendor.fail(faults.refused())

    vendor.forget_all_but(holdings)

    assert vendor.stored("/cards") == [{**CARD, "id": "id-1"}]
    assert (vendor.effects, vendor.calls) == ([], [])
    assert call(vendor, "GET", "/cards").status == 200


# --- pages, and things known again -------------------------------------------------------------------------------


class Row(Answer):
    id: str


class Pointed(Answer):
    rows: list[Row]
    next_cursor: str | None = None


class Numbered(Answer):
    rows: list[Row]
    next_page: int | None = None


def paged(shape: Any, query: dict[str, str]) -> Any:
    addon = AddOn("rows", title="Rows", base_url="https://rows.example")
    addon.get("/rows", shape)
    seeds = type("simulation", (), {"SEEDS": {"/rows": [{"id": str(n)} for n in range(1, 6)]}})
    return data(Simulator(addon.hub_addon(), seeds).handle("GET", "/rows", query, {}, b""))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, "12345"),
        ({"limit": "2"}, "12345"),
        ({"page": "1"}, "12"),
        ({"page": "3"}, "5"),
        ({"page": "4"}, ""),
        ({"page": "1", "per_page": "4"}, "1234"),
        ({"offset": "3", "limit": "9"}, "45"),
        ({"page": "junk"}, "12"),
    ],
)
def test_a_list_is_cut_where_the_query_asks_for_a_page(query: dict[str, str], ids: str) -> None:
    assert "".join(row["id"] for row in paged(list[Row], query)) == ids


def test_a_pointer_leads_from_page_to_page_and_ends() -> None:
    first = paged(Pointed, {})
    second = paged(Pointed, {"cursor": first["next_cursor"]})
    third = paged(Pointed, {"cursor": second["next_cursor"]})

    assert [[row["id"] for row in page["rows"]] for page in (first, second, third)] == [["1", "2"], ["3", "4"], ["5"]]
    assert third["next_cursor"] is None


def test_a_next_page_is_a_number_where_pages_are_numbered() -> None:
    assert paged(Numbered, {"page": "2"})["next_page"] == 3
    assert paged(Numbered, {})["next_page"] == 2


def test_a_vendor_that_knows_a_thing_again_changes_it_instead_of_making_another() -> None:
    knows = type("simulation", (), {"UPSERTS": {"/cards": ("to", "address")}})
    vendor = Simulator(postpigeon.hub_addon(), knows)

    call(vendor, "POST", "/cards", CARD)
    again = call(vendor, "POST", "/cards", {**CARD, "greeting": "Hello"})

    assert (again.status, data(again)["id"]) == (200, "id-1")
    assert [card["greeting"] for card in vendor.stored("/cards")] == ["Hello"]
