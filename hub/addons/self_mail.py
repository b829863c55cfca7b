"""A mail from a mailbox to itself, to see that sending works: *Test SMTP Send*.

It belongs to no contact and to no plan, so the engine has no row for it. What stands for the intent is an audit row, committed
before the mail leaves. A lost answer is told as what it is; nobody is harmed by a second try, for the only reader is whoever
presses.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hub.addons import asking
from hub.addons.models import Connection
from hub.addons.writing import write_down
from hub.audit.actor import Actor
from hub.core.addon import AddOnInfo
from hub.core.endpoints import Endpoint
from hub.core.mail import Mailer, Message, is_address, one_line
from hub.core.mail_mime import message_id
from hub.core.outcomes import NeedsAdmin, Outcome
from hub.dispatch.plain import plain
from hub.dispatch.requests import FrozenRequest, Granted


def mailer_of(info: AddOnInfo | None) -> Mailer | None:
    """What sends; None for an add-on that does not."""
    return next(iter(info.mailers), None) if info else None


def send(connection: Connection, info: AddOnInfo, mailer: Mailer, *, by: Actor, name: str = "") -> Outcome:
    """Send it, and say what became of it. It takes as long as the vendor takes: call it outside of any transaction.

    Args:
        name: beside the address, instead of what the form says.
    """
    ref = f"hub-test-{uuid.uuid4().hex}"

    async def letter(vendor: Any) -> Any:
        address = str(getattr(vendor.settings, "address", ""))
        if not is_address(address):
            return NeedsAdmin(_("Give the address that mail is sent from."), field="address")
        message = _message(ref, address, name or str(getattr(vendor.settings, "sender_name", "")))
        return await (mailer.send(vendor, message) if mailer.send else vendor.post.send(message))

    async def intend(_endpoint: Endpoint[Any], request: FrozenRequest) -> Granted:
        return Granted(0, request)

    with transaction.atomic():
        write_down("test_mail", connection, by=by, data={"ref": ref})
    return plain(asking.ask(connection, info, letter, intend))


def _message(ref: str, address: str, name: str) -> Message:
    text = _("This is the test you asked for. Mail of your action plans will come from this address, like this one.")
    return Message(
        message_id=message_id(ref, address), sender=address, sender_name=one_line(name), to=(address,),
        subject=_("A test from the hub"), text=text,
    )  # fmt: skip
