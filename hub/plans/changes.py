"""Writes to plans as a whole: make, edit, archive, copy. Their steps are in ``versions``, the contacts on them in ``enrollment``.

Permissions are asked at the edge before these are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.calendars import Span
from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Invalid
from hub.plans import drafting, sleeping
from hub.plans.models import Plan, PlanVersion
from hub.plans.versions import new_draft, write_steps
from hub.users.models import User

EDITABLE = ("name", "description", "visibility", "owner", "reenrollment")


def create_plan(
    account: Account,
    name: str,
    *,
    by: Actor,
    owner: User | None = None,
    description: str = "",
    visibility: str = Plan.Visibility.PUBLIC,
    reenrollment: str = Plan.Reenrollment.AFTER_FINISH,
) -> Plan:
    """A new plan with an empty first draft. Raises ``Invalid``."""
    given = {"name": name, "description": description, "visibility": visibility, "reenrollment": reenrollment}
    plan = Plan(account=account, owner=owner, created_at=clock.now(), **_clean(given | {"owner": owner}))
    plan.save(force_insert=True)
    new_draft(plan, [], by=by)
    record("created", "plan", plan.pk, by=by, account_id=account.pk, data={"name": plan.name})
    return plan


def edit_plan(plan: Plan, values: dict[str, Any], *, by: Actor) -> Plan:
    """Change name, description, visibility, owner or the rule for coming back. Raises ``Invalid``."""
    strange = sorted(set(values) - set(EDITABLE))
    if strange:
        raise Invalid({name: _("There is no such field.") for name in strange})
    cleaned = _clean({"visibility": plan.visibility, "owner": plan.owner} | values)
    if "owner" in values:
        cleaned["owner"] = values["owner"]
    changed = {name: value for name, value in cleaned.items() if getattr(plan, name) != value}
    told = {name: [_word(getattr(plan, name)), _word(value)] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(plan, name, value)
    if changed:
        plan.save(update_fields=list(changed))
        record("edited", "plan", plan.pk, by=by, account_id=plan.account_id, data={"changed": told})
    return plan


def archive(plan: Plan, *, by: Actor) -> bool:
    """Nobody new comes on it; who is on it goes on. False: it was archived already."""
    return _set_archived(plan, True, by)


def restore(plan: Plan, *, by: Actor) -> bool:
    """Open it again. False: it was not archived."""
    return _set_archived(plan, False, by)


def put_to_sleep(plan: Plan, spans: Sequence[Span], *, by: Actor) -> bool:
    """From day to day none of its steps starts, on whichever version. False: it slept on these days already."""
    row = Plan.objects.select_for_update().get(pk=plan.pk)
    if sleeping.read(row.sleeps) == tuple(spans):
        return False
    plan.sleeps = sleeping.dump(spans)
    plan.save(update_fields=["sleeps"])
    told = {"sleeps": [str(span) for span in spans]}
    record("sleeps_saved", "plan", plan.pk, by=by, account_id=plan.account_id, data=told)
    return True


def copy_plan(plan: Plan, *, by: Actor, name: str = "", into: Account | None = None, owner: User | None = None) -> Plan:
    """A new plan with a draft of the same steps, in the same account or in another.

    Steps get keys of their own. Nothing is ready: a person looks it over, and what another account's add-ons do not offer is
    found when it is made ready.
    """
    source = source_of(plan)
    copy = create_plan(
        into or plan.account,
        name or _("Copy of {name}").format(name=plan.name)[:120],
        by=by,
        owner=owner,
        description=plan.description,
        visibility=plan.visibility if owner else Plan.Visibility.PUBLIC,
        reenrollment=plan.reenrollment,
    )
    steps = drafting.steps_of(source) if source else []
    draft = copy.versions.get()
    write_steps(draft, drafting.copied(steps))
    draft.rules = source.rules if source else {}
    draft.save(update_fields=["rules"])
    record("copied", "plan", copy.pk, by=by, account_id=copy.account_id, data={"from": plan.pk})
    return copy


def source_of(plan: Plan) -> PlanVersion | None:
    """The version a copy is made from: the ready one, else the newest."""
    versions = list(plan.versions.order_by("-number"))
    ready = (version for version in versions if version.state == PlanVersion.State.READY)
    return next(ready, versions[0] if versions else None)


def _set_archived(plan: Plan, archived: bool, by: Actor) -> bool:
    if (plan.archived_at is not None) == archived:
        return False
    plan.archived_at = clock.now() if archived else None
    plan.save(update_fields=["archived_at"])
    record("archived" if archived else "restored", "plan", plan.pk, by=by, account_id=plan.account_id)
    return True


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    """Values as they are stored, ``owner`` left out. Raises ``Invalid`` with every field at fault."""
    problems: dict[str, str] = {}
    cleaned = {name: value for name, value in values.items() if name != "owner"}
    for name, longest in (("name", 120), ("description", 1000)):
        if name in cleaned:
            cleaned[name] = " ".join(str(cleaned[name]).replace("\x00", "").split())
            if len(cleaned[name]) > longest:
                problems[name] = _("Use at most {count} characters.").format(count=longest)
    if cleaned.get("name") == "":
        problems["name"] = _("Give the plan a name.")
    if cleaned.get("visibility") not in Plan.Visibility.values:
        problems["visibility"] = _("A plan is public or private.")
    elif cleaned["visibility"] == Plan.Visibility.PRIVATE and values.get("owner") is None:
        problems["owner"] = _("A private plan needs an owner.")
    if cleaned.get("reenrollment", Plan.Reenrollment.NEVER) not in Plan.Reenrollment.values:
        problems["reenrollment"] = _("Choose one of the rules for coming back.")
    if problems:
        raise Invalid(problems)
    return cleaned


def _word(value: Any) -> Any:
    return value.pk if isinstance(value, User) else value
