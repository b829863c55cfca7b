"""How states and holds are shown: one tone, one icon and one plain word each.

The codes are those the engine stores. A code nobody has worded yet is shown as its own words in a neutral tone, so that
a new hold reason never breaks a page.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TONES = ("neutral", "accent", "info", "success", "warning", "danger")
"""Every tone a badge, callout or toast may take; each has a pair of colours in `hub.css`."""

Text = str | Promise


@dataclass(frozen=True)
class Badge:
    """A word in a coloured pill: `text` for people, `tone` from `TONES`, `icon` by its lucide name or empty."""

    text: Text
    tone: str = "neutral"
    icon: str = ""
    hint: Text = ""


STEP_STATES: dict[str, Badge] = {
    "scheduled": Badge(_("Scheduled"), "neutral", "clock", _("Waits for its time.")),
    "held": Badge(_("Held"), "warning", "circle-pause", _("Waits for a reason that somebody can remove.")),
    "claimed": Badge(_("About to be sent"), "info", "loader", _("A worker has taken it.")),
    "calling": Badge(_("Being sent"), "info", "loader", _("The request is on its way.")),
    "done": Badge(_("Done"), "success", "circle-check", _("Carried out, with proof.")),
    "failed": Badge(_("Failed"), "danger", "circle-x", _("Refused for good. Nothing was sent.")),
    "unknown": Badge(
        _("Being looked up"), "warning", "circle-question-mark", _("The answer was lost. We are asking the vendor.")
    ),
    "review": Badge(_("Waits for a person"), "danger", "circle-alert", _("A person must say how it goes on.")),
    "cancelled": Badge(_("Stopped"), "neutral", "ban", _("Stopped by a person before it was sent.")),
    "skipped": Badge(_("Skipped"), "neutral", "skip-forward", _("Passed over; the plan went on.")),
}

HOLD_REASONS: dict[str, Badge] = {
    # The gate's own words (hub.dispatch.gate.Hold).
    "account_paused": Badge(_("Account paused"), "warning", "circle-pause", _("An admin can set the account active.")),
    "account_locked": Badge(_("Account locked"), "danger", "lock", _("Only an operator can unlock the account.")),
    "unclaimed": Badge(_("Plugin missing"), "danger", "unplug", _("An operator can install or repair the plugin.")),
    "addon_unavailable": Badge(_("Add-on not available"), "warning", "store", _("An operator can make it available.")),
    "addon_off": Badge(_("Add-on off"), "warning", "power-off", _("An admin can switch the add-on on.")),
    "settings_incomplete": Badge(
        _("Settings incomplete"), "warning", "settings-2", _("An admin can complete the settings.")
    ),
    "connection": Badge(_("Connection refused"), "danger", "key-round", _("An admin can enter a new key and test it.")),
    "rate": Badge(_("Waiting its turn"), "neutral", "gauge", _("It goes on by itself.")),
    "retries": Badge(_("Waiting to be tried again"), "neutral", "gauge", _("It goes on by itself.")),
    "late": Badge(_("Too late"), "warning", "alarm-clock-off", _("A person must say whether it is still meant.")),
    "hours": Badge(_("Outside its hours"), "neutral", "moon", _("It goes on by itself when they begin.")),
    "link_screening": Badge(
        _("Links screened"), "warning", "link-2-off", _("The account is new; take the link out, or wait.")
    ),
    "contact_share": Badge(
        _("Enough for today"), "neutral", "calendar-clock", _("The contact gets the next one tomorrow.")
    ),
    "daily_cap": Badge(_("Daily limit"), "neutral", "calendar-clock", _("Its mailbox goes on tomorrow by itself.")),
    "store": Badge(
        _("Not written down"), "warning", "database", _("It goes on by itself when the hub can write again.")
    ),
    # Why a person must decide, or why a step ended (hub.dispatch.machine).
    "unclear": Badge(
        _("Not known whether it happened"), "danger", "circle-question-mark", _("Somebody must look at the vendor.")
    ),
    "open_attempt": Badge(_("An earlier try is unclear"), "danger", "circle-question-mark", _("Somebody must look.")),
    "gave_up": Badge(_("Tried many times"), "danger", "rotate-cw", _("Somebody can retry or skip it.")),
    "plugin": Badge(_("Plugin failed"), "danger", "bug", _("An operator tells the plugin's author.")),
    "poison": Badge(_("Worker died here"), "danger", "skull", _("An operator looks into the worker's log.")),
    "step_settings": Badge(_("Step's settings do not fit"), "danger", "settings-2", _("An admin mends the plan.")),
    "restored": Badge(_("Restored from a backup"), "danger", "history", _("Somebody must look at the vendor.")),
    "stopped": Badge(_("Stopped"), "neutral", "ban", _("A person took the contact off the plan.")),
    "missing": Badge(_("Contact lacks something"), "warning", "user-x", _("Complete the contact, then retry.")),
    "rejected": Badge(_("Refused by the vendor"), "danger", "circle-x", _("See the vendor's words, then retry.")),
    "not_meant": Badge(
        _("Not meant for them"), "neutral", "split", _("The plan means this step for others; it went on.")
    ),
    "unwanted": Badge(_("Not wanted"), "neutral", "mail-x", _("The contact gets no more marketing mail; it went on.")),
    "ends_plan": Badge(
        _("The plan ended early"), "neutral", "flag", _("A goal was reached, or a reason to stop came true.")
    ),
    "left": Badge(_("Left"), "neutral", "check", _("Nothing more is done about it.")),
    "retried": Badge(_("Tried again"), "neutral", "rotate-cw", _("The new try is a step of its own.")),
    "archived": Badge(_("Contact archived"), "neutral", "archive", _("Restore the contact, then start the plan anew.")),
    # Reasons that other parts of the design name.
    "out_of_credit": Badge(_("Out of credit"), "warning", "wallet", _("An admin can add credits.")),
    "no_budget": Badge(
        _("Budget used up"), "warning", "wallet", _("It goes on tomorrow by itself, or when an admin raises the limit.")
    ),
    "breaker_open": Badge(
        _("Connection rests"), "warning", "cloud-off", _("It goes on by itself when the vendor answers.")
    ),
    "quiet_hours": Badge(_("Quiet hours"), "neutral", "moon", _("It goes on by itself in the morning.")),
    "approval": Badge(_("Waits for approval"), "warning", "user-check", _("Somebody with the right can approve it.")),
    "possible_repeat": Badge(_("Possible repeat"), "warning", "copy", _("Somebody must say that it is meant.")),
}

CONNECTION_STATES: dict[str, Badge] = {
    "off": Badge(_("Off"), "neutral", "", _("Switched off for this account.")),
    "on": Badge(_("On"), "success", "circle-check", _("Switched on and healthy.")),
    "resting": Badge(_("Rests"), "warning", "cloud-off", _("Its steps wait until the vendor answers again.")),
    "attention": Badge(_("Needs attention"), "warning", "triangle-alert", _("Something must be done here.")),
    "broken": Badge(_("Broken"), "danger", "circle-x", _("Its steps are held until it is repaired.")),
    # A connection's health (hub.addons.models.Connection.Health).
    "unknown": Badge(_("Not tested yet"), "neutral", "circle-question-mark", _("Press Test to find out.")),
    "ok": Badge(_("Working"), "success", "circle-check"),
    "needs_admin": Badge(_("Needs an admin"), "danger", "user-cog", _("Its steps are held until an admin repairs it.")),
    "needs_sign_in": Badge(_("Needs a new sign-in"), "danger", "key-round", _("Its steps are held until then.")),
    "failing": Badge(_("The vendor is failing"), "warning", "cloud-off", _("We try again by ourselves.")),
}

ACCOUNT_STATES: dict[str, Badge] = {
    "active": Badge(_("Active"), "success", "circle-check"),
    "paused": Badge(_("Paused"), "warning", "circle-pause", _("Plans wait. People work on.")),
    "locked": Badge(_("Locked"), "danger", "lock", _("Nobody can sign in.")),
}

PLAN_STATES: dict[str, Badge] = {
    "draft": Badge(_("Draft"), "neutral", "pencil", _("Nobody is put on it yet.")),
    "ready": Badge(_("Ready"), "success", "circle-check", _("Contacts can be put on it.")),
    "retired": Badge(_("Retired"), "neutral", "history", _("A newer version is in use; running contacts stay on it.")),
    "archived": Badge(_("Archived"), "neutral", "archive"),
}

ENROLLMENT_STATES: dict[str, Badge] = {
    "running": Badge(_("Running"), "accent", "play"),
    "finished": Badge(_("Finished"), "success", "circle-check"),
    "stopped": Badge(_("Stopped"), "neutral", "ban"),
}

_KINDS = {
    "step": STEP_STATES,
    "hold": HOLD_REASONS,
    "connection": CONNECTION_STATES,
    "account": ACCOUNT_STATES,
    "plan": PLAN_STATES,
    "enrollment": ENROLLMENT_STATES,
}


def badge_for(kind: str, code: str) -> Badge:
    """Return the badge of `code` in the vocabulary `kind`: step, hold, connection, account, plan or enrollment.

    Raises `ValueError` for an unknown kind; an unknown code is worded from itself.
    """
    if kind not in _KINDS:
        raise ValueError(f"No badges for {kind!r}; there are {', '.join(_KINDS)}.")
    return _KINDS[kind].get(code) or Badge(_in_words(code))


def _in_words(code: str) -> str:
    return code.replace("_", " ").replace(".", " ").strip().capitalize()
