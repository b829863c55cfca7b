"""Which import, and may they.

An import finds out for every row whether the person is known already, whoever's contact that is, and may change them. Its
report holds the rows as they came. So whoever sees only some of the account's contacts neither imports nor reads reports.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from hub.db.errors import Refused
from hub.imports import reads
from hub.imports.models import Import
from hub.web.design.links import Link, Stage
from hub.web.request import HubRequest
from hub.web.views.contacts.finding import sees_all

State = Import.State
STAGES = (State.MAPPING, State.CHECKED, State.RUNNING)


def require_sight_of_all(request: HubRequest) -> None:
    """Raises ``Refused`` for somebody who sees only a part of the contacts."""
    if not sees_all(request):
        raise Refused(
            _(
                "Only somebody who sees all contacts of the account can import a file: it is compared with every one of them."
            ),
            _("An admin can import the file, or give you sight of all contacts."),
            reason="visibility",
        )


def find(request: HubRequest, import_id: Any) -> Import:
    """The import of this address. Raises ``NotFound`` or ``Refused``."""
    require_sight_of_all(request)
    return reads.get(request.account, import_id)


def url(name: str, row: Import) -> str:
    """The address of one of this import's pages."""
    return reverse(f"imports:{name}", args=[row.account_id, row.pk])


def contacts_url(row: Import) -> str:
    """The list of the contacts that this import brought; empty where it brought none. Undoing archived most of them."""
    taken_in = any(row.counts.get(name) for name in ("created", "updated", "unchanged"))
    if row.dry or not taken_in or row.state not in (State.DONE, State.CANCELLED, State.FAILED, State.UNDONE):
        return ""
    shown = {"import": row.pk} | ({"archived": "any"} if row.state == State.UNDONE else {})
    return f"{reverse('contacts:list', args=[row.account_id])}?{urlencode(shown)}"


def trail(request: HubRequest, *more: Link) -> list[Link]:
    """Contacts, imports, and what follows."""
    account = request.account.pk
    contacts = Link(_("Contacts"), reverse("contacts:list", args=[account]))
    return [contacts, Link(_("Imports"), reverse("imports:list", args=[account])), *more]


def stages(row: Import | None) -> list[Stage]:
    """Where an import is: file, columns, check, import."""
    state = row.state if row else ""
    at = {"": 0, State.MAPPING: 1, State.CHECKING: 2, State.CHECKED: 2, State.RUNNING: 3}.get(state, 4)
    words = [_("File"), _("Columns"), _("Check"), _("Import")]
    marks = ["done" if number < at else "current" if number == at else "todo" for number in range(4)]
    if state in (State.CANCELLED, State.FAILED):
        marks[3] = "failed" if state == State.FAILED else "warned"
    href = url("columns", row) if row and state in (State.MAPPING, State.CHECKED) else ""
    return [
        Stage(word, mark, href=href if n == 1 and at > 1 else "")
        for n, (word, mark) in enumerate(zip(words, marks, strict=True))
    ]
