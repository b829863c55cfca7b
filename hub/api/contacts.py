"""Contacts by API: list, read, take in, change, put away. New ones come through the same door as by hand (R104)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from ninja import Query, Router

from hub.api.door import Answered, operation
from hub.api.paging import Cursor, Limit, OneId, PathId
from hub.api.request import ApiRequest
from hub.api.shapes import contacts as shapes
from hub.contacts import acts, changes, intake, lists, many, reads
from hub.contacts.incoming import NOTHING_SAID, Incoming, Policy
from hub.contacts.query import ContactQuery
from hub.db.errors import Invalid, Problem

router = Router()

BY_API = Policy(source="api", told_as="the API", make_custom_fields=True)


@operation(
    router,
    "GET",
    "/contacts",
    "contacts.list",
    "list contacts by API",
    answers={200: shapes.ContactPage},
    tag="Contacts",
)
def list_contacts(
    request: ApiRequest,
    text: Annotated[str, Query(max_length=200, description="Anywhere in names, e-mail, company and phones.")] = "",
    lead_source_id: OneId = None,
    sales_cycle_id: OneId = None,
    assigned_user_id: OneId = None,
    tag_id: OneId = None,
    archived: Literal["no", "yes", "any"] = "no",
    sort: Literal["newest", "oldest", "name", "-name", "updated"] = "newest",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.ContactPage:
    """A page of the contacts, newest first unless said otherwise."""
    query = ContactQuery(
        text=text, lead_sources=_one(lead_source_id), sales_cycles=_one(sales_cycle_id), assigned=_one(assigned_user_id),
        tags=_one(tag_id), archived=archived, sort=sort,
    )  # fmt: skip
    page = reads.search(request.account, request.viewer, query, cursor, limit)
    tags = reads.tags_of(row.pk for row in page.rows)
    return shapes.ContactPage(contacts=[shapes.line(row, tags.get(row.pk, ())) for row in page.rows], next=page.next)


@operation(
    router, "GET", "/contacts/{contact_id}", "contacts.read", "read contacts by API",
    answers={200: shapes.ContactOut}, tag="Contacts",
)  # fmt: skip
def read_contact(request: ApiRequest, contact_id: PathId) -> shapes.ContactOut:
    """One contact."""
    return shown(request, contact_id)


@operation(
    router, "POST", "/contacts", "contacts.create", "add contacts by API",
    answers={201: shapes.ContactTaken, 200: shapes.ContactTaken}, tag="Contacts",
)  # fmt: skip
def create_contact(request: ApiRequest, body: shapes.NewContact) -> Answered:
    """Take somebody in. Answers 201 when they are new here, 200 when they were there already."""
    known = lists.of(request.account)
    person = Incoming(
        fields=body.texts(), external_id=body.external_id, lead_source=body.lead_source, deal_size=body.deal_size or "",
        tags=tuple(body.tags), custom=body.custom or {}, consent=body.consent.given() if body.consent else NOTHING_SAID,
    )  # fmt: skip
    policy = replace(
        BY_API, existing=body.if_known,
        lead_source_id=choice(known.sources, body.lead_source_id, "lead_source_id"),
        sales_cycle_id=choice(known.cycles, body.sales_cycle_id, "sales_cycle_id"),
        assigned_user_id=_assignable(request, body.assigned_user_id),
    )  # fmt: skip
    made = intake.intake(request.account, person, by=request.actor, policy=policy, known=known)
    assert made.outcome != "broken"  # that one is raised
    taken = shapes.ContactTaken(
        outcome=made.outcome, warnings=list(made.warnings), contact=shown(request, made.contact_id)
    )
    return Answered(201 if made.created else 200, taken)


@operation(
    router, "PATCH", "/contacts/{contact_id}", "contacts.edit", "edit contacts by API",
    answers={200: shapes.ContactOut}, tag="Contacts",
)  # fmt: skip
def change_contact(request: ApiRequest, contact_id: PathId, body: shapes.ContactChange) -> shapes.ContactOut:
    """Change what was sent and leave the rest. Custom fields that are not named stay; an empty one goes."""
    values: dict[str, Any] = body.texts()
    values |= {name: getattr(body, name) for name in ("deal_size", "custom") if name in body.model_fields_set}
    if values.get("custom", {}) is None:
        del values["custom"]
    row = changes.edit(request.account, request.viewer, contact_id, values, by=request.actor, version=body.version)
    if body.consent is not None:
        changes.set_consent(request.account, request.viewer, row.pk, body.consent.given(), by=request.actor)
    for column, making in _CHOICES.items():
        wanted = getattr(body, column)
        if column in body.model_fields_set and getattr(row, column) != wanted:
            change = _named(column, making, request, wanted)
            many.carry_out(request.account, request.viewer, [row.pk], change, by=request.actor)
    return shown(request, row.pk)


@operation(
    router, "DELETE", "/contacts/{contact_id}", "contacts.archive", "archive contacts by API", answers={204: None},
    tag="Contacts", lock="contact_deletion",
)  # fmt: skip
def archive_contact(request: ApiRequest, contact_id: PathId) -> None:
    """Put a contact away: out of lists and plans' reach. Nothing is deleted, and a person can bring it back."""
    changes.archive(request.account, request.viewer, contact_id, by=request.actor)


@operation(
    router, "POST", "/contacts/{contact_id}/tags", "tags.set", "put tags on contacts by API",
    answers={200: shapes.ContactOut}, tag="Contacts",
)  # fmt: skip
def change_tags(request: ApiRequest, contact_id: PathId, body: shapes.TagChange) -> shapes.ContactOut:
    """Put tags on a contact and take others off; new names are made."""
    row = reads.get(request.account, request.viewer, contact_id)
    if body.add:
        changes.add_tags(request.account, request.viewer, row.pk, body.add, by=request.actor)
    if body.remove:
        changes.remove_tags(request.account, request.viewer, row.pk, body.remove, by=request.actor)
    return shown(request, row.pk)


def shown(request: ApiRequest, contact_id: Any) -> shapes.ContactOut:
    """One contact as it is answered, for those who may see it."""
    row = reads.get(request.account, request.viewer, contact_id)
    return shapes.out(row, reads.tags_of([row.pk]).get(row.pk, ()))


def choice(among: dict[str, lists.Choice], chosen: int | None, field: str) -> int | None:
    """An id that is on a list of the account, or none. Raises ``Invalid``."""
    if chosen is not None and chosen not in {one.id for one in among.values()}:
        raise Invalid({field: "There is no such choice in this account."})
    return chosen


_CHOICES = {"lead_source_id": acts.sourcing, "sales_cycle_id": acts.moving, "assigned_user_id": acts.assigning}


def _named(column: str, making: Any, request: ApiRequest, wanted: int | None) -> many.Change:
    """A choice that cannot be made is a mistake in that very field."""
    try:
        change: many.Change = making(request.account, wanted)
    except Problem as problem:
        raise Invalid({column: problem.what}) from None
    return change


def _assignable(request: ApiRequest, user_id: int | None) -> int | None:
    if user_id is not None:
        _named("assigned_user_id", acts.assigning, request, user_id)
    return user_id


def _one(number: int | None) -> tuple[int, ...]:
    return () if number is None else (number,)
