"""A contact is taken off a plan at the moment at which a step of theirs is closed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from hub.audit.actor import SYSTEM
from hub.engine import following
from hub.plans import stopping
from hub.plans.models import Enrollment, StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

NOTE = ("steps.note", {"text": "Hello"})


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(
        [NOTE, NOTE], timings=[{"kind": "immediately"}, {"kind": "after", "amount": 9, "unit": "days"}]
    ) as made:
        yield made


def test_what_follows_it_is_cancelled_with_the_rest(world: World) -> None:
    """A note reaches nobody outside, so it is closed from *claimed*: whoever stops the plan waits for its row, and then must see
    the step that has come meanwhile."""
    [run] = world.enroll(1)
    StepRun.objects.update(state="claimed")
    closed, for_a_while = threading.Event(), threading.Event()

    def close() -> None:
        try:
            with transaction.atomic():
                now = world.clock.now()
                StepRun.objects.filter(pk=run.pk).update(state="done", closed_at=now)
                following.next_steps([(run.pk, "done")], now)
                closed.set()
                for_a_while.wait(1)  # in which the other comes to the row
        finally:
            connection.close()

    worker = threading.Thread(target=close)
    worker.start()
    assert closed.wait(30)
    with transaction.atomic():
        stopping.stop(world.account, [run.enrollment_id], reason="Moved away", by=SYSTEM, now=world.clock.now())
    worker.join()

    assert Enrollment.objects.get().state == "stopped"
    assert list(StepRun.objects.order_by("seq").values_list("state", flat=True)) == ["done", "cancelled"]
