"""One account in which something of everything has happened, for the test that opens every page.

Denver has an owner who reaches its branch, a salesperson, seven people with stories, plans that run, wait, failed and ask, a
draft with a problem, imports in every state, a bulk change, and something in the bell. Its branch Boulder has nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4


@dataclass
class House:
    """What the addresses need to know."""

    account: Any
    branch: Any
    known: dict[str, object]
    """Parameter of a route → an example that leads somewhere."""
    more: dict[str, str]
    """Pages in states that no route tells: a name and an address."""


def build(registry: Any, parent: Any = None) -> House:
    """Everything, inside one transaction of the caller; an enterprise of its own, or an account beneath one."""
    from tests.plans import company
    from tests.support.people import make_account, make_user
    from tests.web.plans import world

    account = company.open_denver(registry, parent)
    world.switch_on(account, "kinds")
    branch = make_account("Boulder", account)
    make_user(account, "owner", "grace", reach="subtree")
    alan = make_user(account, "sales", "alan")
    cleo = _people(account)
    plan, key, batch = _plans(account, cleo)
    runs = _runs(account)
    imports = _imports(account)
    known = {
        "account_id": account.pk, "contact_id": cleo.pk, "plan_id": plan.pk, "key": key, "batch_id": batch,
        "run_id": runs["review"], "import_id": imports["done"], "user_id": alan.pk, "grant_id": alan.grants.get().pk,
        "kind": "web_key", "api_user_id": _api_user(account),
        "subject": "tags", "addon": "kinds", "name": "groups", "token": "x", "filter_id": 1,
        "change_id": _bulk_change(account), "watched_id": _silence(account, plan),
        **_webhook(account), "replay_id": _replay(account), "number": 1,
        "suppression_id": _suppressed(account), "file_id": _file(account), "child_id": branch.pk, **_lists(account, branch),
    }  # fmt: skip
    known["tag_id"], tags = _tags(account, branch)
    _bell(account)
    _incoming(account)
    states = _states(account, branch, plan, runs, imports) | _why(account, plan, cleo, runs)
    states |= {"webhook-off": f"/a/{account.pk}/settings/webhooks/{known['off']}",
               "no-webhooks": f"/a/{branch.pk}/settings/webhooks", "lists-locked": f"/a/{branch.pk}/settings/lists"}  # fmt: skip
    states |= _tested(account, plan, key, cleo)
    states |= {"nobody-suppressed": f"/a/{branch.pk}/settings/suppressed", "unsubscribe": _way_out(account, cleo)}
    states |= tags
    states["unsubscribe-sample"] = "/mail/stop/sample"
    return House(account, branch, known, states)


def _tested(account: Any, plan: Any, key: Any, cleo: Any) -> dict[str, str]:
    """A step that can be tested, and a test of one that cannot any more, for its draft was spoiled since."""
    from hub.db import clock
    from hub.plans import drafting, lone
    from hub.plans.models import PlanKind, StepRun
    from tests.plans.company import ADA, draft_of

    step = next(step for step in drafting.steps_of(plan.versions.get(state="ready")) if step.key == key)
    asked = {"kind": PlanKind.TEST, "plan_name": plan.name, "by": ADA, "now": clock.now()}
    run_id = lone.start(account, step, cleo.pk, **asked)
    StepRun.objects.filter(pk=run_id).update(
        state="done", closed_at=clock.now(), result={"text": "Card 1042 is queued."}
    )
    first, steps = drafting.steps_of(draft_of(plan))[0].key, f"/a/{account.pk}/plans/{plan.pk}/edit/steps"
    return {"step-test": f"{steps}/{first}/test", "step-tested": f"{steps}/{key}/test/{run_id}"}


def _lists(account: Any, branch: Any) -> dict[str, int]:
    """Lists of its own, one of them locked for the branch, which has an entry of its own and a value that waits."""
    from hub.accounts import changes as accounts
    from hub.audit.actor import SYSTEM
    from hub.contacts import list_changes
    from hub.contacts.incoming import Incoming, Policy
    from hub.contacts.intake import intake

    for name in ("Fair", "A radio spot on the local station that runs every weekday morning"):
        source = list_changes.add_lead_source(account, name, by=SYSTEM)
    list_changes.add_lead_source(branch, "Walk-in", by=SYSTEM)
    for name in ("First call", "Trial week"):
        stage = list_changes.add_sales_cycle(account, name, by=SYSTEM)
    accounts.lock(account, "lead_sources", by=SYSTEM)
    accounts.lock(account, "tags", by=SYSTEM, reach="children")
    who = Incoming({"first_name": "Bo", "email": "bo@example.com"}, lead_source="Trade show")
    intake(branch, who, by=SYSTEM, policy=Policy(source="csv", told_as="people.csv"))
    return {"source_id": source.pk, "stage_id": stage.pk}


def _tags(account: Any, branch: Any) -> tuple[int, dict[str, str]]:
    """A tag that plans and filters name, another that it may become one with, and the pages that ask."""
    from hub.audit.actor import SYSTEM
    from hub.contacts import filters, tag_changes
    from hub.contacts.models import Tag
    from hub.contacts.query import ContactQuery
    from hub.users.models import User
    from tests.plans.company import make_plan, note_step

    for number in range(12):
        other = tag_changes.add_tag(account, f"Came to the open day in the spring of {2000 + number}", by=SYSTEM)
    tag = Tag.objects.filter(account=account).exclude(pk=other.pk).earliest("pk")
    meant = {"when": {"kind": "tag", "name": tag.name}}
    make_plan(account, note_step(only_if=meant), name="For those with a tag")
    grace = User.objects.get(username="grace")
    filters.save(account, grace.pk, "Tagged", ContactQuery(tags=(tag.pk,)), by=SYSTEM)
    at = f"/a/{account.pk}/settings/lists/tags"
    return tag.pk, {
        "tags-merge": f"{at}/{tag.pk}/merge?into={other.pk}",
        "tags-none-found": f"{at}?q=nothing",
        "tags-locked": f"/a/{branch.pk}/settings/lists/tags",
    }


def _people(account: Any) -> Any:
    from tests.browser.test_contacts import _move_in

    return _move_in(account)


def _plans(account: Any, cleo: Any) -> tuple[Any, Any, int]:
    """A plan with every kind of field, ready and with a draft that has a problem."""
    from hub.contacts.models import Contact
    from hub.plans import drafting, enrollment, versions
    from hub.plans.models import EnrollmentBatch
    from tests.plans.company import ADA, BEN, after, card_step, draft_of, make_plan, note_step
    from tests.web.plans import world

    world.list_of_groups(account, ("g1", "Newcomers"), ("g2", "Farewell"))
    options = {"plain": "Hi", "group": "g1"}
    everything = {"action_type": "kinds.everything", "name": "Everything at once", "options": options}
    late = card_step(timing=after(2, "business_days", at="9:00"))
    long = "An extraordinarily long plan name that somebody typed because nobody stopped them, with every word of it"
    plan = make_plan(account, note_step(), late, everything, name=long)
    enrollment.enroll(plan, list(Contact.objects.values_list("pk", flat=True)), by=ADA)
    steps = drafting.steps_of(draft_of(plan))
    broken = steps[1].model_copy(update={"options": {}, "name": "Post a better card"})
    versions.save_draft(draft_of(plan), 0, [steps[0], broken, steps[2]], by=BEN)
    return plan, steps[1].key, EnrollmentBatch.objects.filter(plan=plan).latest("pk").pk


def _runs(account: Any) -> dict[str, Any]:
    """A run in each state that somebody looks at; ``review`` has an attempt that nobody knows the end of."""
    from hub.core.effects import once
    from hub.db import clock
    from hub.engine import effects
    from hub.engine.models import Attempt
    from hub.plans.models import StepRun

    now = clock.now()
    free = list(StepRun.objects.filter(account=account, state="scheduled", action_type="desk.note").order_by("pk"))
    wanted = {
        "review": ("unclear", "The connection was lost after the request was sent."),
        "failed": ("missing", "The contact has no complete postal address (street missing)."),
        "held": ("late", "It is 30 hours later than the step may be."),
        "unknown": ("", ""),
    }
    found = {}
    for run, (state, (code, detail)) in zip(free, wanted.items(), strict=False):
        StepRun.objects.filter(pk=run.pk).update(
            state=state, hold_reason=code, hold_detail=detail, held_at=now - timedelta(hours=30), costly=state == "review",
            open_attempts=int(state in ("review", "unknown")), closed_at=now if state == "failed" else None,
        )  # fmt: skip
        found[state] = run.pk
    Attempt.objects.create(
        run_id=found["review"], n=1, fence=1, worker_no=1, boot_id=found["review"], intent_at=now - timedelta(hours=30),
        not_after=now, key="hub-1", effect_class="lookup", effect=effects.to_json(once(settle="90s")), request_digest="0" * 64,
        outcome="unclear",
        detail="No readable answer.", ended_at=now,
    )  # fmt: skip
    found["archived"] = _archived(account, free[0], now)
    return found


def _archived(account: Any, like: Any, now: datetime) -> UUID:
    """A run of last season, in the archive."""
    from hub.engine.models import ArchivedRun

    then = now - timedelta(days=200)
    tried = {"n": 1, "intent_at": then.isoformat(), "ended_at": then.isoformat(), "outcome": "acted", "verdict": "done",
             "http_status": 201, "vendor_id": "card-77", "plugin_version": "1.4.0"}  # fmt: skip
    row = ArchivedRun.objects.create(
        id=uuid4(), account_id=account.pk, enrollment_id=like.enrollment_id, plan_id=like.enrollment.plan_id,
        plan_step_id=like.plan_step_id, contact_id=like.contact_id, seq=0, action_type=like.action_type, addon=like.addon,
        costly=True, state="done", attempts=1, epoch=0, due_at=then, closed_at=then, created_at=then, archived_at=now,
        result={"reference": "card-77", "text": "The card is queued."}, tries=[tried],
    )  # fmt: skip
    return row.pk


def _imports(account: Any) -> dict[str, int]:
    """Imports in every state."""
    from hub.db import clock
    from hub.imports import changes
    from hub.imports.models import Import
    from tests.imports.journey import ANN, checked, whole

    text = (
        "First name,Last name,E-mail,Shoe size\n"
        "Cleo,Marsh,cleo@example.com,38\nNora,Bell,nora@example.com,40\nBroken,Row,not an address,41\n"
    )
    made = {}
    for name in ("done", "checked", "mapping", "running", "failed", "cancelled"):
        row = changes.receive(account, f"{name}.csv", [text.encode()], by=ANN)
        made[name] = row.pk
        if name == "done":
            whole(row)
        elif name == "checked":
            checked(row)
        elif name != "mapping":
            problem = "Line 3 is longer than 1 MB." if name == "failed" else ""
            later = clock.now() + timedelta(hours=1)
            Import.objects.filter(pk=row.pk).update(
                state=name, problem=problem, started_at=clock.now(), lease_until=later
            )
    return made | _vendor_imports(account)


def _vendor_imports(account: Any) -> dict[str, int]:
    """What an add-on's vendor had: taken in, tried dry, waiting, and failed."""
    from hub.addons.models import Connection
    from hub.db import clock
    from hub.imports.models import Import, ImportRow

    now, connection, made = clock.now(), Connection.objects.get(account=account, addon="kinds"), {}
    for state in ("done", "checked", "failed", "running"):
        row = Import.objects.create(
            account=account, kind="vendor", name="All Kinds: Members", addon="kinds", trigger="kinds.members", state=state,
            connection=connection, dry=state == "checked", started_at=now, created_at=now, lease_until=now + timedelta(hours=1),
            counts={"rows": 1204, "created": 1180, "unmapped": 31, "broken": 2, "enrolled": 1180}, by={"label": "Grace Owner"},
            mapping={"unmapped": {"Walk-in": 29, "A prospect type with rather a long name": 2}},
            waits="The vendor asked to be left alone until 14:20." if state == "running" else "",
            problem="The vendor says that there is no such page." if state == "failed" else "",
        )  # fmt: skip
        ImportRow.objects.create(
            of=row,
            line=7,
            outcome="no_map",
            problem="Nothing is mapped for “Walk-in”.",
            raw='{"id": "7", "type": "Walk-in"}',
        )
        made[f"vendor-{state}"] = row.pk
    return made


def _file(account: Any) -> int:
    """A file that mails can bring along."""
    from hub.mail.files import changes
    from tests.plans.company import ADA

    return int(changes.add(account, "Price list.pdf", b"%PDF-1.4 prices", by=ADA).pk)


def _way_out(account: Any, contact: Any) -> str:
    """The page behind *Unsubscribe* in a mail."""
    from hub.mail.unsubscribing import links

    return links.PATH + links.token(account.pk, contact.pk)


def _suppressed(account: Any) -> int:
    """Three addresses that get no more marketing mail, for three reasons; the first is said to have asked for it."""
    from hub.mail.models import Suppression
    from hub.mail.suppressing import changes
    from tests.plans.company import ADA

    why = {"stop@example.com": "unsubscribed", "gone@example.com": "bounced", "no@example.com": "by_hand"}
    rows = [changes.add(account, address, Suppression.Why(reason), by=ADA) for address, reason in why.items()]
    assert rows[0] is not None
    return int(rows[0].pk)


def _replay(account: Any) -> int:
    """Steps that are being tried again; some of them were left as they are."""
    from hub.engine.replaying import changes
    from hub.engine.replaying.selecting import Window
    from tests.plans.company import ADA

    row = changes.start(account, Window(kind="failed"), token="house", by=ADA, reason="Their service is back")
    row.asked, row.again, row.left = 40, 18, {"It has been tried again already.": 2}
    row.save()
    return int(row.pk)


def _api_user(account: Any) -> int:
    """A program with a secret of its own, beside the account's Web Key."""
    from hub.users.keys import changes
    from tests.plans.company import ADA

    changes.make_key(account, "web_key", by=ADA)
    user, _secret = changes.create_user(account, "Website", ["endpoint.contacts.create"], ["203.0.113.0/24"], by=ADA)
    return user.pk


def _webhook(account: Any) -> dict[str, int]:
    """One that listens, with a delivery in each state; another is off."""
    from hub.addons import installed
    from hub.core.egress import Egress
    from hub.db import clock
    from hub.dispatch.outside import Outside
    from hub.hooks import changes
    from hub.hooks.models import Delivery, Try
    from tests.plans.company import ADA

    now, url = clock.now(), "https://crm.example.com/hub"
    outside = Outside(Egress())
    with installed.use_outside(outside):
        row = changes.subscribe(account, url, ["contact.created", "step.done"], by=ADA, name="Our CRM")
        off = changes.subscribe(account, "https://old.example.com/hub", ["plan.finished"], by=ADA)
    outside.close()
    changes.disable(off, by=ADA)
    for state in Delivery.State.values:
        made = changes.sample(row, "step.done", by=ADA)
        Delivery.objects.filter(pk=made.pk).update(state=state, tries=3, tried_at=now)
        Try.objects.create(delivery=made, at=now, status=503, ms=412, outcome="refused", said="Down for maintenance")
    return {"hook_id": row.pk, "delivery_id": made.pk, "off": off.pk}


def _incoming(account: Any) -> None:
    """What the vendor of the kinds sent: one that was handled, one that its plugin stumbled over, one that waits."""
    from hub.addons.models import Connection, Manifest
    from hub.arrivals.models import Arrival
    from hub.db import clock

    row = Manifest.objects.get(addon="kinds")
    row.data = {**row.data, "webhooks": ["member.joined"]}
    row.save()
    now, connection = clock.now(), Connection.objects.get(account=account, addon="kinds")
    for state, problem in (("done", ""), ("failed", "The handler failed: KeyError."), ("waiting", "")):
        Arrival.objects.create(
            account=account, connection=connection, addon="kinds", name="member.joined", key=state, body=b"{}",
            state=state, problem=problem, received_at=now, lease_until=now + timedelta(hours=1), came_to={"created": 1},
        )  # fmt: skip


def _bulk_change(account: Any) -> int:
    from hub.contacts.bulk import changes
    from hub.contacts.query import ContactQuery
    from hub.contacts.reads import selection
    from hub.contacts.visibility import EVERYTHING
    from tests.plans.company import ADA

    rows = selection(account, EVERYTHING, ContactQuery())
    return int(changes.start(account, rows, "tag", ["vip"], token="t", by=ADA).pk)


def _silence(account: Any, plan: Any) -> int:
    """The plan has gone quiet, and so has the connection, which somebody muted."""
    from hub.db import clock
    from hub.silence.models import Silence, Tally, Watched

    now = clock.now()
    day = now.date() - timedelta(days=3)
    made = [
        Watched.objects.create(account=account, kind=kind, key=key, last_day=day)
        for kind, key in (("plan", plan.pk), ("addon", "kinds"), ("addon", "post"))
    ]
    for watched in made:
        Tally.objects.create(watched=watched, day=day, done=12)
        Silence.objects.create(watched=watched, since=day + timedelta(days=1), expected=24, noticed_at=now)
    mute = {"muted_at": now, "muted_by": "Grace", "mute_reason": "Only in the season"}
    Watched.objects.filter(pk=made[2].pk).update(**mute)
    return int(made[0].pk)


def _why(account: Any, plan: Any, cleo: Any, runs: dict[str, Any]) -> dict[str, str]:
    """Answers of every kind: a run in each state, a step that waits for another, a moment gone by and one to come."""
    page = f"/a/{account.pk}/why"
    versions = plan.versions.filter(state="ready")
    last = versions.get().steps.get(position=2).key
    about = f"{page}?contact={cleo.pk}&plan={plan.pk}&step={last}"
    return {
        **{f"why-{state}": f"{page}?run={runs[state]}" for state in ("review", "held", "failed")},
        "why-later-step": about, "why-then": f"{about}&at=2020-01-01T09:00", "why-no-moment": f"{about}&at=soon",
        "why-which-step": f"{page}?contact={cleo.pk}&plan={plan.pk}",
    }  # fmt: skip


def _bell(account: Any) -> None:
    from hub.notifications.changes import NewNotification, tell_many
    from hub.users.models import User

    grace = User.objects.get(username="grace")
    data = {"step": "Post a card", "plan": "Birthday", "contact": "Cleo Marsh", "text": "The vendor refused it."}
    tell_many([NewNotification(account.pk, grace.pk, "step.failed", data, f"/a/{account.pk}/contacts")])


def _states(account: Any, branch: Any, plan: Any, runs: dict[str, Any], imports: dict[str, int]) -> dict[str, str]:
    here, there = f"/a/{account.pk}", f"/a/{branch.pk}"
    edit = f"{here}/plans/{plan.pk}/edit/steps/new?type="
    return {
        **{f"empty-{name or 'dashboard'}": f"{there}/{name}" for name in (
            "", "contacts", "imports", "plans", "runs", "runs/inbox", "add-ons", "notifications", "settings/sub-accounts",
        )},
        **{f"run-{state}": f"{here}/runs/{pk}" for state, pk in runs.items()},
        **{f"decide-{act}": f"{here}/runs/{runs['review']}/decide?act={act}" for act in ("send_again", "skip")},
        **{f"import-{state}": f"{here}/imports/{pk}" for state, pk in imports.items()},
        **{f"new-step-{kind}": edit + kind for kind in ("kinds.everything", "desk.note", "post.card")},
        "filter-to-save": f"{here}/contacts/filters?q=cleo&address=yes",
        "nobody-found": f"{here}/contacts?q=zzz", "found": f"{here}/search?q=cleo", "nothing-found": f"{here}/search?q=zzz",
        "decide-many": f"{here}/runs/inbox/decide?act=skip&code=unclear&type=desk.note&state=review",
        "not-there": f"{here}/contacts/999999",
    }  # fmt: skip
