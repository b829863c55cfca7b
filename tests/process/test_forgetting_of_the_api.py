"""What the API's door remembers is forgotten in time."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_ended_keys_and_old_answers_go_and_the_others_stay() -> None:
    from hub.api import limits
    from hub.api.models import KeptAnswer, Rate
    from hub.audit.actor import SYSTEM
    from hub.db import clock
    from hub.process import duties
    from hub.users.keys import changes
    from hub.users.keys.models import ApiKey
    from tests.support.people import make_account

    with clock.use(clock.VirtualClock(clock.now())) as time:
        account = make_account()
        changes.make_key(account, "web_key", by=SYSTEM)
        current = changes.rotate(account, "web_key", 1, by=SYSTEM)
        for days, key in ((0, "old"), (30, "new")):
            time.advance(days=days)
            KeptAnswer.objects.create(account=account, principal="p", key=key, digest="d", at=time.now())
        limits.take("somebody")
        assert duties.forget_answers() == 1
        assert Rate.objects.exists(), "whoever called today is still accounted for"

        time.advance(days=2)
        duties.forget_answers()

    assert [row.key for row in KeptAnswer.objects.all()] == ["new"]
    assert list(ApiKey.objects.all()) == [current]
    assert not Rate.objects.exists()
