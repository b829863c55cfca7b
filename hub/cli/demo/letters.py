"""Adam's mailbox, and a plan that writes to new members and ends for who answers."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from hub.cli.demo import company
from hub.cli.demo.answering import ADDRESS
from hub.cli.demo.company import DEMO, Company
from hub.cli.demo.world import MAIL
from hub.core.auth import OAuth2
from hub.db import clock
from hub.dispatch.grants import Tokens
from hub.mail.mailboxes import changes, offers
from hub.mail.mailboxes.changes import Options
from hub.mail.mailboxes.offers import Offer
from hub.plans.models import Plan
from hub.users.models import User

TEXT = (
    "<p>Hi {{client.firstName}},</p><p>your first week at Northside is over. <strong>How did it go?</strong> Just answer this "
    "e-mail; I read every word.</p><p>Adam</p>"
)


def prepare(made: Company) -> Plan:
    """The mailbox, as if Adam had signed in; and the plan."""
    offer = next(one for one in offers.offered(made.downtown) if one.info.name == MAIL)
    with transaction.atomic():
        owner = User.objects.get(username="adam")
        row = changes.prepare(made.downtown, owner.pk)
        kept = changes.keep_sign_in(made.downtown, owner.pk, offer, {"address": ADDRESS}, _tokens(offer), by=DEMO)
        changes.adopt(row, offer, kept, by=DEMO, default=True)
        changes.set_options(row, offer, Options(True, True), by=DEMO)
    return company.plan(
        made.downtown, "How did it go?", "Writes to a new member after the first week, and ends for who answers.",
        [
            company.mail("Ask how it went", "How did your first week go, {{client.firstName}}?", TEXT),
            company.step("steps.wait", "Three minutes for an answer", minutes=3),
            company.step("steps.note", "Say that nobody answered", {"text": "No answer yet. Ask at the front desk."}),
        ],
    )  # fmt: skip


def _tokens(offer: Offer) -> Tokens:
    """Worth ten years, so that the demo can be begun again after a summer."""
    auth, now = offer.info.auth, clock.now()
    assert isinstance(auth, OAuth2)
    scopes = (*auth.scopes, *(scope for consent in auth.consents for scope in consent.scopes))
    return Tokens("demo-access-token", "demo-refresh-token", now, now + timedelta(days=3650), scopes, rotates=False)
