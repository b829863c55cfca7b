"""A simulator may play the world of a plugin that calls addresses which admins give; nobody else's calls are moved."""

from __future__ import annotations

import pytest

from hub.core import AddOn
from hub.core.effects import repeatable
from hub.dispatch.outside import Outside
from hub.dispatch.requests import FrozenRequest

ZAPS = {"zaps": "http://127.0.0.1:9101/"}


@pytest.mark.parametrize(
    ("base", "sent_to"),
    [
        ("", "http://127.0.0.1:9101/hooks/1?x=2"),
        ("https://api.zaps.example", "https://hooks.zaps.example/hooks/1?x=2"),
    ],
)
def test_what_is_meant_for_an_open_address_goes_to_the_simulator_where_the_add_on_has_no_address_of_its_own(
    base: str, sent_to: str
) -> None:
    addon = AddOn("zaps", title="Zaps", base_url=base)
    anywhere = addon.open(repeatable())
    outside = Outside(base_urls=ZAPS)
    try:
        request = FrozenRequest("POST", "https://hooks.zaps.example/hooks/1?x=2", (), b"{}")
        sent = outside.sent_elsewhere(addon.hub_addon(), anywhere, request)
        alone = Outside.sent_elsewhere(outside, AddOn("other", title="Other").hub_addon(), anywhere, request)
    finally:
        outside.close()

    assert (sent.url, sent.content, alone) == (sent_to, b"{}", request)
