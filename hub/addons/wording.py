"""Why an add-on is not active, worded for people: what happened, who acts, what next."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """Why an add-on is not active; empty when it is."""

    NONE = ""
    PLUGIN_MISSING = "plugin_missing"
    NOT_AVAILABLE = "not_available"
    OFF = "off"
    PARENT_KEEPS_IT = "parent_keeps_it"
    INCOMPLETE = "incomplete"
    NEEDS_ADMIN = "needs_admin"
    NEEDS_SIGN_IN = "needs_sign_in"


_SENTENCES = {
    Reason.NONE: _("{title} is switched on."),
    Reason.PLUGIN_MISSING: _(
        "The plugin for {title} is not running. An operator sees why on the plugins page; steps wait until it is back."
    ),
    Reason.NOT_AVAILABLE: _(
        "{title} is not available to this account. Your customer success manager can make it available."
    ),
    Reason.OFF: _("{title} is switched off for this account. An admin can switch it on under Add-Ons."),
    Reason.PARENT_KEEPS_IT: _(
        "This account uses the {title} connection of the account above, which does not lend it. "
        "An admin can enter a key of its own under Add-Ons."
    ),
    Reason.INCOMPLETE: _("{title} still lacks a setting. An admin can fill it in under Add-Ons."),
    Reason.NEEDS_ADMIN: _(
        "{title} refuses this account's connection. An admin must mend it under Add-Ons; "
        "the Test button there says what is wrong."
    ),
    Reason.NEEDS_SIGN_IN: _("{title} asks for a new sign-in. An admin can sign in again under Add-Ons."),
}

_HERE = {
    Reason.PARENT_KEEPS_IT: _(
        "This account uses the {title} connection of the account above, which does not lend it. "
        "Enter a key of its own below, or ask an admin of the account above to lend theirs."
    ),
    Reason.INCOMPLETE: _("{title} still lacks a setting. Fill it in below and save."),
    Reason.NEEDS_ADMIN: _("{title} refuses this account's connection. Mend its settings below and save."),
    Reason.NEEDS_SIGN_IN: _("{title} waits for somebody to sign in. Sign in below."),
}
"""On the add-on's own page, to whoever may change it there."""

_BORROWED = _(
    "This account uses the {title} connection of the account above, which does not work at the moment. "
    "An admin there can mend it; or enter a key of its own below."
)
_OF_THE_LENDER = (Reason.INCOMPLETE, Reason.NEEDS_ADMIN, Reason.NEEDS_SIGN_IN)

_WHOSE_TURN = {Reason.NONE: "", Reason.PLUGIN_MISSING: "operator", Reason.NOT_AVAILABLE: "operator"}


def sentence(reason: Reason, title: str) -> str:
    """What happened, who acts, what next."""
    return str(_SENTENCES[reason]).format(title=title)


def sentence_here(reason: Reason, title: str, *, borrowed: bool) -> str:
    """The same on the add-on's own page, to somebody who may change it: what to do right there."""
    if borrowed and reason in _OF_THE_LENDER:
        return str(_BORROWED).format(title=title)
    return str(_HERE[reason]).format(title=title) if reason in _HERE else sentence(reason, title)


def whose_turn(reason: Reason) -> str:
    """``operator``, ``admin``, or nobody."""
    return _WHOSE_TURN.get(reason, "admin")


def key_lost() -> str:
    """Of secrets that cannot be opened."""
    return str(
        _(
            "What was entered here was sealed with a key that this installation does not have. An operator can give it that "
            "key; or enter it anew."
        )
    )
