"""The pages people open all day, with so many contacts in the account, from a server of its own over loopback."""

from __future__ import annotations

import time

import httpx

from bench import program, world
from bench.meter import Meter

ASKED = 40
"""Times each page is asked for."""


def run(units: int) -> None:
    """So many contacts; ``p95_ms`` over all pages, ``worst_page_p95_ms`` of the slowest one."""
    world.ready()
    from django.conf import settings

    meter = Meter()
    with world.installed(world.answered_inside()):
        plan = world.company(units)
        world.enroll(plan)
        _some_done()
        _settled()
        cookies, paths = _session(plan.account), _paths(plan)
    words = ("up", "--alone", "--no-migrate") if settings.HUB_EMBEDDED else ("web",)
    with program.serving(*words, "--port", "0") as (url, _), httpx.Client(base_url=url, cookies=cookies) as browser:
        for path in paths:
            _ask(browser, path)
        with meter.running():
            taken = {path: sorted(_ask(browser, path) for _ in range(ASKED)) for path in paths}
    every = sorted(one for page in taken.values() for one in page)
    worst = max(_p95(page) for page in taken.values())
    meter.report(len(every), p95_ms=_p95(every), worst_page_p95_ms=worst)


def _some_done() -> None:
    """Every second step is done; the others wait for later, so that nothing runs while pages are asked for."""
    from datetime import timedelta

    from django.db.models import F

    from hub.db import clock
    from hub.plans.models import StepRun

    now = clock.now()
    odd = StepRun.objects.alias(odd=F("contact_id") % 2)
    odd.filter(odd=1).update(state=StepRun.State.DONE, closed_at=now, due_at=None)
    odd.filter(odd=0).update(due_at=now + timedelta(days=3))


def _settled() -> None:
    """A database that has looked at its tables since they were filled, as PostgreSQL does by itself within a minute.

    Without it the figures would depend on whether that minute was over.
    """
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def _ask(browser: httpx.Client, path: str) -> float:
    """Milliseconds until the whole page is there."""
    began = time.perf_counter()
    answer = browser.get(path)
    taken = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return taken


def _p95(sorted_ms: list[float]) -> float:
    return sorted_ms[int(len(sorted_ms) * 0.95)]


def _session(account: object) -> dict[str, str]:
    """An owner who is signed in."""
    import secrets

    from django.db import transaction
    from django.test import Client

    from hub.audit.actor import SYSTEM
    from hub.users import changes

    password = secrets.token_urlsafe(16)
    with transaction.atomic():
        values = {"username": "bench", "email": "bench@bench.example", "first_name": "Ben", "last_name": "Ch"}
        changes.create(values, account, "owner", by=SYSTEM, password=password, must_change_password=False)
    browser = Client(headers={"host": "127.0.0.1"})
    browser.post("/sign-in", {"username": "bench", "password": password})
    return {name: cookie.value for name, cookie in browser.cookies.items()}


def _paths(plan: object) -> list[str]:
    from hub.contacts.models import Contact

    account, home = plan.account, f"/a/{plan.account.pk}"
    one = Contact.objects.filter(account=account).order_by("pk")[1_000 % Contact.objects.count()].pk
    return [
        f"{home}/", f"{home}/contacts", f"{home}/contacts?q=ada99", f"{home}/contacts/{one}", f"{home}/plans",
        f"{home}/plans/{plan.pk}", f"{home}/runs", f"{home}/add-ons", f"{home}/settings/account",
    ]  # fmt: skip
