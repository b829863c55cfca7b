"""Which files are attached and which are given as a link. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence

from django.utils.translation import gettext as _

from hub.core.mail import Mailer
from hub.mail.files.looking import size_words
from hub.mail.files.reads import Enclosed

MOST_ATTACHED = 7 * 1024 * 1024
"""Bytes of all attached files where the mailer names no limit of its own."""

Split = tuple[tuple[Enclosed, ...], tuple[Enclosed, ...]]
"""What is attached, what is linked."""


def split(files: Sequence[Enclosed], how: str, mailer: Mailer | None, as_links: bool | None) -> Split:
    """Take the step's word, else the mailbox's, else the mailer's advice. What has no link is attached.

    Args:
        how: the step's ``files_as``.
        as_links: the mailbox's own choice; None is as the mailer advises.
    """
    linked = {one for one in files if one.address and _as_link(one, how, mailer, as_links)}
    room = _room(mailer)
    for one in files:  # what does not fit is linked, whoever said otherwise
        if one not in linked and one.address and one.size > room:
            linked.add(one)
        elif one not in linked:
            room -= one.size
    return tuple(one for one in files if one not in linked), tuple(one for one in files if one in linked)


def _as_link(one: Enclosed, how: str, mailer: Mailer | None, as_links: bool | None) -> bool:
    if how != "as advised":
        return how == "as links"
    if as_links is not None:
        return as_links
    return mailer is not None and one.kind in mailer.as_links


def _room(mailer: Mailer | None) -> int:
    """A file grows by a third in a mail, and the text wants room, too."""
    return min(MOST_ATTACHED, mailer.largest * 2 // 3) if mailer is not None and mailer.largest else MOST_ATTACHED


def text(linked: Sequence[Enclosed]) -> str:
    """The links, for the plain text."""
    lines = [f"- {one.name} ({size_words(one.size)}): {one.address}" for one in linked]
    return "\n\n" + "\n".join([_("Files:"), *lines]) if lines else ""


def as_html(linked: Sequence[Enclosed]) -> str:
    """The same for the HTML."""
    items = [
        f'<li><a href="{html.escape(one.address)}">{html.escape(one.name)}</a> ({size_words(one.size)})</li>'
        for one in linked
    ]
    return f"\n<p>{html.escape(_('Files:'))}</p><ul>{''.join(items)}</ul>" if items else ""
