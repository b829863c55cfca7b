"""The installation's row, the headers of every answer, the checks before a start, and the pragmas in force."""

from __future__ import annotations

import re

import pytest
from django.conf import settings as live
from django.core import checks
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from hub.db import installation
from hub.db.errors import Conflict, Invalid, NotFound, Problem, Refused, Throttled
from hub.db.models import Installation


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f'<script nonce="{request.csp_nonce}"></script>')  # type: ignore[attr-defined]  # set by django-csp


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.POST)))


echo.csrf_exempt = True  # type: ignore[attr-defined]

urlpatterns = [path("page", page), path("echo", echo)]

NOT_OURS = {"hub.web.middleware.HubMiddleware", "hub.web.naming.Naming"}
OWN = [name for name in live.MIDDLEWARE if name not in NOT_OURS]


@pytest.fixture
def client(db: None) -> Client:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=OWN):
        yield Client()


@pytest.mark.django_db
class TestInstallation:
    def test_it_has_one_name_that_can_be_read_aloud(self) -> None:
        assert re.fullmatch("[bcdfghjkmnpqrstvwxz2-9]{8}", installation.ref())
        assert Installation.objects.count() == 1

    def test_migrating_again_keeps_it(self) -> None:
        before = installation.ref()

        installation.make_row()

        assert installation.ref() == before

    def test_two_installations_have_two_names(self) -> None:
        assert len({installation.new_ref() for _ in range(200)}) == 200


class TestHeaders:
    def test_every_answer_carries_them(self, client: Client) -> None:
        answer = client.get("/page")

        policy = answer["Content-Security-Policy"]
        for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert directive in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Referrer-Policy"] == "same-origin"

    def test_the_nonce_in_the_page_is_the_one_in_the_header_and_new_each_time(self, client: Client) -> None:
        nonces = []
        for _ in range(2):
            answer = client.get("/page")
            (nonce,) = re.findall(r'nonce="([^"]+)"', answer.content.decode())
            assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]
            nonces.append(nonce)

        assert nonces[0] != nonces[1]

    @pytest.mark.parametrize(
        "body",
        [{"data": "x" * 2_000_000}, {f"f{number}": "1" for number in range(6_000)}],
        ids=["heavy", "many fields"],
    )
    def test_a_request_that_is_too_much_is_refused_and_no_500(self, client: Client, body: dict[str, str]) -> None:
        assert client.post("/echo", body).status_code in {400, 413}


class TestChecks:
    @pytest.mark.parametrize("proxy", ["*", "0.0.0.0/0", "::/0", "proxy.example.com"])
    def test_a_proxy_list_that_trusts_everybody_stops_the_start(self, proxy: str) -> None:
        with override_settings(HUB_TRUSTED_PROXIES=[proxy]):
            assert "hub.E001" in {one.id for one in checks.run_checks(tags=["security"])}

    def test_named_proxies_are_fine(self) -> None:
        with override_settings(HUB_TRUSTED_PROXIES=["10.0.0.7", "10.1.0.0/16", "fd00::1"]):
            assert "hub.E001" not in {one.id for one in checks.run_checks(tags=["security"])}

    def test_debug_on_a_public_address_stops_the_start(self) -> None:
        with override_settings(DEBUG=True, HTTPS=True):
            assert "hub.E002" in {one.id for one in checks.run_checks(tags=["security"])}


@pytest.mark.django_db
def test_the_database_keeps_what_it_acknowledged() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            answers = [_one(cursor, f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")]
            assert answers == ["wal", 2, 1]
        else:
            assert _one(cursor, "SHOW TimeZone") == "UTC"


def _one(cursor, statement: str) -> object:
    cursor.execute(statement)
    return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (Problem("It broke."), 400, "problem"),
        (Invalid({"name": "Too long."}), 422, "invalid"),
        (NotFound(), 404, "not_found"),
        (Refused("You may not.", reason="grants.missing"), 403, "grants.missing"),
        (Conflict("Somebody else saved first."), 409, "conflict"),
        (Throttled("Too many tries.", 7), 429, "throttled"),
    ],
)
def test_a_problem_has_a_status_a_code_and_a_sentence(problem: Problem, status: int, code: str) -> None:
    assert (problem.status, problem.code) == (status, code)
    assert problem.sentence == str(problem)
    assert problem.sentence.endswith(".")
