"""Which add-on a page is about, and how it stands here."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from hub.addons import catalog
from hub.addons.catalog import Entry
from hub.addons.models import Connection
from hub.addons.wording import Reason
from hub.db.errors import NotFound
from hub.web.request import HubRequest


def entry(request: HubRequest, addon: str) -> Entry:
    """The add-on as this account sees it.

    Raises:
        NotFound: there is none of this name, or it is not available here.
    """
    found = catalog.entry(request.account, addon)
    if found is None:
        raise NotFound(_("There is no such add-on here."))
    return found


def connection(request: HubRequest, addon: str) -> Connection:
    """The account's own connection.

    Raises:
        NotFound: nothing was ever switched on or saved here.
    """
    found = entry(request, addon).connection
    if found is None:
        raise NotFound(_("This add-on has not been set up here yet."))
    return found


def code(found: Entry, resting: Collection[int] = ()) -> str:
    """How it stands, in the design system's words: off, on, resting, attention or broken.

    Args:
        resting: connections over which nothing goes at the moment, because their vendor does not answer properly.
    """
    reason = found.state.reason
    if reason is Reason.PLUGIN_MISSING:
        return "broken"
    if not found.enabled:
        return "off"
    if not found.state.active:
        return "attention"
    return "resting" if found.state.connection_id in resting else "on"
