"""Ways in and mappings: what an author is told while looking, and what is written into the manifest."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core import Page
from hub.core.addon import AddOn
from hub.core.errors import DeclarationError
from hub.core.manifest import Manifest, freeze
from hub.core.registry import from_objects


def gym() -> AddOn:
    return AddOn("gym", title="Gym", base_url="https://api.gym.example")


async def people(vendor: Any, since: Any, cursor: Any) -> Any:
    yield Page(records=())


def test_kinds_of_record_are_in_the_manifest_with_their_titles() -> None:
    addon = gym()
    addon.trigger("people", title="People", kinds={"prospect": "Prospects", "client": "Clients"})(people)
    addon.mapping("sources", title="Types", left="types", right="lead_source", kinds=["prospect"])

    frozen = freeze(from_objects({"gym": addon}).plugins["gym"])

    assert frozen.kinds == {"prospect": "Prospects", "client": "Clients"}
    assert (frozen.triggers[0].title, frozen.mappings[0].kinds) == ("People", ("prospect",))
    assert Manifest.model_validate(frozen.model_dump(mode="json")) == frozen


def test_a_manifest_of_an_earlier_hub_with_names_only_is_still_read() -> None:
    read = Manifest.model_validate({"name": "gym", "title": "Gym", "triggers": ["gym.people"]})

    assert (read.triggers[0].name, read.kinds) == ("gym.people", {})


@pytest.mark.parametrize(("kinds", "says"), [
    ({"": "Nobody"}, "'' is no kind of record"),
    ({"two words": "Two"}, "'two words' is no kind of record"),
    ({"client": " "}, "the kind 'client' has no title"),
    ({1: "One"}, "1 is no kind of record"),
])  # fmt: skip
def test_a_kind_that_is_none_is_refused_while_the_author_is_looking(kinds: Any, says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        gym().trigger("people", title="People", kinds=kinds)(people)


def test_a_mapping_to_nothing_of_ours_is_refused_with_the_words_there_are() -> None:
    with pytest.raises(DeclarationError, match="right='source' is none of lead_source, plan, sales_cycle, tag, user"):
        gym().mapping("sources", title="Types", left="types", right="source")
