"""Whose mailbox a page is about: one's own, or the account's, and what each may do there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.addons.models import Connection
from hub.mail.mailboxes import offers, reads
from hub.mail.mailboxes.offers import Offer
from hub.mail.models import Mailbox
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.request import HubRequest, may, require

MINE, ACCOUNT = "email", "email_account"
"""What the names of their addresses begin with."""


@dataclass
class Page:
    """A mailbox and what its page needs to know.

    Attributes:
        user_id: None for the account's own.
        row: None until somebody has set one up.
    """

    request: HubRequest
    user_id: int | None
    row: Mailbox | None
    offers: list[Offer] = field(default_factory=list)

    @property
    def connection(self) -> Connection | None:
        """What carries it."""
        return self.row.connection if self.row is not None else None

    @property
    def current(self) -> Offer | None:
        """The provider that carries it."""
        return offers.of_connection(self.offers, self.connection) if self.connection is not None else None

    def url(self, act: str = "") -> str:
        """One of its addresses."""
        prefix = MINE if self.user_id is not None else ACCOUNT
        return reverse(f"settings:{prefix}_{act}".rstrip("_"), args=[self.request.account.pk])

    @property
    def may_type(self) -> bool:
        """A person types what is theirs; keys of the account are for those who may enter them."""
        return self.user_id is not None or may(self.request, "secrets.edit")

    def require_typing(self) -> None:
        """The same, raised."""
        if self.user_id is None:
            require(self.request, "secrets.edit")


Act = Callable[[HubRequest, Page], HttpResponse]


def page_of(request: HubRequest, user_id: int | None) -> Page:
    """The page of a person's mailbox, or of the account's."""
    row = reads.mine(request.account, user_id)
    connection = row.connection if row is not None else None
    return Page(request, user_id, row, offers.offered(request.account, connection))


def only(act: Act, mine: bool) -> Callable[..., HttpResponse]:
    """A view of one's own mailbox, or of the account's. No transaction is open while a provider is asked."""

    @page("connection.edit" if mine else "addons.edit", atomic=False)
    @functools.wraps(act)
    def enter(request: HubRequest) -> HttpResponse:
        return act(request, page_of(request, int(request.user.pk) if mine else None))

    return enter


def sections(request: HubRequest, current: str) -> list[Link]:
    """The ways between one's own mailbox, the account's, and the list; none where there is but one's own."""
    if not may(request, "addons.view"):
        return []
    found = [("email", _("My mailbox"))]
    found += [("email_account", _("The account's mailbox"))] if may(request, "addons.edit") else []
    found += [("email_all", _("All mailboxes"))]
    at = [request.account.pk]
    return [Link(label, reverse(f"settings:{name}", args=at), current=name == current) for name, label in found]
