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
from hub.core.records import Event, Page, Record
from hub.db import clock
from hub.dispatch import binding
from hub.dispatch.pulling import Start, pull
from hub.dispatch.receiving import Delivery, handled, receive, signature
from hub.plans import enrollment
from hub.plans.models import Plan
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
    """Put the demo contact on the plan that tries this action."""
    if action_type not in bench.plans:
        return _("There is no such kind of step.")
    plan = Plan.objects.select_related("account").get(pk=bench.plans[action_type])
    with transaction.atomic():
        report = enrollment.enroll(plan, [bench.contact_id], by=by)
    if not report.enrolled:
        return _("The contact is still on “%(plan)s”: the step before has not ended. See Runs.") % {"plan": plan.name}
    return _("The contact was put on “%(plan)s”. The step is on the way; see Runs.") % {"plan": plan.name}


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
    headers = {verify.header: signature(verify, reveal(settings, verify.field), raw, stamp)}
    headers |= {verify.timestamp: stamp} if verify.timestamp else {}
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
    info, way_out = bench.plugin.info, installed.outside()
    done = pull(way_out, info, _settings(bench), trigger, Start(), keep, clock.now(), sign_in=sign_in)
    stopped = [_("It stopped: %(why)s") % {"why": done.stopped.sentence()}] if done.stopped else []
    pages = ngettext("%(n)d page, ", "%(n)d pages, ", done.pages) % {"n": done.pages}
    counted = pages + ngettext("%(n)d record.", "%(n)d records.", len(records)) % {"n": len(records)}
    return "\n".join([counted, *stopped, *map(_shown, records[:MOST_RECORDS])])


def _connection(bench: Bench) -> Connection:
    return Connection.objects.get(account=accounts.get(bench.account_id), addon=bench.plugin.info.name)


def _settings(bench: Bench) -> dict[str, Any]:
    return keeping.settings_of(_connection(bench))


def _shown(item: Record | Event) -> str:
    if isinstance(item, Event):
        return (
            f"event {item.name} {json.dumps({'reference': item.reference, 'contact': item.contact, **dict(item.data)})}"
        )
    return redact.text(f"record {item.model_dump_json(exclude_defaults=True)}")
