"""The address of a Zap is a key. It is typed, published, copied, tried, shown, told on, and lies nowhere in clear."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.db import transaction
from django.test import Client
from hub_zapier import addon as zapier

from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.core import redact
from hub.engine.models import Attempt, Trace
from hub.events.kinds import KINDS
from hub.hooks import changes as hooks
from hub.hooks import spreading
from hub.hooks.models import Delivery
from hub.plans import changes as plans
from hub.plans import drafting
from hub.plans.models import Plan, PlanStep, StepRun
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support import dump
from tests.support.people import make_account, make_user
from tests.web.plans.world import posted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KEY = "s3cretLettersOfTheHook"
URL = f"https://hooks.zapier.com/hooks/catch/471100815/{KEY}/"
_RAW = KEY.encode()
SPELLINGS = {
    "plain": KEY, "hex": _RAW.hex(), "base64": base64.b64encode(_RAW)[:-4].decode(),
    **{f"base64 +{n}": base64.b64encode(b"x" * n + _RAW)[4:-4].decode() for n in (1, 2)},
}  # fmt: skip


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[zapier]) as made:
        with transaction.atomic():
            addons.make_available(made.account, "zapier", by=SYSTEM)
            addons.enable(made.account, "zapier", by=SYSTEM)
            addons.save_settings(made.account, "zapier", {}, by=SYSTEM)
            made.plan = plans.create_plan(made.account, "Zap", by=SYSTEM)
            hooks.subscribe(made.account, "https://receiver.example/", sorted(KINDS), by=SYSTEM)
        yield made
    forget()


def forget() -> None:
    redact.forget([URL, KEY, f"hooks/catch/471100815/{KEY}"])


def found_in(text: str) -> list[str]:
    return [name for name, spelling in SPELLINGS.items() if spelling in text]


def typed_and_published(owner: Client, plan: Plan) -> None:
    """A step is typed into the form, saved again with its box left empty, and made ready."""
    edit = f"/a/{plan.account_id}/plans/{plan.pk}/edit"
    fields = {
        "option_fields.name": "Name",
        "option_fields.value": "{{client.firstName}}",
        "option_when_unclear": "ask a person",
    }
    form = posted(type="zapier.send", name="Tell the Zap", option_url=URL, **fields)
    assert owner.post(f"{edit}/steps/new", form).status_code == 302
    (step,) = drafting.steps_of(plan.versions.get())
    page = owner.get(f"{edit}/steps/{step.key}").content.decode()
    base = page.partition('name="base" value="')[2].partition('"')[0]
    assert found_in(page) == []
    assert "hooks.zapier.com" in page  # as much of it as a person needs to know which it is

    again = posted(step.key, type="zapier.send", name="Tell our Zap", option_url="", base=base, **fields)
    assert owner.post(f"{edit}/steps/{step.key}", again).status_code == 302
    assert drafting.steps_of(plan.versions.get())[0].options["url"] == URL
    assert owner.post(f"{edit}/ready", {"revision": str(plan.versions.get().revision)}).status_code == 302


def copied(plan: Plan) -> Account:
    """A second version of it, a copy beside it and one in another account."""
    with transaction.atomic():
        elsewhere = make_account("Elsewhere")
        plans.copy_plan(plan, by=SYSTEM)
        plans.copy_plan(plan, by=SYSTEM, into=elsewhere)
    return elsewhere


def carried_out(world: World) -> list[StepRun]:
    """Three contacts: one whose step is taken, one whose step is refused, one of whom nobody knows."""
    world.vendor.answers = [
        lambda request: httpx.Response(200, json={"status": "success", "you_called": str(request.url)}),
        lambda request: httpx.Response(404, text=f"nobody is at {request.url}"),
        world.vendor.acts_and_hangs_up,
    ]
    runs = world.enroll(3)
    world.work_for(seconds=3)
    with transaction.atomic():
        spreading.spread()
    return [StepRun.objects.get(pk=run.pk) for run in runs]


def shown(owner: Client, address: str) -> str:
    """A page, as a web process draws it that never called the Zap."""
    forget()
    answer = owner.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_the_whole_story_leaves_it_nowhere_in_clear(world: World, enter: Callable[[User], Client]) -> None:
    owner = enter(make_user(world.account, "owner"))

    typed_and_published(owner, world.plan)
    copied(world.plan)
    runs = carried_out(world)
    home, contact = f"/a/{world.account.pk}", runs[0].contact_id
    addresses = [f"plans/{world.plan.pk}/preview?contact={contact}", f"contacts/{contact}"]
    pages = {
        address: shown(owner, f"{home}/{address}") for address in (*addresses, *(f"runs/{run.pk}" for run in runs))
    }

    assert [run.state for run in runs] == ["done", "failed", "review"]
    assert {str(request.url) for request in world.vendor.requests} == {URL}
    assert PlanStep.objects.filter(secrets__isnull=False).count() == 3
    assert Attempt.objects.count() == 3
    assert Trace.objects.count() == 2
    assert Delivery.objects.exists()
    assert [address for address, page in pages.items() if found_in(page)] == []
    assert "POST https://hooks.zapier.com/•••/" in "".join(pages.values())  # a person knows which it is
    everything = dump.whole()
    assert "Tell our Zap" in everything
    assert found_in(everything) == []
