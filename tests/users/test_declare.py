"""What states no permission is found, wherever it hides."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import dramatiq
import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLResolver, include, path
from django.urls.resolvers import RegexPattern
from django.views import View
from dramatiq.brokers.stub import StubBroker
from ninja import NinjaAPI

from hub.users import declare
from hub.users.declare import PUBLIC, command, job, route


@route("contacts.view")
def stated(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@route(PUBLIC)
class Health(View):
    pass


class ForgottenView(View):
    pass


def resolver(*patterns: Any) -> URLResolver:
    return URLResolver(RegexPattern(r"^/"), list(patterns))


def test_a_route_that_states_nothing_is_listed_by_its_path() -> None:
    urls = resolver(
        path("contacts/", stated),
        path("health", Health.as_view()),
        path("oops/", forgotten),
        path("deep/", include([path("er/<int:id>/", ForgottenView.as_view())])),
    )

    assert declare.undeclared_routes(urls) == ["oops/", "deep/er/<int:id>/"]


def test_an_api_operation_is_looked_at_itself_and_not_its_wrapper() -> None:
    api = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace="test-declare")

    @api.get("/contacts")
    @route("endpoint.contacts.read")
    def read(request: HttpRequest) -> str:
        return ""

    @api.post("/contacts")
    def create(request: HttpRequest) -> str:
        return ""

    undeclared = declare.undeclared_routes(resolver(path("api/", include((api.urls[0], "api")))))

    assert undeclared == ["POST api/contacts"]


def test_commands_and_jobs_are_looked_at_too() -> None:
    broker = StubBroker()

    @dramatiq.actor(broker=broker)
    @job("system.dispatch")
    def dispatch(ids: list[int]) -> None: ...

    @dramatiq.actor(broker=broker)
    def secret_job(ids: list[int]) -> None: ...

    @command("system.operate")
    def backup() -> None: ...

    def drop_everything() -> None: ...

    assert declare.undeclared_jobs(broker) == ["secret_job"]
    assert declare.undeclared_commands({"backup": backup, "drop": drop_everything}) == ["drop"]


def test_a_misspelt_permission_is_found() -> None:
    @route("contacts.veiw")
    def misspelt(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert declare.unknown([stated, misspelt, Health, forgotten]) == ["contacts.veiw"]


@pytest.mark.parametrize("function", [stated, SimpleNamespace(fn=stated), Health.as_view()])
def test_the_mark_is_found_on_views_actors_and_classes(function: object) -> None:
    assert declare.permission_of(function) in {"contacts.view", PUBLIC}


def test_a_statement_can_be_made_where_no_django_is_installed() -> None:
    script = (
        "import sys; sys.modules['django'] = None; from hub.users.declare import command; command('x.y')(lambda: 0)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
