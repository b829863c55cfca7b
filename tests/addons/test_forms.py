"""Forms as data: drawn from the manifest, with the vendor's list as it was last read."""

from __future__ import annotations

import pytest
from django.test import override_settings

from hub.accounts.models import Account
from hub.addons import catalog, forms, installed
from hub.addons.models import Connection, OptionsCache
from hub.core.registry import Registry
from hub.db import clock
from hub.db.errors import NotFound

MAIL = "postpigeon.mail_card"


def test_a_step_s_form_offers_the_list_as_it_was_last_read(on: Account) -> None:
    connection = Connection.objects.get()
    now = clock.now()
    OptionsCache.objects.create(
        connection=connection, name="campaigns", data=[["c1", "Spring"]], fetched_at=now, tried_at=now, error="late"
    )
    manifest = catalog.manifest("postpigeon")
    assert manifest is not None

    campaign, greeting = forms.step_form(manifest, MAIL, connection, {"campaign": "c1"}, {"greeting": "No."})

    assert (campaign.value, campaign.choices, campaign.loaded_at) == ("c1", (("c1", "Spring"),), now)
    assert campaign.problem == "late"
    assert (greeting.value, greeting.error) == ("Hi {{client.firstName}}", "No.")


def test_what_was_typed_and_refused_is_shown_again_but_never_a_secret(on: Account) -> None:
    manifest = catalog.manifest("postpigeon")
    assert manifest is not None
    typed = {"api_key": "typed-secret-9999", "studio": "s7"}

    shown = forms.settings_form(manifest, Connection.objects.get(), typed, {"studio": "Choose one."})

    assert "typed-secret-9999" not in repr(shown)
    assert (shown[0].last_four, shown[1].value, shown[1].error) == ("0001", "s7", "Choose one.")


def test_the_form_is_drawn_while_the_plugin_is_gone(on: Account) -> None:
    catalog.sync(Registry())
    manifest = catalog.manifest("postpigeon")
    assert manifest is not None

    with installed.use(Registry()):
        assert [field.spec.label for field in forms.settings_form(manifest, None)] == ["Api key", "Studio"]


def test_a_kind_of_step_the_add_on_has_not_is_not_found(on: Account) -> None:
    manifest = catalog.manifest("postpigeon")
    assert manifest is not None

    with pytest.raises(NotFound):
        forms.fields_of(manifest, "postpigeon.fax")


def test_the_way_out_keeps_the_operator_s_rules(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
    monkeypatch.setattr(installed, "_outside", None)
    info = registry.plugins["postpigeon"].info

    with override_settings(
        HUB_EGRESS_ALLOWED=["127.0.0.1:9100"], HUB_VENDOR_URLS={"postpigeon": "http://127.0.0.1:9100/v2"}
    ):
        outside = installed.outside()
    try:
        assert installed.outside() is outside
        assert outside.base_url(info) == "http://127.0.0.1:9100/v2"
        assert outside.egress.why_not("http://127.0.0.1:9100/") == ""
        assert outside.egress.why_not("http://127.0.0.1:9101/")
    finally:
        outside.close()
