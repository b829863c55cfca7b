"""Settings → Email (SMTP & IMAP): one page a person in an account, one for the account's own mailbox, and the list of all of
them.

``whose`` says whose mailbox a page is about. ``showing`` draws the page; ``saving`` keeps what was typed, once it has been
tried; ``signing_in`` is the way to the provider's own sign-in page and back; ``acting`` sends the test, tests, and disconnects;
``listing`` is the admins' list.
"""

from __future__ import annotations

from django.urls import path

from hub.web.views.mail import acting, listing, saving, showing, signing_in
from hub.web.views.mail.whose import ACCOUNT, MINE, only

_AT = "a/<int:account_id>/settings/email"

_ACTS = {
    "": showing.mailbox,
    "save": saving.save,
    "fields": showing.fields,
    "sign-in": signing_in.sign_in,
    "test-mail": acting.test_mail,
    "test": acting.test,
    "disconnect": acting.disconnect,
}
"""The rest of an address → what it shows or does, of one's own mailbox and of the account's."""


def _paths(start: str, prefix: str, mine: bool) -> list:  # type: ignore[type-arg]  # of Django's patterns
    return [
        path(f"{start}/{act}".rstrip("/"), only(view, mine), name=f"{prefix}_{act}".rstrip("_").replace("-", "_"))
        for act, view in _ACTS.items()
    ]


urlpatterns = [
    *_paths(_AT, MINE, mine=True),
    *_paths(f"{_AT}/account", ACCOUNT, mine=False),
    path(f"{_AT}/waiting", acting.stop_waiting, name="email_stop_waiting"),
    path(f"{_AT}/all", listing.mailboxes, name="email_all"),
    path(f"{_AT}/all/switch-off", listing.switch_off, name="email_switch_off"),
    path(f"{_AT}/all/default", listing.default, name="email_default"),
    path(f"{_AT}/all/fall-back", listing.fall_back, name="email_fall_back"),
    path(f"{_AT}/all/share", listing.share, name="email_share"),
]
