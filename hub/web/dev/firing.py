"""What the buttons of the author's page do. Each returns what happened, in lines for the author."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.accounts import reads as accounts
from hub.addons import installed
from hub.addons.models import Connection
from hub.addons.oauth import keeping
from hub.audit.actor import Actor
from hub.core import redact
from hub.core.auth import reveal
from hub.core.errors import Unreachable
from hub.core.records import Event, Page, Record
from hub.db import clock
from hub.dispatch import binding
from hub.dispatch.pulling import Pulled, Start, pull
from hub.dispatch.receiving import Delivery, handled, receive, signed_headers
from hub.engine.review import WAITING
from hub.plans import enrollment, stopping
from hub.plans.models import Enrollment, Plan, StepRun
from hub.web.dev.bench import FAULTS, Bench

MOST_RECORDS = 20


def arm(bench: Bench, name: str, on: str) -> str:
    """The simulator's next call meets this trouble."""
    if name not in FAULTS or on not in ("any", "read", "write"):
        return _("There is no such trouble.")
    bench.simulator.fail(FAULTS[name].at(on))  # type: ignore[arg-type]
    words = {"any": _("The next call meets: %(name)s."), "write": _("The next write meets: %(name)s."),
             "read": _("The next read meets: %(name)s.")}  # fmt: skip
    return words[on] % {"name": name}


def carry_out(bench: Bench, action_type: str, by: Actor) -> str:
    """Put the demo contact on the plan that tries this action; anew when its step there waits for a person."""
    if action_type not in bench.plans:
        return bench.left_out.get(action_type) or _("There is no such kind of step.")
    plan = Plan.objects.select_related("account").get(pk=bench.plans[action_type])
    with transaction.atomic():
        given_up = _given_up(bench, plan, by)
        report = enrollment.enroll(plan, [bench.contact_id], by=by)
    names = {"plan": plan.name}
    if not report.enrolled:
        return _("The contact is still on “%(plan)s”: the step before goes on by itself. See Runs.") % names
    if given_up:
        return _(
            "The step before waits for a person. The contact was taken off “%(plan)s” and put on it again: a new step is on the "
            "way; see Runs."
        ) % names  # fmt: skip
    return _("The contact was put on “%(plan)s”. The step is on the way; see Runs.") % names


def _given_up(bench: Bench, plan: Plan, by: Actor) -> int:
    """Take the contact off a plan where nothing goes on without a person: pressing again means another try."""
    waits = StepRun.objects.filter(
        account_id=bench.account_id, contact_id=bench.contact_id, enrollment__plan=plan, state__in=WAITING,
        enrollment__state=Enrollment.State.RUNNING,
    )  # fmt: skip
    reason = _("It was tried again from the page of hub dev.")
    return stopping.stop(bench.account_id, waits.values_list("enrollment_id", flat=True), reason=reason, by=by).stopped


def deliver(bench: Bench, body: str, how: str) -> str:
    """Sign a delivery as the vendor would, and hand it to the receiver and the plugin's handler.

    Args:
        how: ``signed``, ``tampered`` (a byte is changed after it was signed) or ``stale`` (signed ten minutes ago).
    """
    now = clock.now()
    settings = binding.settings(bench.plugin.info.settings, _settings(bench))
    verify = bench.webhooks[0].verify
    stamp = str(int((now - timedelta(minutes=10 if how == "stale" else 0)).timestamp()))
    raw = body.encode()
    headers = signed_headers(verify, reveal(settings, verify.field), raw, stamp)
    raw = raw + b" " if how == "tampered" else raw
    receipt = receive(bench.webhooks, settings, Delivery(headers, raw, now), bench.inbox)
    lines = [_("The sender is told %(status)s.") % {"status": receipt.status}, receipt.reason]
    if receipt.kept and receipt.webhook is not None:
        made = handled(bench.plugin.info.name, receipt.webhook, receipt.payload)
        returned = _("The handler returned %(n)d:") % {"n": len(made.found)}
        lines += [made.reason or returned, *(_shown(item) for item in made.found)]
    return "\n".join(line for line in lines if line)


def bring_in(bench: Bench, name: str) -> str:
    """Pull the trigger's pages from the simulator and show the records; nothing is placed."""
    trigger = next((one for one in bench.triggers if one.name == name), None)
    if trigger is None:
        return _("There is no such way in.")
    records: list[Record] = []

    def keep(page: Page) -> None:
        records.extend(page.records)

    sign_in = keeping.sign_in_of(_connection(bench))
    info = bench.plugin.info
    try:
        with installed.visiting(info.name, "import") as way_out:
            done = pull(way_out, info, _settings(bench), trigger, Start(), keep, clock.now(), sign_in=sign_in)
    except Unreachable as held:
        done = Pulled(stopped=held.outcome)
    stopped = [_("It stopped: %(why)s") % {"why": done.stopped.sentence()}] if done.stopped else []
    pages = ngettext("%(n)d page, ", "%(n)d pages, ", done.pages) % {"n": done.pages}
    counted = pages + ngettext("%(n)d record.", "%(n)d records.", len(records)) % {"n": len(records)}
    return "\n".join([counted, *stopped, *map(_shown, records[:MOST_RECORDS])])


def _connection(bench: Bench) -> Connection:
    return Connection.objects.get(account=accounts.get(bench.account_id), addon=bench.plugin.info.name, user=None)


def _settings(bench: Bench) -> dict[str, Any]:
    return keeping.settings_of(_connection(bench))


def _shown(item: Record | Event) -> str:
    if isinstance(item, Event):
        return (
            f"event {item.name} {json.dumps({'reference': item.reference, 'contact': item.contact, **dict(item.data)})}"
        )
    return redact.text(f"record {item.model_dump_json(exclude_defaults=True)}")
