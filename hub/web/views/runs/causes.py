"""Why a step waits, in words: what happened, who acts, what next. One table, for the inbox and for a run's own page."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hub.mail import resolving
from hub.web.request import HubRequest, may

Text = str | Promise


@dataclass(frozen=True)
class Words:
    """How a cause is told.

    Attributes:
        who: whose turn it is.
        next: what they can do.
        acts: what may be decided here: ``retry``, ``again``, ``skip``, ``done``, ``not_done``, ``send_again``,
            ``run_now``, ``allow``.
        place: the name of the page where the cause is taken away.
    """

    title: Text
    who: Text
    next: Text
    acts: tuple[str, ...] = ("retry", "skip")
    place: str = ""
    place_label: Text = ""


ADMIN, OPERATOR, YOU, NOBODY = _("An admin"), _("An operator"), _("You"), _("Nobody: it goes on by itself")
SPENDER = _("Somebody who may spend")

CAUSES: dict[str, Words] = {
    "unclear": Words(
        _("It is not known whether it happened"), YOU,
        _("Look it up at the vendor by the reference, then say whether it happened. Nothing is sent again by itself."),
        ("again", "done", "not_done", "send_again", "skip"),
    ),
    "open_attempt": Words(
        _("Refused now, but an earlier attempt may have happened"), YOU,
        _("Look up the earlier attempt at the vendor, then say whether it happened."),
        ("again", "done", "not_done", "send_again", "skip"),
    ),
    "restored": Words(
        _("The hub was restored, and this may have happened since the backup"), YOU,
        _("Look it up at the vendor, then say whether it happened. Nothing is sent again by itself."),
        ("done", "not_done", "send_again", "skip"),
    ),
    "stopped": Words(
        _("Stopped, but an attempt may have happened"), YOU,
        _("Look it up at the vendor, then say whether it happened."), ("done", "not_done"),
    ),
    "gave_up": Words(
        _("Tried many times without success"), YOU,
        _("See what the vendor says. Retry when it works again, or let the plan go on without the step."),
    ),
    "plugin": Words(
        _("The plugin made a mistake"), OPERATOR,
        _("Tell the plugin's author what is written here. Retry after an update."),
    ),
    "poison": Words(
        _("The worker died at this step several times"), OPERATOR,
        _("Look into the worker's log before you retry: the step may end it again."),
    ),
    "step_settings": Words(
        _("The step's settings no longer fit the plugin"), ADMIN, _("Mend the step in the plan, then retry."),
        place="plans:list", place_label=_("Open plans"),
    ),
    "late": Words(
        _("Later than it may be"), YOU, _("Say whether the step is still meant."), ("run_now", "skip"),
    ),
    "possible_repeat": Words(
        _("The contact may have got the same already"), SPENDER,
        _("See when the contact got it. Send it if it is meant a second time, else let the plan go on without the step."),
        ("allow", "skip"),
    ),
    "no_budget": Words(
        _("The account's limit of costly steps a day is reached"), ADMIN,
        _("It goes on by itself tomorrow, as far as that day's limit allows. Raise the limit and it goes on at once."), ("skip",),
        "settings:spending", _("Open spending"),
    ),
    "breaker_open": Words(
        _("The vendor does not answer properly, so the connection rests"), NOBODY,
        _("One step at a time finds out when the vendor is well again; then the others go on in order."), ("skip",),
        "addons:page", _("Open the add-on"),
    ),
    "account_paused": Words(
        _("The account is paused"), ADMIN, _("Set the account active; the steps then go on in order."), ("skip",),
        "settings:account", _("Open account settings"),
    ),
    "account_locked": Words(_("The account is locked"), OPERATOR, _("Only an operator can unlock it."), ("skip",)),
    "unclaimed": Words(
        _("No installed plugin carries this step out"), OPERATOR,
        _("Install or repair the plugin; the steps then go on in order."), ("skip",), "addons:list", _("Open add-ons"),
    ),
    "addon_unavailable": Words(
        _("The add-on is not available to this account"), OPERATOR, _("Ask for it to be made available."), ("skip",),
        "addons:list", _("Open add-ons"),
    ),
    "addon_off": Words(
        _("The add-on is off"), ADMIN, _("Switch it on; the steps then go on in order."), ("skip",), "addons:page",
        _("Open the add-on"),
    ),
    "settings_incomplete": Words(
        _("The add-on's settings are not complete"), ADMIN, _("Complete them; the steps then go on in order."), ("skip",),
        "addons:page", _("Open the add-on"),
    ),
    "connection": Words(
        _("The vendor refuses the connection"), ADMIN,
        _("Enter a working key and test it; the steps then go on in order."), ("skip",), "addons:page",
        _("Open the add-on"),
    ),
    "store": Words(_("The hub could not write"), NOBODY, _("It tries again within a minute."), ("skip",)),
    "missing": Words(
        _("The contact lacks something the step needs"), YOU, _("Complete the contact, then retry."), ("retry",),
    ),
    "rejected": Words(
        _("The vendor refused this contact"), YOU, _("See the vendor's words, mend the contact or the step, then retry."),
        ("retry",),
    ),
}  # fmt: skip

MAILBOX: dict[str, Words] = {
    "addon_off": Words(
        _("The mailbox is not in use"), ADMIN, _("See who acts, as written here; the e-mails then go on in order."), ("skip",),
        "settings:email_all", _("Open mailboxes"),
    ),
    "settings_incomplete": Words(
        _("No mailbox can send it"), ADMIN, _("Connect one, or change the step's sender; the e-mails then go on in order."),
        ("skip",), "settings:email_all", _("Open mailboxes"),
    ),
    "connection": Words(
        _("The provider refuses the mailbox"), ADMIN,
        _("See who acts, as written here; the e-mails then go on in order."), ("skip",), "settings:email_all",
        _("Open mailboxes"),
    ),
    "breaker_open": Words(
        _("The mailbox's provider does not answer properly, so it rests"), NOBODY,
        _("One e-mail at a time finds out when it is well again; then the others go on in order."), ("skip",),
        "settings:email_all", _("Open mailboxes"),
    ),
}  # fmt: skip
"""Of e-mails: their add-on is always on and has no page, and what holds them is a mailbox."""

WHO_NEEDS: dict[Text, str] = {
    YOU: "runs.resolve", ADMIN: "addons.edit", OPERATOR: "addons.offer", SPENDER: "runs.spend",
}  # fmt: skip
"""Whose turn it is → the permission that makes it one's own."""

UNWORDED = Words(_("It waits"), YOU, _("See the reason, then decide."))


def mine(request: HubRequest) -> list[str]:
    """The causes at which it is this person's turn."""
    whose = [who for who, permission in WHO_NEEDS.items() if may(request, permission)]
    return [code for code, words in CAUSES.items() if words.who in whose]


def words_for(code: str, addon: str = "") -> Words:
    """The words of a cause; a cause nobody has worded yet still has its acts.

    Args:
        addon: whose step it is; e-mails have words of their own.
    """
    own = MAILBOX.get(code) if addon == resolving.ADDON else None
    return own or CAUSES.get(code, UNWORDED)


def mend_url(words: Words, account_id: int, addon: str) -> str:
    """Where the cause is taken away, or an empty text."""
    if not words.place:
        return ""
    try:
        return reverse(words.place, args=[account_id, addon] if words.place == "addons:page" else [account_id])
    except NoReverseMatch:
        return ""


ACTS: dict[str, tuple[Text, str]] = {
    "retry": (_("Retry"), "rotate-cw"),
    "again": (_("Try again"), "rotate-cw"),
    "skip": (_("Skip"), "skip-forward"),
    "leave": (_("Leave it"), "check"),
    "done": (_("It happened"), "circle-check"),
    "not_done": (_("It did not happen"), "circle-x"),
    "send_again": (_("Send again"), "send"),
    "run_now": (_("Run now"), "play"),
    "allow": (_("Send it all the same"), "send"),
}
"""Label and icon of each act."""

MEANINGS: dict[str, Text] = {
    "retry": _("The step is scheduled again. Only steps of which nothing can have gone out are retried."),
    "again": _(
        "The step is followed up under the same reference: a vendor that knows it by that does nothing twice, and where the "
        "vendor can be asked, it is asked first. Nothing is done a second time."
    ),
    "leave": _("The step stays failed and leaves the inbox. The plan went on without it; nothing is sent."),
    "skip": _("The step is closed as skipped, and the plan goes on with the next one."),
    "done": _("The step is closed as done on your word, and the plan goes on."),
    "not_done": _("The step is closed as failed on your word, and the plan goes on without it."),
    "send_again": _(
        "The step is sent again under a new reference, although it is done or an earlier attempt may have happened. "
        "The contact may get it twice, and it may be paid for twice."
    ),
    "run_now": _("The step starts now, or when its hours begin, although it is late."),
    "allow": _(
        "The step is sent although the contact was sent the same lately. It may be paid for twice. "
        "This step is not asked about again."
    ),
}
"""What each act does, for the question before it."""
