"""The footer of marketing mail: who writes, where they are found, and how to get no more of it. Pure.

CAN-SPAM asks for an honest sender, a postal address and a way out that works; the office phone stands there because the users'
former system put it there. Personal mail, and mail to somebody else than the contact, has none.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.core import facts


@dataclass(frozen=True, slots=True)
class Footer:
    """What the footer tells.

    Attributes:
        company: the account's name for people.
        lines: its postal address.
        phone: the office phone.
        unsubscribe: the address of the page for this contact; empty where the hub has no public address.
        mailto: the letter that says the same, for mail programs and not for eyes; empty where nobody reads.
    """

    company: str = ""
    lines: tuple[str, ...] = ()
    phone: str = ""
    unsubscribe: str = ""
    mailto: str = ""

    @classmethod
    def of(cls, account: facts.Account, unsubscribe: str) -> Footer:
        """From the account's own page of settings."""
        lines = tuple(line.strip() for line in (account.address1, account.address2, account.address3) if line.strip())
        return cls(account.company.strip(), lines, (account.office_phone or account.phone).strip(), unsubscribe)

    def text(self) -> str:
        """As plain text, below the two dashes that mail programs know."""
        about = [self.company, *self.lines, _("Phone: {number}").format(number=self.phone) if self.phone else ""]
        said = [line for line in about if line]
        return "\n".join(["-- ", *said, *([""] if said else []), self._way_out()]) + "\n"

    def html(self) -> str:
        """As HTML. Colours and sizes are left to the reader's program."""
        about = [
            self.company,
            ", ".join(self.lines),
            _("Phone: {number}").format(number=self.phone) if self.phone else "",
        ]
        said = "<br>".join(html.escape(line) for line in about if line)
        return f"<hr>\n<p><small>{said}{'<br>' if said else ''}{self._link()}</small></p>"

    def _way_out(self) -> str:
        if not self.unsubscribe:
            return _("To get no more of these e-mails, answer this one and say so.")
        return _("To get no more of these e-mails: {address}").format(address=self.unsubscribe)

    def _link(self) -> str:
        if not self.unsubscribe:
            return html.escape(self._way_out())
        return f'<a href="{html.escape(self.unsubscribe)}">{html.escape(_("Unsubscribe"))}</a>'


def headers(unsubscribe: str, mailto: str = "") -> tuple[tuple[str, str], ...]:
    """RFC 2369 and RFC 8058: mail programs show a button of their own, which asks without opening a page.

    Args:
        unsubscribe: an ``https:`` address that takes a POST without a sign-in.
        mailto: an address whose mail is read, with the subject that says it; empty where nobody reads.
    """
    ways = [f"<{way}>" for way in (unsubscribe, mailto) if way]
    if not ways:
        return ()
    one_click = (("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),) if unsubscribe.startswith("https://") else ()
    return (("List-Unsubscribe", ", ".join(ways)), *one_click)
