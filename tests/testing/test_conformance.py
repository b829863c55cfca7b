"""The suite itself: what it generates, how fast it is, that it is green for honest add-ons and sees a broken dispatcher."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import model_validator

from hub.core import AddOn, Answer, Done, EffectClass, HeaderKey, NotSent, Options, Rejected, Sent, Settings, once
from hub.dispatch import machine, runner
from hub.dispatch.states import State
from hub.steps import addon as steps
from hub.testing import conformance
from hub.testing.grading import Level, grade
from hub.testing.proofs import bench as bench_module
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
from hub.testing.proofs.case import Badge
from tests.testing import hub_aviary, pigeons
from tests.testing.hub_aviary import simulation
from tests.testing.hub_postpigeon import addon as postpigeon

HERE = Path(__file__).parent


def cases(addon: Any, **given: Any) -> list[str]:
    with Bench(addon, **given) as bench:
        return [case.name for case in cases_of(bench)]


def found_in(addon: Any, *, pairs: bool = True, **given: Any) -> dict[str, list[str]]:
    """Case → what is wrong, for every case but those of papers and grade."""
    with Bench(addon, **given) as bench:
        asked = [case for case in cases_of(bench) if case.badge is not Badge.PAPERS and not case.for_grade]
        asked = [case for case in asked if pairs or case.badge is not Badge.PAIRS]
        return {case.name: found for case in asked if (found := findings(case, bench))}


# --- what is generated -------------------------------------------------------------------------------------------

CONTRACT = [
    "a clean run", "connection refused", "TLS failure", "401, the key is wrong", "403, not allowed",
    "429, Retry-After in seconds", "429, Retry-After as a date",
    "429, Retry-After junk", "429, Retry-After none", "declared 402", "declared 422",
    *(f"{code} {when} the effect" for code in (500, 502, 503, 504) for when in ("before", "after")),
    *(f"{what} {when} the effect" for what in ("time-out", "reset") for when in ("before", "after")),
    "slow drip", "endless body", "cut JSON", "HTML with 200", "empty 200", "extra fields", "nulls",
    "created, not visible for half the settle time", "created, not visible for a week", "killed after the effect",
    "killed before it left", "the message comes twice", "connection refused, then the clock jumps a day ahead",
    "connection refused, then the clock jumps an hour back", "the night the clocks go forward", "the night the clocks go back",
    "reset after the effect, then 500 on look-up", "killed after the effect, then killed during the look-up",
]  # fmt: skip


def test_every_trouble_of_the_contract_has_a_case() -> None:
    names = cases(postpigeon)

    assert [words for words in CONTRACT if f"mail_card: {words}" not in names] == []
    assert len(names) == len(set(names))
    assert len(names) >= 150


def test_every_ambiguous_trouble_meets_every_second_one() -> None:
    pairs = [name.removeprefix("mail_card: ").split(", then ") for name in cases(postpigeon) if ", then " in name]
    firsts = {first for first, *_ in pairs if "connection refused" not in first}
    seconds = {second for first, second in pairs if first == "reset after the effect"}

    assert len(firsts) >= 15
    assert len(seconds) >= 20
    for second in seconds:
        assert len([pair for pair in pairs if pair[1] == second]) >= 13, second


def test_the_example_and_its_test_are_as_short_as_the_contract_says() -> None:
    plugin = (HERE / "hub_postpigeon" / "__init__.py").read_text().splitlines()
    test = (HERE / "test_postpigeon.py").read_text().splitlines()

    assert len([line for line in plugin if line.strip()]) <= 50
    assert len(test) <= 20


@pytest.mark.slow
def test_the_example_is_platinum_and_a_hundred_and_fifty_cases_take_less_than_five_seconds_of_work() -> None:
    """Of this process's own time: how long a busy machine makes it wait says nothing about the kit."""
    begun = time.process_time()
    earned = grade(postpigeon)
    spent = time.process_time() - begun

    assert (earned.level, earned.failures) == (Level.PLATINUM, ())
    assert earned.cases >= 150
    assert spent * 150 / earned.cases < 5.0


def test_it_is_a_class_with_one_test_a_case() -> None:
    made = conformance(postpigeon)
    (mark,) = made.test_it.pytestmark  # type: ignore[attr-defined]

    assert "mail_card: reset after the effect, then 500 on look-up" in [str(case) for case in mark.args[1]]
    assert not [case for case in mark.args[1] if case.for_grade]


def test_a_plugin_that_does_not_load_is_one_red_test_with_the_reason() -> None:
    made: Any = conformance(AddOn("aviary", title="Aviary", contract=99))
    (mark,) = made.test_it.pytestmark
    (case,) = mark.args[1]
    made.setup_class()

    with pytest.raises(pytest.fail.Exception, match="contract 99"):
        made().test_it(case)


def test_the_kit_s_front_page_loads_neither_pytest_nor_the_dispatcher() -> None:
    seen = "import sys, hub.testing; print([m for m in ('pytest', 'httpx', 'hub.dispatch') if m in sys.modules])"

    assert subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout == "[]\n"


# --- honest add-ons ----------------------------------------------------------------------------------------------


PAIRED = ("repeatable", "keyed", "lookup", "strong lookup", "blind")
"""Classes whose pairs are played here; the others differ from them in single troubles only."""


@pytest.mark.slow
@pytest.mark.parametrize("name", pigeons.CLASSES)
def test_an_honest_add_on_of_every_class_is_green(name: str) -> None:
    given = {"simulation": pigeons.simulation} if name == "repeatable" else {}

    assert found_in(pigeons.made(name), pairs=name in PAIRED, **given) == {}


@pytest.mark.slow
def test_every_way_in_is_green_when_it_is_honest() -> None:
    assert found_in(hub_aviary.addon, simulation=simulation) == {}

    assert any("killed after page 3" in name for name in cases(hub_aviary.addon, simulation=simulation))


@pytest.mark.slow
def test_the_built_in_steps_are_written_through_the_same_contract() -> None:
    """All that they lack is a README: their papers are the hub's own."""
    assert grade(steps).level >= Level.GOLD


def test_repeatable_must_be_shown_by_the_simulation() -> None:
    """A second POST makes a second thing, unless the vendor is said to know the first again."""
    found = found_in(pigeons.made("repeatable"), pairs=False)

    assert "UPSERTS" in found["mail: reset after the effect"][0]


def test_a_misspelt_list_is_named_with_those_there_are() -> None:
    class Choosing(Settings):
        flock: Annotated[str, Options("flocks")]

    addon = AddOn("aviary", title="Aviary", base_url="https://aviary.example")

    @addon.options("flock")
    async def flock(vendor: Any) -> dict[str, str]:
        return {"1": "One"}

    @addon.action("feed", Choosing, title="Feed")
    async def feed(vendor: Any, step: Any, contact: Any) -> Any:
        return Done("fed")

    assert found_in(addon)["feed.flock: the list flocks exists"] == [
        "No function is registered with @addon.options('flocks'); there are: flock."
    ]


class Explosive(Settings):
    shop: str

    @model_validator(mode="after")
    def _explodes(self) -> Explosive:
        raise RuntimeError("no shop")


def test_a_form_that_raises_is_a_red_case_and_not_the_end_of_the_suite() -> None:
    found = found_in(AddOn("aviary", title="Aviary", settings=Explosive))

    (said,) = found["settings: the form reads back what it wrote"]
    assert said.startswith("The form itself fails with RuntimeError: no shop (tests/testing/test_conformance.py, line ")


def test_a_plugin_that_hangs_is_given_up_after_a_few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_module, "ACTION_SECONDS", 0.1)
    addon = AddOn("aviary", title="Aviary", base_url="https://aviary.example")

    @addon.action("feed", Settings, title="Feed")
    async def feed(vendor: Any, step: Any, contact: Any) -> Any:
        await asyncio.Event().wait()

    found = found_in(addon)

    assert "The action did not come back in time." in found["feed: a clean run"]
    assert found["feed: the night the clocks go back"][0].startswith("Not played: in 3 cases")


def test_a_list_that_is_written_down_asks_nobody_and_is_green() -> None:
    class Choosing(Settings):
        size: Annotated[str, Options("sizes")]

    addon = AddOn("aviary", title="Aviary", base_url="https://aviary.example")

    @addon.options("sizes")
    async def sizes(vendor: Any) -> dict[str, str]:
        return {"s": "Small", "l": "Large"}

    @addon.action("feed", Choosing, title="Feed")
    async def feed(vendor: Any, step: Any, contact: Any) -> Any:
        return Done("fed")

    assert found_in(addon) == {}


def numbered(filtered: bool) -> AddOn:
    """An add-on whose vendor numbers its cards; its look-up asks for its own reference, or for anything."""

    class Card(Answer):
        id: int

    addon = AddOn("pigeon", title="Pigeon", base_url="https://pigeon.example", settings=pigeons.Keys,
                  auth=HeaderKey("X-Key", "api_key"))  # fmt: skip
    cards = addon.get("/cards", list[Card])
    mail = addon.post("/cards", pigeons.NewCard, Card, effect=once("90s"))

    @addon.check
    async def whose(vendor: Any) -> str:
        return f"{len(await vendor(cards))} cards"

    @addon.action("mail", pigeons.Mail, title="Mail a card", needs=["first_name"])
    async def mail_card(vendor: Any, step: Any, contact: Any) -> Any:
        card = await vendor(mail, pigeons.NewCard(greeting=step.greeting, to=contact.first_name, ref=vendor.ref))
        return Sent(str(card.id))

    @mail_card.reconcile
    async def look_up(vendor: Any, step: Any, contact: Any) -> Any:
        found = await vendor(cards, ref=vendor.ref) if filtered else await vendor(cards)
        return Sent(str(found[0].id)) if found else NotSent()

    return addon


def test_somebody_else_s_thing_is_known_by_its_number_too() -> None:
    assert found_in(numbered(filtered=True), pairs=False) == {}

    found = found_in(numbered(filtered=False), pairs=False)

    assert any("reference 901 is that of an earlier step" in words for words in found["mail: reset before the effect"])


# --- bugs of the dispatcher --------------------------------------------------------------------------------------

Patch = Callable[[pytest.MonkeyPatch], None]


def _trusts_the_first_not_found(patch: pytest.MonkeyPatch) -> None:
    def hasty(run: Any, finding: Any, effect: Any, now: Any) -> Any:
        if isinstance(finding, NotSent):
            return machine._keep(run, State.SCHEDULED, due_at=now, open_attempts=0)
        return machine.after_check(run, finding, effect, now)

    patch.setattr(runner, "after_check", hasty)


def _forgets_that_the_sender_may_live(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.testing.ledger._trusted", lambda attempt: attempt.effect if attempt else None)


def _sends_everything_again(patch: pytest.MonkeyPatch) -> None:
    def again(run: Any, effect: Any, klass: Any, now: Any, wait: Any, why: str) -> Any:
        return machine._keep(run, State.SCHEDULED, "", why, due_at=now + wait)

    patch.setattr(machine, "_by_class", again)


def _does_not_settle(patch: pytest.MonkeyPatch) -> None:
    honest = machine._by_class

    def at_once(run: Any, effect: Any, klass: EffectClass, now: Any, wait: Any, why: str) -> Any:
        return honest(run, replace(effect, settle=timedelta(0)), klass, now, wait, why)

    patch.setattr(machine, "_by_class", at_once)


def _ignores_what_the_vendor_asks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.dispatch.classify.retry_after", lambda value, now: None)


def _reads_every_status_as_a_no(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.dispatch.classify.MEANINGS", dict.fromkeys(range(400, 600), Rejected))


def _takes_out_no_secret(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.core.redact.text", lambda value, *more: value)


def _keeps_the_traffic_as_it_was(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.dispatch.story.scrubbed", lambda value: value)
    patch.setattr("hub.dispatch.story.call", repr)


BUGS: dict[str, tuple[str, Patch]] = {
    "takes out no secret": ("blind", _takes_out_no_secret),
    "keeps the traffic of a try as it was": ("blind", _keeps_the_traffic_as_it_was),
    "trusts the first not-found": ("strong lookup", _trusts_the_first_not_found),
    "resends while the sender may live": ("strong lookup", _forgets_that_the_sender_may_live),
    "sends everything again": ("blind", _sends_everything_again),
    "sends everything again, look-up or not": ("lookup", _sends_everything_again),
    "does not wait for the settle time": ("lookup", _does_not_settle),
    "ignores Retry-After": ("keyed", _ignores_what_the_vendor_asks),
    "reads every status as a no": ("blind", _reads_every_status_as_a_no),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_the_dispatcher_is_seen_too(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit runs the dispatcher of production, so it stands guard over it as well."""
    name, plant = BUGS[bug]
    plant(monkeypatch)

    with Bench(pigeons.made(name)) as bench:
        assert any(
            findings(case, bench) for case in cases_of(bench) if case.badge is not Badge.PAPERS and not case.for_grade
        )


def test_a_key_that_comes_back_in_a_row_is_seen_where_the_hub_does_not_take_it_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hub.dispatch.pulling.clean", lambda text, length: text)

    with Bench(hub_aviary.addon, simulation=simulation) as bench:
        (case,) = [case for case in cases_of(bench) if case.name == "numbered: the vendor repeats the key"]

        assert findings(case, bench)[0].startswith("The secret of the connection is in a record.")
