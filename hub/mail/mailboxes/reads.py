"""Which mailboxes there are, and how each stands."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts.models import Account
from hub.addons import connections
from hub.addons.models import Connection, OAuthGrant
from hub.addons.oauth import hosted
from hub.addons.oauth.reads import standing as sign_in_of
from hub.mail import habits, owners
from hub.mail.models import Mailbox, MailHabits

Health = Connection.Health

NONE, OFF, WORKS, UNTRIED, FAILING = "none", "off", "works", "untried", "failing"
NEEDS_SIGN_IN, REFUSED, WAITING, CLOSED, LEFT = "needs_sign_in", "refused", "waiting", "closed", "left"
"""How a mailbox stands. *Waiting*: the administrator of the customer's own organisation must allow the app. *Closed*: its
provider may not be used in this account (any more). *Left*: its owner has left, so it is not used."""


def of(account: Account) -> list[Mailbox]:
    """The account's mailboxes with a provider: its own first, then by their owners."""
    rows = Mailbox.objects.filter(account=account, connection__isnull=False).select_related("user", "connection")
    return sorted(
        owners.told(rows).defer("connection__secrets"), key=lambda row: (row.user_id is not None, str(row.user or ""))
    )


def mine(account: Account, user_id: int | None) -> Mailbox | None:
    """A person's mailbox in an account; without a person the account's own. None: nobody has set one up."""
    rows = Mailbox.objects.filter(account=account, user=user_id).select_related("user", "connection")
    return rows.first()


def default(account: Account) -> Mailbox | None:
    """What carries the mail that names nobody."""
    return Mailbox.objects.filter(account=account, is_default=True).select_related("user", "connection").first()


def falls_back(account: Account) -> bool:
    """Whether what a broken mailbox would hold leaves by the platform's own sender instead."""
    return MailHabits.objects.filter(account=account, falls_back=True).exists()


def most_a_day(account: Account) -> int:
    """How many e-mails one contact gets from the account in a day."""
    return habits.most_a_day([account.pk])[account.pk]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a mailbox stands.

    Attributes:
        code: a word of the above.
        note: what its provider said, where that helps whoever acts.
        signed_in_as: the provider's account.
        may_read: its sign-in allows reading, as far as that is allowed apart.
    """

    code: str
    note: str = ""
    signed_in_as: str = ""
    may_read: bool = True


_BY_HEALTH = {
    Health.OK: WORKS,
    Health.UNKNOWN: UNTRIED,
    Health.FAILING: FAILING,
    Health.NEEDS_SIGN_IN: NEEDS_SIGN_IN,
    Health.NEEDS_ADMIN: REFUSED,
}


def standing(mailbox: Mailbox | None) -> Standing:
    """Of a mailbox, or of none."""
    connection = mailbox.connection if mailbox is not None else None
    if mailbox is None or connection is None:
        return Standing(NONE)
    code, note = _BY_HEALTH[Health(connection.health)], connection.health_note
    auth = hosted.auth_of(connection.addon)
    if auth is None:
        return Standing(_switched(mailbox, code), note)
    seen = sign_in_of(connection)
    if code == REFUSED and not seen.signed_in:
        code = WAITING
    may_read = "read" in seen.consents or not any(one.name == "read" for one in auth.consents)
    return Standing(_switched(mailbox, code), note, seen.account_name, may_read)


def _switched(mailbox: Mailbox, code: str) -> str:
    assert mailbox.connection is not None
    if not getattr(mailbox, "here", True):
        return LEFT
    if not mailbox.enabled:
        return OFF
    here = connections.available_here(mailbox.account, [mailbox.connection.addon])
    return code if here else CLOSED


def waiting_elsewhere(account: Account, user_id: int | None, mailbox: Mailbox | None) -> Connection | None:
    """A sign-in at another provider that was begun and waits for an administrator, while the mailbox goes on as it was."""
    current = mailbox.connection_id if mailbox is not None else None
    if user_id is None:
        return None
    rows = Connection.objects.filter(account=account, user=user_id, health=Health.NEEDS_ADMIN, enabled=False)
    known = OAuthGrant.objects.filter(connection__in=rows.exclude(pk=current or 0)).select_related("connection")
    found = known.filter(tokens__isnull=True).order_by("-connection__changed_at").first()
    return found.connection if found is not None else None
