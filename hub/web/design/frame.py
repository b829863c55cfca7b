"""What surrounds every page: the rail, the account and its tree, the bell, the person, and whom one acts as.

The pages' context processor fills one `Frame` a request and puts it into the context as `frame`; `web/base.html` draws
it. A frame holds only what this person may see: nothing is hidden by the template.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from hub.web.design.badges import Text
from hub.web.design.links import Link


@dataclass(frozen=True)
class AccountNode:
    """An account in the switcher: `href` switches to it, `state` is active, paused or locked, `depth` starts at 0."""

    name: str
    href: str
    state: str = "active"
    depth: int = 0
    current: bool = False


@dataclass(frozen=True)
class Person:
    """Who is signed in, with the links of the person menu."""

    name: str
    email: str
    role: Text = ""
    links: tuple[Link, ...] = ()
    sign_out_url: str = ""

    @property
    def initials(self) -> str:
        """At most two letters for the round picture."""
        words = [word for word in self.name.split() if word] or [self.email or "?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@dataclass(frozen=True)
class ActingAs:
    """Somebody works as somebody else: both names, and the address that a POST ends it with."""

    actor: str
    shown: str
    stop_url: str


@dataclass(frozen=True)
class Frame:
    """Everything `web/base.html` needs. `account_path` names the accounts above, outermost first, empty at the top.

    `search_url` answers GET `?q=`; `switch_search_url` may answer the switcher's search as `web/components/tree.html`
    (left empty, the list is filtered in the browser). `theme` holds the account's colours for `theme.theme_css`.
    `store_refuses`: nothing can be written down now, so nothing is sent.
    """

    account: AccountNode
    person: Person
    rail: tuple[Link, ...]
    account_path: tuple[str, ...] = ()
    accounts: tuple[AccountNode, ...] = ()
    search_url: str = ""
    switch_search_url: str = ""
    notifications_url: str = ""
    unread: int = 0
    acting_as: ActingAs | None = None
    theme: dict[str, str] = field(default_factory=dict)
    store_refuses: bool = False

    @property
    def whose(self) -> str:
        """Whose account this is, from the top: "Northwind › Leeds"; empty for an account that has none above."""
        return " › ".join(self.account_path)


def main_rail(urls: dict[str, str], current: str, counts: dict[str, int] | None = None) -> tuple[Link, ...]:
    """Return the six places of the rail, in order. `urls` maps their keys to addresses; a key left out is not shown.

    Keys: dashboard, contacts, plans, runs, addons, settings. `counts` puts a number beside one (runs that need a person).
    """
    counts = counts or {}
    return tuple(
        Link(label, urls[key], icon, counts.get(key) or None, "danger", key == current, key[0])
        for key, label, icon in _PLACES
        if key in urls
    )


_PLACES: tuple[tuple[str, Text, str], ...] = (
    ("dashboard", _("Dashboard"), "layout-dashboard"),
    ("contacts", _("Contacts"), "users"),
    ("plans", _("Plans"), "list-checks"),
    ("runs", _("Runs"), "activity"),
    ("addons", _("Add-Ons"), "blocks"),
    ("settings", _("Settings"), "settings"),
)
