"""What a step's field can be chosen from among the account's own things. Values are ids, as the contract says."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from hub.contacts import lists
from hub.mail import resolving
from hub.mail.files import reads as files
from hub.mail.files.looking import size_words
from hub.steps.email import ASSIGNED
from hub.users import reads as users
from hub.users.models import User
from hub.web.request import HubRequest
from hub.web.views.plans import finding

Pairs = list[tuple[str, str]]


def of(request: HubRequest, source: str) -> Pairs:
    """Value and label; nothing for a source that this hub does not know."""
    read = _SOURCES.get(source)
    return read(request) if read else []


def _users(request: HubRequest) -> Pairs:
    people = users.users_of(request.account).filter(state__in=(User.State.ACTIVE, User.State.INVITED))
    return [(str(person.pk), person.label) for person in people]


def _plans(request: HubRequest) -> Pairs:
    plans = finding.visible_plans(request)
    return [(str(pk), name) for pk, name in plans.values_list("pk", "name")]


def _sales_cycles(request: HubRequest) -> Pairs:
    return [(str(one.id), one.name) for one in lists.sales_cycles(request.account)]


def _lead_sources(request: HubRequest) -> Pairs:
    return [(str(one.id), one.name) for one in lists.lead_sources(request.account)]


def _tags(request: HubRequest) -> Pairs:
    return [(str(one.id), one.name) for one in lists.tags(request.account)]


def _mailboxes(request: HubRequest) -> Pairs:
    """Whoever it is assigned to, and each person who has a mailbox here. Nothing chosen is the account's default."""
    return [(ASSIGNED, _("Whoever the contact is assigned to")), *resolving.people(request.account.pk)]


def _files(request: HubRequest) -> Pairs:
    """With their sizes, newest first."""
    return [(str(row.uid), f"{row.name} ({size_words(row.size)})") for row in files.listing(request.account)]


_SOURCES: dict[str, Callable[[HubRequest], Pairs]] = {
    "user": _users,
    "plan": _plans,
    "sales_cycle": _sales_cycles,
    "lead_source": _lead_sources,
    "tag": _tags,
    "mailbox": _mailboxes,
    "file": _files,
}
