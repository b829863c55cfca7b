"""A log line never tells a secret, and is always one line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from hub.core import redact
from hub.db import logs

SECRET = "sk-live-abcdef-0123456789"


@pytest.fixture(autouse=True)
def output() -> Iterator[io.StringIO]:
    logs.configure("DEBUG", "json")
    caught = io.StringIO()
    handler = logging.StreamHandler(caught)
    handler.setFormatter(logging.getLogger().handlers[-1].formatter)
    before = logging.getLogger().handlers[:]
    logging.getLogger().handlers[:] = [handler]
    redact.register(SECRET)
    yield caught
    logging.getLogger().handlers[:] = before
    redact.forget([SECRET])
    logs.configure("INFO", "json")


def lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_secret_is_hidden_by_its_value_wherever_it_turns_up(output: io.StringIO) -> None:
    log = structlog.get_logger("hub.test")

    log.info("sent", url=f"https://x.test/?k={SECRET}", deep={"list": [SECRET, object()]}, number=3)
    logging.getLogger("some.library").warning("header %s", SECRET)
    try:
        raise ValueError(f"vendor said {SECRET}")
    except ValueError:
        log.exception("failed")

    assert SECRET not in output.getvalue()
    assert len(lines(output)) == 3
    assert "ValueError" in lines(output)[2]["exception"]


@pytest.mark.parametrize(
    "name", ["password", "api_key", "apikey", "Authorization", "access_token", "client_secret", "cookie"]
)
def test_a_secret_is_hidden_by_its_name(output: io.StringIO, name: str) -> None:
    structlog.get_logger("hub.test").info("sent", **{name: "unregistered-value"}, deep=[{name: "unregistered-value"}])

    assert "unregistered-value" not in output.getvalue()


def test_what_is_only_named_nearly_like_one_stays(output: io.StringIO) -> None:
    structlog.get_logger("hub.test").info("read", tokens_left=7, step_key="a", account=3)

    assert lines(output)[0]["tokens_left"] == 7
    assert lines(output)[0]["account"] == 3


@pytest.mark.parametrize("form", ["json", "console"])
def test_nobody_forges_a_second_line(output: io.StringIO, form: str) -> None:
    logs.configure("DEBUG", form)
    logging.getLogger().handlers[0].stream = output  # type: ignore[attr-defined]

    logging.getLogger("web").warning("name was %s", "x\r\nERROR everything is fine\x1b[2J\u2028")

    assert len(output.getvalue().splitlines()) == 1


def test_clients_and_statements_stay_quiet_even_at_debug(output: io.StringIO) -> None:
    for name in ("httpcore.http11", "httpx", "django.db.backends"):
        logging.getLogger(name).debug("send_request_headers Authorization: x")

    assert output.getvalue() == ""


def test_what_is_bound_comes_along(output: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("hub.test").info("hello")
        logging.getLogger("library").info("hello")

    assert [line["request_id"] for line in lines(output)] == ["r-1", "r-1"]


@pytest.mark.django_db
def test_the_link_of_a_reset_stands_in_no_line_whatever_becomes_of_it(output: io.StringIO) -> None:
    from django.test import Client

    from hub.users import links
    from tests.support.people import make_account, make_user

    token = links.make(make_user(make_account("Denver"), "owner"), "reset")
    strict = Client(enforce_csrf_checks=True)
    statuses = [
        Client().post(f"/reset/{token}", {"password": "short", "repeated": "short"}).status_code,
        Client().put(f"/reset/{token}").status_code,
        Client().get(f"/reset/{token}/").status_code,
        Client().get(f"/invitation/{token}").status_code,
        strict.post(f"/reset/{token}", {"password": "short"}).status_code,
    ]

    assert statuses == [422, 405, 404, 400, 403]
    assert token.rpartition(":")[2] not in output.getvalue()
    told = [line["event"] for line in lines(output) if line["logger"].startswith("django.")]
    assert "Unprocessable Entity: /reset/<str:token>" in told
    assert "Not Found: /reset/…" in told
    assert any(line.startswith("Forbidden") and line.endswith("/reset/<str:token>") for line in told)
