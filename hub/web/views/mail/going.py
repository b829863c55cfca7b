"""What waited for a mailbox goes on."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.addons.writing import Freed
from hub.engine import release


def let_go(freed: Freed) -> int:
    """What waited for a mailbox goes on, as far as it may now. In the caller's transaction."""
    return release.of_account(freed.account_ids, freed.addon) if freed.account_ids else 0


def saved_words(released: int) -> str:
    """What was saved, and what goes on by it."""
    words = _("Saved.")
    return f"{words} {_('%(n)d waiting steps go on.') % {'n': released}}" if released else words
