"""What goes wrong while somebody signs in, in sentences: what happened, who acts, what next."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons.models import Manifest
from hub.core import redact
from hub.db.errors import Problem
from hub.dispatch.grants import NoToken, Trouble
from hub.dispatch.plain import clean

LONGEST = 200
"""Characters of a vendor's own words."""


def strange_state() -> Problem:
    """Not sent from here, or a second time."""
    return Problem(
        _("This sign-in was not begun in this browser session, or it has been used already. Nobody was signed in."),
        _("You"),
        _("Open the add-on's page and press Sign in there once more."),
        code="oauth.state",
    )


def late_state(addon: str) -> Problem:
    """More than ten minutes."""
    title = Manifest.objects.filter(pk=addon).values_list("title", flat=True).first() or addon
    return Problem(
        _("Signing in to %(title)s took longer than ten minutes, so it was given up. Nobody was signed in.")
        % {"title": title},
        _("You"),
        _("Open the add-on's page and press Sign in once more."),
        code="oauth.late",
    )


def other_issuer(title: str) -> Problem:
    """A mix-up of providers, or somebody's try at one."""
    return Problem(
        _("The answer says that it comes from somebody else than %(title)s, so it was not used. Nobody was signed in.")
        % {"title": title},
        _("You"),
        _("Press Sign in once more. If it happens again, tell an operator: somebody may be trying to deceive you."),
        code="oauth.issuer",
    )


def left_meanwhile() -> Problem:
    """The hub's own session ended at the vendor's page."""
    return Problem(
        _("Your session here ended while you were signing in at the vendor. Nobody was signed in."),
        _("You"),
        _("Sign in to the hub, open the add-on's page and press Sign in there once more."),
        code="oauth.session",
    )


_SAID: dict[str, tuple[Any, Any, Any]] = {
    "access_denied": (
        gettext_lazy("%(title)s says that you did not allow it. Nobody was signed in."),
        gettext_lazy("You, or whoever may allow it at the vendor"),
        gettext_lazy("Press Sign in once more when you want to allow it."),
    ),
    "invalid_scope": (
        gettext_lazy("%(title)s does not know what the add-on asks to be allowed to do. Nobody was signed in."),
        gettext_lazy("The author of the plugin; an operator can tell them"),
        gettext_lazy("Sign in when there is a new version of the plugin."),
    ),
    "unauthorized_client": (
        gettext_lazy("%(title)s does not let this app sign people in. Nobody was signed in."),
        gettext_lazy("Whoever registered the app at the vendor"),
        gettext_lazy("Look at the app's settings at the vendor, then sign in again."),
    ),
    "temporarily_unavailable": (
        gettext_lazy("%(title)s cannot sign anybody in just now. Nobody was signed in."),
        gettext_lazy("The vendor"),
        gettext_lazy("Try again in some minutes."),
    ),
}
_SAID["server_error"] = _SAID["temporarily_unavailable"]


def said_no(title: str, code: str, description: str) -> Problem:
    """The vendor sent somebody back with an error instead of a code."""
    default = (
        _("%(title)s did not sign you in. Nobody was signed in."),
        _("You"),
        _("Press Sign in once more. If it happens again, an admin compares the app's settings here and at the vendor."),
    )
    what, who, what_next = _SAID.get(code, default)
    words = _quoted(" ".join(part for part in (code if code not in _SAID else "", description) if part))
    return Problem(f"{what % {'title': title}} {words}".strip(), str(who), str(what_next), code="oauth.said_no")


def no_code(title: str) -> Problem:
    """Neither a code nor an error."""
    return Problem(
        _("%(title)s sent you back without a code. Nobody was signed in.") % {"title": title},
        _("You"),
        _("Press Sign in once more."),
        code="oauth.no_code",
    )


def no_token(title: str, no: NoToken) -> Problem:
    """The token endpoint gave no token for the code."""
    what, who, what_next = {
        Trouble.SIGN_IN: (
            _("%(title)s did not accept the code it had given: it can be used once, and for some minutes."), _("You"),
            _("Press Sign in once more."),
        ),
        Trouble.CLIENT: (
            _("%(title)s refuses the app that signs in."), _("An admin"),
            _("Compare client id, client secret and the address to come back to with what the vendor shows, then sign in again."),
        ),
        Trouble.LATER: (_("%(title)s could not be asked for a token."), _("You"), _("Try again in some minutes.")),
        Trouble.UNSURE: (
            _("%(title)s was asked for a token, and no readable answer came."), _("You"), _("Press Sign in once more."),
        ),
    }[no.trouble]  # fmt: skip
    said = f"{what % {'title': title}} {_quoted(no.said)} {_('Nobody was signed in.')}"
    return Problem(" ".join(said.split()), who, what_next, code=f"oauth.{no.trouble}")


def too_little(title: str, lacking: tuple[str, ...]) -> Problem:
    """Less was ticked than the add-on needs."""
    return Problem(
        _("%(title)s was allowed less than the add-on needs: %(scopes)s is missing. Nobody was signed in.")
        % {"title": title, "scopes": clean(", ".join(lacking), LONGEST)},
        _("You"),
        _("Sign in once more and allow all of it."),
        code="oauth.scopes",
    )


def other_account(title: str, used: str, typed: str) -> Problem:
    """At the vendor another account was chosen than the form names."""
    shown = {"title": title, "used": clean(used, LONGEST), "typed": clean(typed, LONGEST)}
    return Problem(
        _("You signed in to %(title)s as %(used)s, and the form here says %(typed)s. Nothing was kept.") % shown,
        _("You"),
        _("Press Sign in once more and choose %(typed)s; or type %(used)s here, save, and then sign in.") % shown,
        code="oauth.other_account",
    )


def nobody_named(title: str) -> Problem:
    """The vendor did not say whose account it is, in a way that can be believed."""
    return Problem(
        _("%(title)s did not say which account you signed in with, so nothing was kept.") % {"title": title},
        _("You"),
        _("Press Sign in once more. If it happens again, tell an operator."),
        code="oauth.nobody_named",
    )


def no_account_yet(field: str) -> str:
    """The form must say first whose account it is to be."""
    return _("Fill in %(field)s below and save; then sign in with that account.") % {"field": field}


def not_allowed(title: str, wishes: str) -> str:
    """Signed in, and without what was asked for on top."""
    shown = {"title": title, "wishes": wishes}
    return (
        _("%(title)s was not allowed: %(wishes)s. Everything else works. Press the button again when you want it.")
        % shown
    )


def account_changed(title: str, field: str) -> str:
    """The form now names another account than the one that signed in."""
    shown = {"title": title, "field": field}
    return (
        _("%(field)s was changed after somebody signed in to %(title)s. An admin signs in with that account.") % shown
    )


def _quoted(words: str) -> str:
    shown = " ".join(redact.text(clean(words, LONGEST)).split())
    return f"({shown})" if shown else ""
