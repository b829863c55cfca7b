"""Each request has a name, and one line in the log that tells its route, its people and its run."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import ResolverMatch

from hub.db import logs
from hub.web import naming

pytestmark = pytest.mark.django_db


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.facts for record in caplog.records if record.name == "hub.web" and hasattr(record, "facts")]


def test_the_name_in_the_answer_is_the_name_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "hub.web"):
        answer = client.get("/sign-in")

    (line,) = told(caplog)
    assert line["request"] == answer["X-Request-Id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "signing:sign_in", 200)


def test_what_an_outer_middleware_refuses_has_a_name_too(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(enforce_csrf_checks=True)

    with caplog.at_level(logging.INFO, "hub.web"):
        answer = client.post("/sign-in", {})

    assert answer.status_code == 403
    assert answer["X-Request-Id"]


def test_a_line_of_djangos_own_about_a_request_names_it() -> None:
    request = RequestFactory().get("/nowhere")
    request.reference = "ab12cd34"  # type: ignore[attr-defined]
    record = logging.makeLogRecord({"name": "django.request", "msg": "Not Found", "request": request, "levelno": 30})
    logs.configure("INFO", "json")
    (handler,) = [one for one in logging.getLogger().handlers if isinstance(one.formatter, logs.Lines)]

    assert json.loads(handler.format(record))["request"] == "ab12cd34"


def test_the_line_of_a_runs_page_has_the_run_and_no_address(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        request.resolver_match = ResolverMatch(answer, (), {"run_id": "0198-aa"}, url_name="page", namespaces=["runs"])
        return HttpResponse()

    with caplog.at_level(logging.INFO, "hub.web"):
        naming.Naming(answer)(RequestFactory().get("/a/1/runs/0198-aa?key=s3cret"))

    (line,) = told(caplog)
    assert (line["run"], line["route"]) == ("0198-aa", "runs:page")
    assert "s3cret" not in json.dumps(line)


def test_the_question_whether_we_live_makes_no_noise(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "hub.web"):
        client.get("/health/live")

    assert told(caplog) == []
