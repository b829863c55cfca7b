"""Finding a client, and telling of one as the former system does: every id a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from hub.api.request import ApiRequest
from hub.api.v2 import codes
from hub.api.v2.codes import Said
from hub.contacts import normalising, reads
from hub.contacts.models import Contact, ExternalId
from hub.contacts.visibility import visible
from hub.db import scoping
from hub.db.errors import NotFound
from hub.plans import reads as plans

NOT_FOUND = "No Record Found"
SOURCE = "api"
"""Whose external ids these are."""


def client(request: ApiRequest, client_id: int | None, *, hold: bool = False) -> Contact:
    """A client who is not archived. Raises ``Said``: for a missing and a foreign one alike.

    Args:
        hold: nobody else changes them before the transaction ends, so that what stands there can be added to.
    """
    try:
        found = reads.get(request.account, request.viewer, client_id or 0)
        if hold:
            found = Contact.objects.select_for_update(no_key=True).get(pk=found.pk)
    except NotFound:
        raise Said(codes.NO_RECORD, NOT_FOUND) from None
    if found.archived_at is not None:
        raise Said(codes.NO_RECORD, NOT_FOUND)
    return found


def by_external_id(request: ApiRequest, external_id: str) -> Contact:
    """The client to whom this external id belongs. Raises ``Said``."""
    rows = scoping.within(ExternalId.objects.filter(source=SOURCE, value=external_id), request.account)
    return client(request, rows.values_list("contact_id", flat=True).first())


def by_phone_or_email(request: ApiRequest, phone: str, email: str) -> Contact | None:
    """The first client with this address or number, the oldest first."""
    wanted = Q(pk__in=())
    if email:
        wanted |= Q(email_key=normalising.email_key(normalising.line(email)))
    if phone:
        number, _understood = normalising.phone(normalising.line(phone), request.account.country or "US")
        wanted |= Q(phone_cell=number) | Q(phone_home=number) | Q(phone_work=number)
    rows = visible(scoping.within(Contact.objects.filter(wanted, archived_at=None), request.account), request.viewer)
    return rows.order_by("pk").first()


def told(request: ApiRequest, rows: Sequence[Contact]) -> list[dict[str, Any]]:
    """Clients as they are listed."""
    on_plans = plans.running_plans(request.account, request.plan_viewer, [row.pk for row in rows])
    return [_one(row, on_plans.get(row.pk, [])) for row in rows]


def reference(row: Contact) -> dict[str, str]:
    """What a change answers: who it was."""
    return {"client_id": str(row.pk), "external_id": row.external_id}


def _one(row: Contact, on_plans: Sequence[Any]) -> dict[str, Any]:
    return {
        "client_id": str(row.pk),
        "external_id": row.external_id,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "compName": row.company,
        "address": row.line1,
        "city": row.city,
        "state": row.state,
        "zip": row.zip,
        "email": row.email,
        "phone": row.phone_cell or row.phone_home or row.phone_work,
        "smsok": "1" if row.sms_ok else "0",
        "whiteboard": row.whiteboard,
        "deal_size": "" if row.deal_size is None else str(row.deal_size),
        "clients_action_plan": on_plans[0].name if on_plans else "",
        "clients_sales_cycle": row.sales_cycle.name if row.sales_cycle else "",
        "clients_lead_source": row.lead_source.name if row.lead_source else "",
        "custom_fields": {str(label): str(value) for label, value in row.custom.items()},
        "created": f"{row.created_at:%Y-%m-%d %H:%M:%S}",
    }
