"""Clients: make, change, find, list, put away."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from hub.api.contacts import BY_API, choice
from hub.api.request import ApiRequest
from hub.api.v2 import codes, finding, taking
from hub.api.v2.codes import Said
from hub.api.v2.door import Rows, call
from hub.api.v2.parameters import Parameters
from hub.contacts import acts, changes, intake, linking, list_changes, lists, many, normalising, reads
from hub.contacts.incoming import Incoming, Policy
from hub.contacts.models import Contact
from hub.contacts.query import ContactQuery
from hub.db.errors import Conflict, Invalid
from hub.plans import enrollment
from hub.plans import reads as plans
from hub.plans.models import Enrollment
from hub.users.keys import reads as keys

SMS_SOURCE = "API 2.0"


@call("POST", "create_client", "v2.create_client", "make clients by API 2.0")
def create_client(request: ApiRequest, given: Parameters) -> Rows:
    """Make a client; where the account checks for duplicates, one who is there already is refused."""
    given.required("firstName", "lastName")
    known = lists.of(request.account)
    person = _incoming(given)
    policy = replace(
        BY_API, existing="new",
        lead_source_id=choice(known.sources, given.id("lead_source_id"), "lead_source_id"),
        sales_cycle_id=choice(known.cycles, given.id("sales_cycle_id"), "sales_cycle_id"),
        assigned_user_id=taking.user_id(given, request.account),
    )  # fmt: skip
    if keys.checks_duplicates(request.account):
        _refuse_duplicate(request, person, policy, known)
    made = intake.intake(request.account, person, by=request.actor, policy=policy, known=known)
    row = reads.get(request.account, request.viewer, made.contact_id)
    if row.external_id:
        linking.inherit(request.account, finding.SOURCE, row.pk, row.external_id)
    _put_on_plan(request, given, row)
    return Rows([finding.reference(row)])


@call("POST", "update_client_by_id", "v2.update_client_by_id", "change clients by API 2.0")
def update_client_by_id(request: ApiRequest, given: Parameters) -> Rows:
    """Change what was sent and leave the rest."""
    given.required("client_id")
    row = finding.client(request, given.id("client_id"), hold=True)  # two who append at once append both
    values: dict[str, Any] = taking.texts(given)
    if added := given.text("append_whiteboard"):
        before = values.get("whiteboard", row.whiteboard)
        values["whiteboard"] = f"{before}\n{added}".strip()
    if "deal_size" in given:
        values["deal_size"] = given["deal_size"]
    if custom := taking.custom(given):
        _make_fields(request, row, custom)
        values["custom"] = custom
    changes.edit(request.account, request.viewer, row.pk, values, by=request.actor)
    if external_id := taking.external_id(given):
        linking.know_as(request.account, finding.SOURCE, row.pk, external_id, by=request.actor)
        row.external_id = external_id
    _choose(request, given, row)
    _put_on_plan(request, given, row)
    return Rows([finding.reference(row)])


@call("GET", "read_client_exist", "v2.read_client_exist", "look for clients by API 2.0")
def read_client_exist(request: ApiRequest, given: Parameters) -> Rows:
    """Whether there is somebody with this phone number or e-mail address."""
    phone, email = given.text("phone"), given.text("email")
    if not phone and not email:
        raise Said(codes.MISSING, "Missing required key or value: phone or email.")
    row = finding.by_phone_or_email(request, phone, email)
    if row is None:
        raise Said(codes.NO_RECORD, finding.NOT_FOUND, client_id=False, external_id="")
    return Rows([finding.reference(row)])


@call(
    "GET", "read_client_by_id/{client_id}", "v2.read_client_by_id", "read clients by API 2.0",
    address="read_client_by_id/<str:client_id>",
)  # fmt: skip
def read_client_by_id(request: ApiRequest, given: Parameters, client_id: str) -> Rows:
    """One client."""
    row = finding.client(request, Parameters(client_id=client_id).id("client_id"))
    return Rows(finding.told(request, [row]))


@call("GET", "read_client_list", "v2.read_client_list", "list clients by API 2.0")
def read_client_list(request: ApiRequest, given: Parameters) -> Rows:
    """Clients, the oldest first. `offset` counts records; a page shorter than `limit` is the last."""
    limit, offset = given.number("limit", 100, 1, 100), given.number("offset", 0, 0, 999_999_999)
    rows = reads.selection(request.account, request.viewer, ContactQuery())
    rows = rows.select_related("lead_source", "sales_cycle").order_by("pk")
    return Rows(finding.told(request, list(rows[offset : offset + limit])), total=rows.count())


@call(
    "DELETE", "delete_client_by_id", "v2.delete_client_by_id", "delete clients by API 2.0", lock="contact_deletion"
)  # fmt: skip
def delete_client_by_id(request: ApiRequest, given: Parameters) -> Rows:
    """Archive a client; one who is on a plan is in use."""
    given.required("client_id")
    return _archive(request, finding.client(request, given.id("client_id")))


@call(
    "DELETE", "delete_client_by_external_id", "v2.delete_client_by_external_id", "delete clients by API 2.0",
    lock="contact_deletion",
)  # fmt: skip
def delete_client_by_external_id(request: ApiRequest, given: Parameters) -> Rows:
    """The same, by the id in the caller's own system."""
    given.required("external_id")
    return _archive(request, finding.by_external_id(request, given.text("external_id")))


def _incoming(given: Parameters) -> Incoming:
    fields = taking.texts(given)
    whiteboard = [fields.get("whiteboard", ""), given.text("append_whiteboard")]
    fields["whiteboard"] = "\n".join(text for text in whiteboard if text)
    return Incoming(
        fields=fields, external_id=given.text("external_id"), deal_size=given.text("deal_size"), tags=taking.tags(given),
        custom=taking.custom(given), consent=taking.consent(given, SMS_SOURCE),
    )  # fmt: skip


def _refuse_duplicate(request: ApiRequest, person: Incoming, policy: Policy, known: lists.Lists) -> None:
    looking = replace(policy, existing="keep")
    intake.one_at_a_time(request.account.pk)  # of two calls at once the second finds whom the first has made
    (found,) = intake.intake_many(
        request.account, [person], by=request.actor, policy=looking, known=known, dry=True
    )  # fmt: skip
    if found.outcome == "broken":
        raise Invalid(found.problems)
    if found.outcome != "archived" and not found.created:
        # Archived clients are left out of the check, as in the former system.
        raise Said(codes.DUPLICATE, "This client is there already.", client_id=str(found.contact_id))


def _make_fields(request: ApiRequest, row: Contact, custom: dict[str, str]) -> None:
    """Names that are not reserved become custom fields, here as when a client is made."""
    known = {normalising.fold(label) for label in (*lists.custom_labels(request.account), *row.custom)}
    for label, text in custom.items():
        if text and normalising.fold(label) not in known:
            with suppress(Conflict):  # another call made it a moment ago
                list_changes.add_custom_field(request.account, label, by=request.actor)


def _choose(request: ApiRequest, given: Parameters, row: Contact) -> None:
    account, viewer, by = request.account, request.viewer, request.actor
    known = lists.of(account)
    if "lead_source_id" in given:
        chosen = choice(known.sources, given.id("lead_source_id"), "lead_source_id")
        many.carry_out(account, viewer, [row.pk], acts.sourcing(account, chosen), by=by)
    if "sales_cycle_id" in given:
        chosen = choice(known.cycles, given.id("sales_cycle_id"), "sales_cycle_id")
        changes.set_sales_cycle(account, viewer, row.pk, chosen, by=by)
    if "assigned_user_id" in given:
        changes.assign(account, viewer, row.pk, taking.user_id(given, account), by=by)
    if tags := taking.tags(given):
        changes.add_tags(account, viewer, row.pk, tags, by=by)
    said = taking.consent(given, SMS_SOURCE)
    if said.says_something:
        changes.set_consent(account, viewer, row.pk, said, by=by)


def _put_on_plan(request: ApiRequest, given: Parameters, row: Contact) -> None:
    """`action_plan_id` starts the plan at once. Who is on it already stays as they are."""
    plan_id = given.id("action_plan_id")
    if plan_id is not None:
        plan = plans.plans(request.account, request.plan_viewer).filter(pk=plan_id).first()
        if plan is None:
            raise Invalid({"action_plan_id": "There is no such action plan in this account."})
        enrollment.enroll(plan, [row.pk], by=request.actor, now=request.now)


def _archive(request: ApiRequest, row: Contact) -> Rows:
    if Enrollment.objects.filter(contact_id=row.pk, state=Enrollment.State.RUNNING).exists():
        raise Said(codes.IN_USE, "This client is on an action plan and still in use.")
    changes.archive(request.account, request.viewer, row.pk, by=request.actor)
    return Rows([finding.reference(row)])
