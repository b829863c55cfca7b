"""An e-mail to a contact, through the account's own mailer, and what became of it."""

from __future__ import annotations

from uuid import UUID

from ninja import Router

from hub.api.door import operation
from hub.api.paging import PathId
from hub.api.request import ApiRequest
from hub.api.shapes import emails as shapes
from hub.contacts import reads as contacts
from hub.plans import letters
from hub.plans.letters import Letter

router = Router()


@operation(
    router, "POST", "/contacts/{contact_id}/emails", "emails.send", "send e-mails by API",
    answers={202: shapes.EmailOut}, tag="E-mail",
)  # fmt: skip
def send_email(request: ApiRequest, contact_id: PathId, body: shapes.NewEmail) -> shapes.EmailOut:
    """Have an e-mail sent to a contact. It is accepted at once and sent like a plan's step; without a mailer that is on: 409."""
    contact = contacts.get(request.account, request.viewer, contact_id)
    letter = Letter(body.subject, body.text, body.mailer, body.send_at)
    run_id = letters.ask(request.account, contact, letter, by=request.actor, now=request.now)
    return shapes.out(letters.of(request.account, contact, run_id))


@operation(
    router, "GET", "/contacts/{contact_id}/emails/{email_id}", "emails.read", "see by API what became of e-mails",
    answers={200: shapes.EmailOut}, tag="E-mail",
)  # fmt: skip
def read_email(request: ApiRequest, contact_id: PathId, email_id: UUID) -> shapes.EmailOut:
    """How an e-mail stands that was asked for by API."""
    contact = contacts.get(request.account, request.viewer, contact_id)
    return shapes.out(letters.of(request.account, contact, email_id))
