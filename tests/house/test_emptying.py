"""What a test committed is gone after it, from every table; what the migrations wrote stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)


def rows() -> dict[str, int]:
    """Table → how many stand in it, for every table of the hub that is not empty."""
    from django.apps import apps

    models: Iterator[Any] = (model for model in apps.get_models(include_auto_created=True) if model._meta.managed)
    counted = {model._meta.db_table: model._default_manager.count() for model in models}
    return {table: number for table, number in counted.items() if number}


def test_every_row_of_a_test_is_taken_away_and_no_other() -> None:
    from django.db import connection

    from tests.support import emptying
    from tests.support.people import make_tree, make_user

    before = rows()
    make_user(make_tree().a1)

    assert set(rows()) - set(before) == set(emptying.empty(connection))
    assert rows() == before
    assert set(before) == {"django_content_type", "db_installation"}
    assert emptying.empty(connection) == []
