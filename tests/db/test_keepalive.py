"""A session whose host is gone, or stands still, lets go of what it had locked."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS
from django.db.utils import ConnectionHandler

from hub.db import database_url, keepalive
from tests.support.postgres import Postgres

pytestmark = pytest.mark.django_db


def test_both_ends_of_a_session_ask_for_a_sign_of_life(postgres: Postgres) -> None:
    ours = ConnectionHandler({DEFAULT_DB_ALIAS: database_url.database(postgres.url())})[DEFAULT_DB_ALIAS]
    names = (
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "tcp_keepalives_count",
        "idle_in_transaction_session_timeout",
    )
    try:
        with ours.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
            assert cursor.fetchone() == ("5", "5", "3", "5min")
        asked = ours.connection.info.get_parameters()
    finally:
        ours.close()

    assert {name: asked[name] for name in keepalive.CLIENT} == {name: str(n) for name, n in keepalive.CLIENT.items()}


def test_what_the_address_itself_says_is_kept() -> None:
    made = database_url.database("postgres://hub@db.example/hub?keepalives_idle=60")

    assert made["OPTIONS"]["keepalives_idle"] == "60"


def test_a_transaction_of_somebody_who_stands_still_is_ended_and_the_others_go_on(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepalive, "LONGEST_SILENCE", timedelta(seconds=1))
    ours = ConnectionHandler({DEFAULT_DB_ALIAS: database_url.database(postgres.url())})[DEFAULT_DB_ALIAS]
    try:
        ours.set_autocommit(False)
        with ours.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(77)")

        with psycopg.connect(postgres.url(), autocommit=True) as other:
            other.execute("SET lock_timeout = '30s'")
            other.execute("SELECT pg_advisory_lock(77)")  # has it as soon as the server has given the silent one up

        assert not ours.is_usable()
    finally:
        ours.close()
