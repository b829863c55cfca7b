"""The list's one look: a page and its count together, for a text that fits few and for one that fits very many."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contacts import reads
from hub.contacts.query import ELSEWHERE, ContactQuery
from hub.contacts.visibility import EVERYTHING

pytestmark = pytest.mark.django_db


def named(account: Any, text: str, **more: Any) -> tuple[list[str], reads.Count]:
    page, count = reads.look(account, EVERYTHING, ContactQuery(text=text, **more))
    return [one.first_name for one in page.rows], count


@pytest.mark.parametrize("few", [0, 1, 1_000])
def test_few_and_many_matches_give_the_same_page(
    account: Any, contact: Any, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    for name in ("Ada", "Adele", "Ben", "Adrian"):
        contact(first_name=name)
    gone = contact(first_name="Adam")
    type(gone).objects.filter(pk=gone.pk).update(archived_at=gone.created_at)
    monkeypatch.setattr(reads, "FEW", few)

    names, count = named(account, "ad", sort="name")

    assert names == ["Ada", "Adele", "Adrian"]
    assert count == reads.Count(min(3, few), capped=few < 3)


def test_words_that_fold_to_nothing_find_nobody(account: Any, contact: Any) -> None:
    contact(first_name="Ada")

    assert named(account, "\u0301") == ([], reads.Count(0))


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_query_that_names_a_plan_or_an_import_is_never_widened_by_mistake(account: Any, name: str) -> None:
    others = {other: () for other in ELSEWHERE if other != name}

    with pytest.raises(ValueError, match=name):
        reads.selection(account, EVERYTHING, ContactQuery(**{name: 1}), others)


def test_a_queryset_is_narrowed_to_what_the_viewer_sees(account: Any, contact: Any, user: Any) -> None:
    mine, _other = contact(first_name="Ada"), contact(first_name="Ben")
    sally = user("sally")
    type(mine).objects.filter(pk=mine.pk).update(assigned_user=sally)
    everybody = reads.selection(account, EVERYTHING, ContactQuery())

    seen = reads.selection(account, reads.Viewer("own", sally.pk), everybody)

    assert [one.first_name for one in seen] == ["Ada"]
