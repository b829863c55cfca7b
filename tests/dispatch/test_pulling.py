"""Pages and cursors: what is kept is kept once, and what goes wrong says whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from hub.core import AddOn, Answer, Broken, DeclarationError, NeedsAdmin, Page, Record, Secret, Settings, Trigger, Wait
from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.dispatch.pulling import LONGEST_TEXT, MOST_RECORDS, Pulled, Start, pull
from hub.testing.ledger import START
from hub.testing.stores import Died, MemoryImport


class Keys(Settings):
    api_key: Secret


class Bird(Answer):
    id: str


addon = AddOn("aviary", title="Aviary", base_url="https://aviary.test", settings=Keys)
birds = addon.get("/birds", list[Bird])

Pages = Callable[[Any, Any, str | None], AsyncIterator[Page]]


@pytest.fixture
def outside() -> Iterator[Outside]:
    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        return httpx.Response(200 if number < 9 else 401, json=[{"id": f"{number}-{n}"} for n in (1, 2)])

    made = Outside(Egress(), make_transport=lambda _: httpx.MockTransport(answer))
    yield made
    made.close()


def page(*ids: str, cursor: str | None = None) -> Page:
    return Page(records=tuple(Record(external_id=id_) for id_ in ids), cursor=cursor)


def run(outside: Outside, pages: Pages, store: MemoryImport | None = None, seconds: float = 60.0) -> Pulled:
    store = store or MemoryImport()
    trigger = Trigger("aviary.birds", "Birds", pages)
    return pull(
        outside, addon.hub_addon(), {"api_key": "k-1234567"}, trigger, store.start(), store.keep, START, seconds
    )


def ids(store: MemoryImport) -> list[str]:
    return [record.external_id for record in store.records]


async def three(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    """Pages 1 to 3, all in one generator."""
    for number in range(int(cursor or 1), 4):
        found = await vendor(birds, page=number)
        yield page(*(bird.id for bird in found), cursor=str(number + 1) if number < 3 else None)


ALL = ["1-1", "1-2", "2-1", "2-2", "3-1", "3-2"]


def test_every_page_is_kept_with_its_cursor(outside: Outside) -> None:
    store = MemoryImport()

    assert run(outside, three, store) == Pulled(pages=3, records=6)
    assert (ids(store), store.cursor) == (ALL, None)


@pytest.mark.parametrize("killed", [{"dies_before": n} for n in (1, 2, 3)] + [{"dies_after": n} for n in (1, 2)])
def test_whoever_takes_over_goes_on_at_the_cursor(outside: Outside, killed: dict[str, int]) -> None:
    store = MemoryImport(**killed)
    with pytest.raises(Died):
        run(outside, three, store)
    store.dies_before = store.dies_after = 0

    assert run(outside, three, store).finished
    assert ids(store) == ALL


def test_a_generator_that_gives_one_page_is_asked_again_from_its_cursor(outside: Outside) -> None:
    async def single(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        number = int(cursor or 1)
        yield page(str(number), cursor=str(number + 1) if number < 3 else None)

    store = MemoryImport()

    assert run(outside, single, store).finished
    assert ids(store) == ["1", "2", "3"]


def test_a_generator_that_gives_nothing_has_nothing_more(outside: Outside) -> None:
    async def nothing(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        return
        yield page()

    assert run(outside, nothing) == Pulled()


def test_a_refused_key_in_the_middle_keeps_what_was_kept_and_says_who_acts(outside: Outside) -> None:
    async def refused_later(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        for number in (1, 2, 9):
            found = await vendor(birds, page=number)
            yield page(*(bird.id for bird in found), cursor=str(number + 1))

    store = MemoryImport()

    result = run(outside, refused_later, store)

    assert isinstance(result.stopped, NeedsAdmin)
    assert (result.pages, result.cursor, store.cursor) == (2, "3", "3")
    assert not result.finished


async def _circle(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    yield page("1", cursor="2")
    yield page("2", cursor="3")
    yield page("3", cursor="2")


async def _stands_still(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    yield page("1", cursor="1" if cursor is None else cursor)


async def _no_page(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Any]:
    yield {"records": []}


async def _raises(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    raise KeyError("id")
    yield page()


async def _exits(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    raise SystemExit(3)
    yield page()


async def _floods(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    yield page(*(str(n) for n in range(MOST_RECORDS + 1)))


async def _unchecked(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    yield Page.model_construct(records=({"external_id": 7},), cursor=object())


def _no_generator(vendor: Any, since: Any, cursor: str | None) -> Any:
    return [page()]


BROKEN = [_circle, _stands_still, _no_page, _raises, _exits, _floods, _unchecked, _no_generator]


@pytest.mark.parametrize("pages", BROKEN, ids=lambda pages: pages.__name__.strip("_"))
def test_a_trigger_that_breaks_its_word_is_stopped_and_told_so(outside: Outside, pages: Pages) -> None:
    result = run(outside, pages)

    assert isinstance(result.stopped, Broken)
    assert result.stopped.reason.startswith(("The trigger", "The plugin"))


def test_a_page_that_does_not_come_is_waited_for_only_so_long(outside: Outside) -> None:
    async def slow(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        await asyncio.sleep(60)
        yield page()

    assert isinstance(run(outside, slow, seconds=0.05).stopped, Wait)


def test_a_store_that_fails_is_the_caller_s_to_handle_and_the_generator_is_ended(outside: Outside) -> None:
    ended: list[str] = []

    async def pages(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        try:
            yield page("1", cursor="2")
            yield page("2")
        finally:
            ended.append("ended")

    with pytest.raises(Died):
        run(outside, pages, MemoryImport(dies_before=2))

    assert ended == ["ended"]


def test_texts_are_made_plain_and_secrets_taken_out(outside: Outside) -> None:
    async def odd(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        yield Page(records=(Record(external_id="1", first_name="A\x00da", raw={"key": "k-1234567"}),))

    store = MemoryImport()
    run(outside, odd, store)

    assert store.records[0].first_name == "Ada"
    assert "k-1234567" not in str(store.records[0].raw)


@pytest.mark.parametrize(
    ("one", "kept"),
    [
        (Record(external_id="1", last_name="O\u2019Neil \u00e9"), {"last_name": "O\u2019Neil \u00e9"}),
        (Record(external_id="1", last_name='"Q" \\ z'), {"last_name": '"Q" \\ z'}),
        (Record(external_id="1", company="two\nlines\x07"), {"company": "two\nlines"}),
        (Record(external_id="1", custom={"n" * 300: "v"}), {"custom": {"n" * 200: "v"}}),
        (Record(external_id="1", custom={"note": "w" * 900}), {"custom": {"note": "w" * 900}}),
        (Record(external_id="1", raw={"n": [1, 2.5, None, True]}), {"raw": {"n": [1, 2.5, None, True]}}),
        (Record(external_id="1", custom={"key": "is k-1234567."}), {"custom": {"key": "is \u2022\u2022\u2022."}}),
    ],
    ids=["plain", "quoted", "controls", "long name", "note", "numbers", "secret"],
)
def test_one_odd_record_among_many_plain_ones_is_read_as_if_it_stood_alone(
    outside: Outside, one: Record, kept: dict[str, Any]
) -> None:
    plain = tuple(Record(external_id=f"p{n}", first_name="Pat", email=f"pat{n}@example.com") for n in range(300))

    async def pages(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        yield Page(records=(*plain, one))

    store = MemoryImport()
    run(outside, pages, store)

    assert store.records[:-1] == list(plain)
    assert store.records[-1].model_dump(exclude_defaults=True) == {"external_id": "1", **kept}


def test_a_text_that_is_too_long_is_cut(outside: Outside) -> None:
    async def pages(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
        yield Page(records=(Record(external_id="1", custom={"note": "w" * (LONGEST_TEXT + 1)}),))

    store = MemoryImport()
    run(outside, pages, store)

    assert len(store.records[0].custom["note"]) <= LONGEST_TEXT


def test_settings_that_do_not_fit_are_an_admin_s_matter(outside: Outside) -> None:
    trigger = Trigger("aviary.birds", "Birds", three)

    result = pull(outside, addon.hub_addon(), {}, trigger, Start(cursor="2"), MemoryImport().keep, START)

    assert isinstance(result.stopped, NeedsAdmin)
    assert result.cursor == "2"


def test_a_trigger_that_does_not_yield_is_refused_while_its_author_looks() -> None:
    with pytest.raises(DeclarationError, match="yields pages"):
        addon.trigger("list", title="A list")(_no_generator)  # type: ignore[arg-type]
