"""A nudge rings after the commit, and never breaks what it rings for."""

from __future__ import annotations

import pytest
from django.db import transaction

from hub.web import nudge


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_once_the_change_is_committed_and_not_before() -> None:
    rung: list[str] = []
    forget = nudge.listen(lambda: rung.append("ring"))
    try:
        with transaction.atomic():
            nudge.nudge()
            assert rung == []
        assert rung == ["ring"]

        with transaction.atomic():
            nudge.nudge()
            transaction.set_rollback(True)
        assert rung == ["ring"]
    finally:
        forget()
    nudge.nudge()
    assert rung == ["ring"]


@pytest.mark.django_db(transaction=True)
def test_a_bell_that_breaks_harms_nobody() -> None:
    def broken() -> None:
        raise RuntimeError("no rope")

    forget = nudge.listen(broken)
    try:
        nudge.nudge()
    finally:
        forget()
