"""What is the host's in a form of an add-on that signs in: the token's field, and whose app it is that signs in.

An app is an account's own where the add-on's form has fields for it, and the installation's where it has none. The one never
stands in for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from hub.addons import installed, typed
from hub.addons.typed import Typed
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.core.manifest import Manifest
from hub.core.settings import FieldSpec, fields_of
from hub.db.errors import Problem
from hub.dispatch.grants import Client

STAND_IN = "filled-by-the-host"
"""In the token's place while a form is checked."""


def auth_of(addon: str) -> OAuth2 | None:
    """How an add-on signs in; None when it does not, or its plugin does not run."""
    plugin = installed.plugin(addon)
    return plugin.info.auth if plugin and isinstance(plugin.info.auth, OAuth2) else None


def own_fields(manifest: Manifest) -> tuple[FieldSpec, ...]:
    """The fields that people fill in. Answers from the frozen manifest, so also without the plugin's code."""
    hosted = manifest.credential_fields if manifest.credential == OAuth2.__name__ else ()
    return tuple(spec for spec in manifest.fields if spec.name not in hosted)


def check(info: AddOnInfo, values: Mapping[str, Any]) -> Typed:
    """Hold an account's settings against the form, without the field that the host fills."""
    if not isinstance(info.auth, OAuth2):
        return typed.check(info.settings, values)
    field = info.auth.field
    outcome = typed.check(info.settings, {**values, field: STAND_IN})
    return replace(outcome, clean={name: value for name, value in outcome.clean.items() if name != field})


def check_first(info: AddOnInfo, values: Mapping[str, Any]) -> Typed:
    """The same before anybody signed in: what is chosen from the vendor's lists, which cannot be read yet, may be left for later.

    Each of those fields gets a stand-in, which is taken out again.
    """
    later = {name for name in left_open(info) if not str(values.get(name) or "").strip()}
    outcome = check(info, {**values, **dict.fromkeys(later, STAND_IN)})
    return replace(outcome, clean={name: value for name, value in outcome.clean.items() if name not in later})


def left_open(info: AddOnInfo) -> dict[str, str]:
    """The required choices from the vendor's lists, with nothing chosen."""
    return {spec.name: "" for spec in fields_of(info.settings) if spec.kind == "options" and spec.required}


def account_name(info: AddOnInfo, values: Mapping[str, Any]) -> str:
    """Whose account must sign in, as the form says it; empty where that does not matter, or nobody has filled it in."""
    auth = info.auth
    assert isinstance(auth, OAuth2)
    return str(values.get(auth.account_field) or "") if auth.account_field else ""


def client_of(info: AddOnInfo, values: Mapping[str, Any]) -> Client:
    """Whose app signs in.

    Raises:
        Problem: nobody has entered one.
    """
    auth = info.auth
    assert isinstance(auth, OAuth2)
    names = {spec.name for spec in fields_of(info.settings)}
    if auth.client_field in names:
        secret = str(values.get(auth.secret_field) or "") if auth.secret_field in names else ""
        client = Client(str(values.get(auth.client_field) or ""), secret)
        words = _("An admin enters it under Settings and saves."), _("Then sign in.")
    else:
        client = Client(*settings.HUB_OAUTH_CLIENTS.get(info.name, ("", "")))
        words = _("An operator sets HUB_OAUTH_CLIENTS."), _("Then sign in.")
    if not client.id:
        raise Problem(_("The client id for %(title)s is missing.") % {"title": info.title}, *words, code="no_client")
    return client


def asks_for_app(info: AddOnInfo) -> bool:
    """Whether the form has fields for an app of the account's own, so that none of the installation's is needed."""
    auth = info.auth
    return isinstance(auth, OAuth2) and auth.client_field in {spec.name for spec in fields_of(info.settings)}
