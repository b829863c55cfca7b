"""A small hub for one turn: an account, an add-on with one endpoint, a plan, contacts. The database is migrated already."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

VENDOR = "BENCH_VENDOR"
"""The loopback vendor's address."""


def ready() -> None:
    """Django and every job."""
    from hub.process import start

    start.django()
    start.jobs()


def addon() -> Any:
    """An add-on whose action posts once, with a key that makes a repetition harmless."""
    from hub.core import AddOn, Answer, HeaderKey, Secret, Sent, Settings, keyed

    class Account(Settings):
        api_key: Secret

    class Nothing(Settings):
        """A step without settings."""

    class New(Answer):
        ref: str
        to: str

    class Made(Answer):
        id: str
        ref: str

    made = AddOn(
        "bench", title="Bench", base_url="https://bench.example", settings=Account, auth=HeaderKey("X-Key", "api_key")
    )
    post = made.post("/things", New, Made, effect=keyed("Idempotency-Key", "24h"))

    @made.action("post", Nothing, title="Post")
    async def action(vendor: Any, step: Nothing, contact: Any) -> Sent:
        done = await vendor(post, New(ref=vendor.ref, to=contact.first_name))
        return Sent(done.id, note=f"Made {done.id}")

    return made


@contextmanager
def installed(outside: Any) -> Iterator[None]:
    """The add-on is the only one besides the built-in steps."""
    import hub.steps
    from hub.addons import catalog
    from hub.addons import installed as host
    from hub.core import registry
    from hub.plans import loading

    found = registry.from_objects([addon(), hub.steps.addon])
    loading.forget()
    with host.use(found), host.use_outside(outside):
        catalog.sync(found)
        yield


def over_http(place: str = "") -> Any:
    """The real way out, to the loopback vendor; ``place`` is a path of his before the endpoint's."""
    from hub.core.egress import Egress
    from hub.dispatch.outside import Outside

    url = os.environ[VENDOR]
    return Outside(Egress.of([url.removeprefix("http://")]), {"bench": url + place})


def answered_inside() -> Any:
    """A way out that leads nowhere: no HTTP client, the answer is made in the process."""
    import json

    from hub.dispatch.exchange import Answered
    from hub.dispatch.outside import Outside

    class Inside(Outside):
        """Answers every call by itself."""

        async def exchange(self, endpoint: Any, request: Any, ready: Any, not_after: float) -> Any:
            """What a good vendor would say."""
            made = {"id": "id-1", "ref": json.loads(ready.content)["ref"]}
            return Answered(201, {"content-type": "application/json"}, json.dumps(made).encode())

    return Inside()


def company(contacts: int, steps: int = 1) -> Any:
    """An account with the add-on on, so many contacts, and a ready plan of so many steps; returns the plan."""
    from django.db import transaction

    from hub.accounts import changes as accounts
    from hub.accounts.models import Account
    from hub.addons import changes as addons
    from hub.audit.actor import SYSTEM
    from hub.contacts.models import Contact
    from hub.plans import changes, versions

    with transaction.atomic():
        account = accounts.create("Bench", by=SYSTEM, kind=Account.Kind.ENTERPRISE)
        addons.make_available(account, "bench", by=SYSTEM)
        addons.enable(account, "bench", by=SYSTEM)
        addons.save_settings(account, "bench", {"api_key": "sk_9f2c81d7e4a05b36"}, by=SYSTEM)
        Contact.objects.bulk_create([_contact(account, n) for n in range(contacts)], batch_size=5_000)
        plan = changes.create_plan(account, {"name": "Bench"}, by=SYSTEM)
        draft = versions.draft_for_editing(plan, by=SYSTEM)
        saved = versions.save_draft(draft, draft.revision, [_step(n) for n in range(steps)], by=SYSTEM)
        versions.make_ready(saved, saved.revision, by=SYSTEM)
    return plan


def _contact(account: Any, n: int) -> Any:
    """As an import would have made it: found by its name, too."""
    from hub.contacts import cleaning
    from hub.contacts.models import Contact
    from hub.db import clock

    now, name = clock.now(), {"first_name": f"Ada{n}"}
    return Contact(account=account, created_at=now, updated_at=now, **name, **cleaning.keys_of(name))


def enroll(plan: Any) -> None:
    """Everybody on the plan."""
    from django.db import transaction

    from hub.audit.actor import SYSTEM
    from hub.contacts.models import Contact
    from hub.plans import enrollment

    with transaction.atomic():
        enrollment.enroll(plan, Contact.objects.filter(account=plan.account), by=SYSTEM)


def _step(n: int) -> dict[str, Any]:
    timing = {"kind": "immediately"} if n == 0 else {"kind": "after", "amount": n, "unit": "days"}
    return {"action_type": "bench.post", "name": f"Step {n + 1}", "timing": timing, "options": {}, "notify": "none"}
