"""By what the simulated vendor tells one thing from another: read from the declaration, or said by the plugin's simulation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import Field

from hub.core import AddOn, Answer, Settings, once
from hub.testing.identity import Identity, unnamed
from hub.testing.simulator import Reply, Simulator


class Sent(Answer):
    text: str


def vendor(shape: type[Answer], *, one: str = "", simulation: Any = None, path: str = "/cards") -> Simulator:
    """A vendor with a list, a way to make things, and perhaps a way to read one."""
    addon = AddOn("shop", title="Shop", base_url="https://shop.example", settings=Settings)
    addon.get(path, list[shape])  # type: ignore[valid-type]
    addon.post(path, Sent, shape, effect=once())
    if one:
        addon.get(path + one, shape)
    return Simulator(addon.hub_addon(), simulation)


def post(vendor: Simulator, text: str, path: str = "/cards") -> Any:
    return data(vendor.handle("POST", path, {}, {}, json.dumps({"text": text}).encode()))


def get(vendor: Simulator, path: str, **query: str) -> Reply:
    return vendor.handle("GET", path, query, {}, b"")


def data(reply: Reply) -> Any:
    return json.loads(reply.body)


class ById(Answer):
    id: str


class ByCardId(Answer):
    card_id: str


class ByCamel(Answer):
    card_id: str = Field(validation_alias="cardId")


class ByCard(Answer):
    card: str
    holder: str = ""


class ByNumber(Answer):
    number: int


class ByOrder(Answer):
    order_id: str


class ByCardNo(Answer):
    card_no: str


class ByNo(Answer):
    ticket: str


@pytest.mark.parametrize(
    ("shape", "field"),
    [
        (ById, "id"),
        (ByCardId, "card_id"),
        (ByCamel, "cardId"),
        (ByCard, "card"),
        (ByNumber, "number"),
        (ByOrder, "order_id"),
        (ByCardNo, "card_no"),
    ],
)
def test_things_are_told_apart_by_the_field_that_the_declaration_has_for_it(shape: type[Answer], field: str) -> None:
    shop = vendor(shape)

    first, second = post(shop, "one"), post(shop, "two")

    assert first[field] != second[field]
    assert [item[field] for item in data(get(shop, "/cards"))] == [first[field], second[field]]
    assert [effect.id for effect in shop.effects] == ["id-1", "id-2"]


def test_a_placeholder_names_the_field_too() -> None:
    shop = vendor(ByNo, one="/{ticket}")

    made = [post(shop, "one")["ticket"], post(shop, "two")["ticket"]]

    assert made == ["id-1", "id-2"]
    assert data(get(shop, "/cards/id-2"))["ticket"] == "id-2"


def test_a_simulation_says_what_the_declaration_does_not() -> None:
    class simulation:
        IDS = {"/cards": "ticket"}

    shop = vendor(ByNo, simulation=simulation)

    assert post(shop, "one") != post(shop, "two")


def test_where_nobody_can_tell_the_author_is_told_what_to_declare() -> None:
    shop = vendor(ByNo)

    assert shop.identity.field("/cards") == ""
    assert 'IDS = {"/cards": "number"}' in unnamed("/cards")


def test_seeds_have_the_ids_they_bring_or_are_given_one() -> None:
    class simulation:
        SEEDS = {"/cards": [{"card": "c7"}, {"holder": "Ada"}]}

    shop = vendor(ByCard, one="/{card}", simulation=simulation)

    assert [item["card"] for item in data(get(shop, "/cards"))] == ["c7", "c2"]
    assert data(get(shop, "/cards/c7"))["card"] == "c7"


def test_a_collection_inside_a_thing_is_one_of_its_own() -> None:
    shop = vendor(ById, one="/{member}", path="/groups/{group}/members")

    post(shop, "one", "/groups/g1/members")
    post(shop, "two", "/groups/g2/members")

    assert [item["id"] for item in data(get(shop, "/groups/g1/members"))] == ["id-1"]
    assert data(get(shop, "/groups/g2/members/id-1"))["id"] == "id-1"
    assert get(shop, "/groups/g3/members/id-1").status == 404


def test_a_collection_nobody_declared_goes_by_the_plain_name() -> None:
    assert Identity(AddOn("shop", title="Shop").hub_addon()).field("/elsewhere") == "id"


class Pointed(Answer):
    cards: list[ById]
    next_cursor: str | None = None


def test_a_cursor_that_is_none_of_the_vendor_s_is_refused() -> None:
    addon = AddOn("shop", title="Shop", base_url="https://shop.example")
    addon.get("/cards", Pointed)
    shop = Simulator(addon.hub_addon())

    first = data(get(shop, "/cards"))
    strange = get(shop, "/cards", cursor="my-own-7")

    assert (strange.status, data(strange)["message"]) == (
        400, "There is no page at 'my-own-7': a cursor is what the page before has named as the next.",
    )  # fmt: skip
    assert [card["id"] for card in data(get(shop, "/cards", after=first["cards"][-1]["id"]))["cards"]] == ["c3"]
    assert len(data(get(shop, "/cards", after="2026-03-02"))["cards"]) == 2
