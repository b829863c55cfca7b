"""While nothing can be written down, every page says so, and who acts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from hub.engine import identity, storing
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db

TITLE = "The hub cannot write anything down just now"


def refused() -> None:
    with pytest.raises(OperationalError), storing.watched("intend"):
        raise OperationalError("database or disk is full")


def test_every_page_says_so_until_it_can_write_again(enter: Any) -> None:
    account = make_account("Denver")
    browser = enter(make_user(account, "admin", "ada"))
    pages = [f"/a/{account.pk}{place}" for place in ("/", "/contacts", "/runs", "/settings")]
    assert not any(TITLE in browser.get(page, follow=True).content.decode() for page in pages)

    refused()
    for page in pages:
        told = browser.get(page, follow=True).content.decode()
        assert TITLE in told, page
        assert "Steps wait and go on by themselves" in told

    with storing.watched("intend"):
        pass
    assert TITLE not in browser.get(pages[0], follow=True).content.decode()


def test_a_hub_that_cannot_write_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = identity.enter()
    try:
        assert client.get("/health/ready").json()["store"] == "ok"
        refused()
        answer = client.get("/health/ready")
    finally:
        worker.leave()

    assert answer.status_code == 503
    assert [name for name, state in answer.json().items() if state == "missing"] == ["store"]
