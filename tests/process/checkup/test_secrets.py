"""Stored secrets: which keys they need, and whether those are here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from django.test import override_settings

from hub.addons.models import Connection
from hub.db import rotation, sealing
from hub.db.fields import Blob
from hub.process.checkup import secrets
from tests.engine.world import World, make_world
from tests.process.test_checkup import told

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = Fernet.generate_key().decode()


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def test_all_under_the_current_key_is_ok(world: World) -> None:
    assert told(secrets.sealed(), "ok") == ["ok   secrets: every stored secret is under the current key."]
    assert list(secrets.old_keys()) == []


def test_a_key_that_was_taken_away_too_early_is_named(world: World, settings) -> None:
    lost = sealing.key_id(settings.HUB_SECRET_KEYS[0])

    with override_settings(HUB_SECRET_KEYS=[OTHER]):
        (line,) = told(secrets.sealed(), "bad")

    assert f"1 stored secrets were sealed with the key {lost}, which is not here" in line
    assert "give that key back" in line


def test_what_is_still_under_an_older_key_is_counted_and_rotating_mends_it(world: World, settings) -> None:
    with override_settings(HUB_SECRET_KEYS=[OTHER, *settings.HUB_SECRET_KEYS]):
        (line,) = told(secrets.sealed(), "warn")
        assert "1 stored secrets are under an older key" in line
        assert list(secrets.old_keys()) == []

        rotation.rotate_keys()

        assert told(secrets.sealed(), "warn") == []
        (line,) = told(secrets.old_keys(), "warn")
        assert sealing.key_id(settings.HUB_SECRET_KEYS[1]) in line
        assert "take it out of HUB_SECRET_KEYS" in line


def test_a_value_that_is_spoilt_is_found_though_its_key_is_named_right(world: World) -> None:
    row = Connection.objects.get(addon="postpigeon")
    blob = row.secrets.blob
    assert blob is not None
    spoilt = blob[:-6] + ("AAAAAA" if not blob.endswith("AAAAAA") else "BBBBBB")
    Connection.objects.filter(pk=row.pk).update(secrets=Blob(spoilt))

    (line,) = told(secrets.sealed(), "bad")

    assert "addons.Connection.secrets, 1 cannot be opened" in line
