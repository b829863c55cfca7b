"""Every trap a plugin can be: it is a line on a page with its reason, and everything else runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hub.core import AddOn, AddOnInfo, DeclarationError, Done, Settings, Template, Token, TokenSet, hookimpl
from hub.core.registry import Registry, discover, from_objects
from tests.core.distributions import Shelf, shelf

QUICK, PATIENT = 1.5, 60.0
"""Seconds a plugin may take in these tests."""


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path) as made:
        made.put("healthy")
        yield made


def reason(registry: Registry, name: str) -> str:
    """Why a plugin is not loaded; and the healthy one beside it must be."""
    assert "healthy" in registry.plugins
    (trouble,) = [trouble for trouble in registry.troubles if trouble.source.name == name]
    return trouble.reason


# --- what an import can do ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("assert False, 'half-built'", "AssertionError: half-built"),
        ("raise SystemExit", "it called sys.exit(None)"),
        ("import sys; sys.exit(3)", "it called sys.exit(3)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def broken(:", "SyntaxError"),
        ("class E(BaseException): pass\nraise E('odd')", "E: odd"),
        ("x = 1", "AttributeError: module 'shelf_hub_bad' has no attribute 'addon'"),
    ],
)
def test_an_import_that_fails_is_told_and_ends_nothing(packages: Shelf, code: str, words: str) -> None:
    packages.put("bad", code)

    registry = discover(seconds=PATIENT)

    assert words in reason(registry, "bad")
    assert reason(registry, "bad").startswith("its import failed")


def test_a_reason_is_one_line_that_fits_on_a_page(packages: Shelf) -> None:
    packages.put("bad", "raise RuntimeError('far\\n' + 'too long ' * 10_000)")

    told = reason(discover(seconds=PATIENT), "bad")

    assert told.startswith("its import failed: RuntimeError: far too long")
    assert len(told) < 600


def test_an_import_that_hangs_costs_its_own_time_only(packages: Shelf) -> None:
    packages.put("stuck", "import threading; threading.Event().wait(30)", dist="hub-stuck")

    begun = time.monotonic()
    registry = discover(seconds=QUICK)

    assert (
        reason(registry, "stuck")
        == "its import failed: it did not answer within 1.5 seconds (shelf_hub_stuck.py, line 1)"
    )
    assert time.monotonic() - begun < 20


def test_the_trouble_names_the_package_and_who_must_act(packages: Shelf) -> None:
    packages.put("bad", "assert False, 'half-built'")

    (trouble,) = discover().troubles

    assert trouble.source.distribution == "hub-bad"
    assert trouble.source.version == "1.0"
    said = "its import failed: AssertionError: half-built (shelf_hub_bad.py, line 1)"
    assert trouble.sentence == f"The plugin bad (hub-bad) is not loaded: {said}"


def test_a_module_of_plain_hooks_is_a_complete_plugin(packages: Shelf) -> None:
    packages.put(
        "plain",
        """
        from hub.core import Action, AddOnInfo, Done, Settings, hookimpl
        async def wave(vendor, step, contact): return Done("waved")
        @hookimpl
        def hub_addon(): return AddOnInfo("plain", "Plain")
        @hookimpl
        def hub_actions(): return [Action("plain.wave", "Wave", Settings, wave)]
        """,
        target="",
    )

    registry = discover()

    assert registry.troubles == ()
    assert registry.claim("plain.wave") is not None


# --- two of a kind ------------------------------------------------------------------------------------------------


def test_a_name_used_by_two_packages_loads_neither_and_names_both(packages: Shelf) -> None:
    marker = "open({path!r}, 'w').write('imported')"
    path = str(packages.folder / "imported")
    packages.put("twin", marker.format(path=path), dist="hub-twin-one", entry="twin")
    packages.put("other")
    packages.put("twin", marker.format(path=path), dist="hub-twin-two", entry="twin")

    registry = discover()

    assert reason(registry, "twin") == "the name is used by hub-twin-one and by hub-twin-two; uninstall one"
    assert "other" in registry.plugins
    assert not Path(path).exists()  # neither was imported, for nobody can say which was meant


def acting(addon: str, *actions: str) -> AddOn:
    made = AddOn(addon, title=addon)
    for name in actions:

        async def run(vendor: Any, step: Any, contact: Any) -> Done:
            return Done()

        made.action(name, Settings, title=name)(run)
    return made


def test_two_entry_points_with_one_add_on_inside_load_neither() -> None:
    registry = from_objects(
        {"one": acting("card", "mail"), "two": acting("card", "post"), "healthy": AddOn("healthy", title="H")}
    )

    assert "the add-on name 'card' is claimed by one and two" in reason(registry, "one")
    assert "uninstall one of them" in reason(registry, "two")
    assert registry.claims == {}


def test_an_action_type_claimed_twice_is_settled_by_nobody_whatever_the_order() -> None:
    one, two = acting("card", "mail"), acting("card", "mail")
    for order in ({"one": one, "two": two}, {"two": two, "one": one}):
        registry = from_objects({**order, "healthy": AddOn("healthy", title="H")})

        assert registry.claim("card.mail") is None
        assert "the action type 'card.mail' is claimed by one and two" in reason(registry, "one")
        assert "the action type 'card.mail' is claimed by one and two" in reason(registry, "two")


def test_one_plugin_that_claims_a_type_twice_is_refused_while_its_author_looks() -> None:
    with pytest.raises(DeclarationError, match=r"card\.mail is declared twice"):
        acting("card", "mail", "mail")


# --- what hooks can do --------------------------------------------------------------------------------------------


def module(**functions: Callable[..., Any]) -> ModuleType:
    """A module with hooks, marked unless they say otherwise."""
    made = ModuleType("made")
    given = {"hub_addon": lambda: AddOnInfo("made", "Made"), **functions}
    for name, function in given.items():
        setattr(made, name, function if getattr(function, "bare", False) else hookimpl(function))
    return made


def bare(function: Any) -> Any:
    function.bare = True
    return function


def loaded(item: Any, seconds: float = PATIENT) -> Registry:
    return from_objects({"made": item, "healthy": AddOn("healthy", title="Healthy")}, seconds=seconds)


def boom() -> Any:
    raise RuntimeError("no luck")


def leave() -> Any:
    raise SystemExit(9)


def hang() -> Any:
    time.sleep(20)


def dying() -> Iterator[Any]:
    yield from ()
    raise RuntimeError("half-way")


async def act(vendor: Any, step: Any, contact: Any) -> Done:
    return Done()


def foreign() -> Any:
    from hub.core import Action

    return [Action("other.act", "Act", Settings, act)]


TOKENS = TokenSet((Token("client.firstName", "First name"),), lambda contact, account: {"client.firstName": "Mallory"})


class NoForm:
    """Not made from Settings."""


@pytest.mark.parametrize(
    ("functions", "words"),
    [
        ({"hub_actions": lambda accounts: []}, "its hooks do not fit"),
        ({"hub_akshuns": lambda: []}, "its hooks do not fit"),
        ({"hub_akshuns": bare(lambda: [])}, "hub_akshuns is not marked with @hookimpl, or its name is misspelt"),
        ({"hub_actions": bare(lambda: [])}, "hub_actions is not marked with @hookimpl, or its name is misspelt"),
        ({"hub_actions": boom}, "hub_actions() failed: RuntimeError: no luck"),
        ({"hub_tokens": leave}, "hub_tokens() failed: it called sys.exit(9)"),
        ({"hub_auth": hang}, "hub_auth() failed: it did not answer within 1.5 seconds"),
        ({"hub_actions": dying}, "hub_actions() failed: RuntimeError: half-way"),
        ({"hub_actions": lambda: "mail"}, "hub_actions() must return a list, not a str"),
        ({"hub_actions": lambda: 7}, "hub_actions() must return a list, not a int"),
        ({"hub_actions": lambda: None}, "hub_actions() must return a list, not a NoneType"),
        ({"hub_actions": lambda: [act]}, "hub_actions() returned a function where Action was expected"),
        ({"hub_triggers": lambda: [{}]}, "hub_triggers() returned a dict where Trigger or Webhook was expected"),
        ({"hub_mailers": lambda: [1]}, "hub_mailers() returned a int where Mailer was expected"),
        ({"hub_actions": foreign}, "it claims other.act, which must begin with its own name 'made.'"),
        ({"hub_tokens": lambda: [TOKENS]}, "its tokens client.firstName must begin with its own name 'made.'"),
        ({"hub_addon": lambda: None}, "hub_addon() must return one AddOnInfo"),
        ({"hub_addon": boom}, "hub_addon() failed: RuntimeError: no luck"),
        ({"hub_addon": lambda: AddOnInfo("Made Up", "Made")}, "'Made Up' is not an add-on's name"),
        ({"hub_addon": lambda: AddOnInfo("made", "Made", settings=NoForm)}, "must be a class made from Settings"),  # type: ignore[arg-type]
        ({"hub_addon": lambda: AddOnInfo("made", 7)}, "it cannot be written down"),  # type: ignore[arg-type]
        (
            {"hub_addon": lambda: AddOnInfo("made", "Made", contract=2)},
            "it was written for contract 2, and the newest this hub knows is contract 1; update the hub, or say contract=1 in "
            "the add-on if it needs nothing newer",
        ),
    ],
)  # fmt: skip
def test_a_hook_that_breaks_its_word_is_told_and_ends_nothing(functions: dict[str, Any], words: str) -> None:
    registry = loaded(module(**functions), QUICK if hang in functions.values() else PATIENT)

    assert words in reason(registry, "made")


def test_a_module_without_hooks_says_what_is_missing() -> None:
    assert "its entry point names no add-on" in reason(loaded(ModuleType("made")), "made")


@pytest.mark.parametrize("thing", [None, 7, "addon", object(), AddOn])
def test_an_entry_point_that_names_something_else_is_told(thing: Any) -> None:
    assert reason(loaded(thing), "made")


def test_an_attribute_that_explodes_when_it_is_looked_at_is_told() -> None:
    class Trap:
        @property
        def hub_addon(self) -> Any:
            raise SystemExit(4)

    assert "it called sys.exit(4)" in reason(loaded(Trap()), "made")


def test_a_plugin_written_for_an_older_contract_still_loads() -> None:
    older = module(hub_addon=lambda: AddOnInfo("made", "Made", contract=0))

    assert "made" in loaded(older).plugins


def test_one_hook_s_failure_does_not_hide_another_plugin_s_answer() -> None:
    registry = from_objects({"bad": module(hub_actions=boom), "healthy": acting("healthy", "wave")})

    assert registry.claim("healthy.wave") is not None


def test_an_unknown_type_is_claimed_by_nobody() -> None:
    assert Registry().claim("fax.send") is None
    assert Registry().plugin("fax") is None


# --- mistakes told at import ---------------------------------------------------------------------------------------


def sync(vendor: Any, step: Any, contact: Any) -> Done:
    return Done()


async def short(vendor: Any, step: Any) -> Done:
    return Done()


async def keywords(vendor: Any, *, step: Any, contact: Any) -> Done:
    return Done()


class Keyed(Settings):
    text: Template = Template()


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: AddOn("Bad Name", title="x"), "is not an add-on's name"),
        (lambda: AddOn("a", title="x"), "is not an add-on's name"),
        (lambda: acting("card", "Mail"), "is not an action type"),
        (lambda: AddOn("card", title="x").action("go", Settings, title="Go")(sync), "must be an async function"),
        (
            lambda: AddOn("card", title="x").action("go", Settings, title="Go")(short),
            r"must take \(vendor, step, contact\)",
        ),
        (
            lambda: AddOn("card", title="x").action("go", Settings, title="Go")(keywords),
            r"must take \(vendor, step, contact\)",
        ),
        (
            lambda: AddOn("card", title="x").action("go", Settings, title="Go", needs=["shoe"])(act),
            "needs .* which a contact has not",
        ),
        (lambda: AddOn("card", title="x").action("go", NoForm, title="Go")(act), "made from Settings"),  # type: ignore[arg-type]
        (lambda: AddOn("card", title="x").action("go", Settings, title="Go", lead_time="soon"), "is not a lead time"),
        (
            lambda: AddOn("card", title="x").action("go", Settings, title="Go", channel="pigeon")(act),
            "'pigeon' is no channel; choose from",
        ),
        (lambda: AddOn("card", title="x").check(act), r"must take \(vendor\)"),
        (lambda: AddOn("card", title="x").get("/me", dict), "needs the add-on's base_url"),
    ],
)
def test_a_mistake_in_the_declaration_is_told_while_its_author_looks(mistake: Callable[[], Any], words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        mistake()
