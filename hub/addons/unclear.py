"""What becomes of an unclear sending of an action, worded for people, from the frozen manifest alone.

The manifest knows the calls of the add-on and not which of them an action makes. Where they differ in what a second sending would
do, the sentence names every way there is.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.core.manifest import ActionManifest, Manifest

_LATER = gettext_lazy("sent again under the same key while the vendor knows it, and after that {later}")
_LOOKED_UP, _SHOWN = gettext_lazy("looked up"), gettext_lazy("shown to a person")


def words(manifest: Manifest, action: ActionManifest) -> str:
    """One sentence without capital and full stop; empty for an action of an add-on that sends nothing."""
    kinds = sorted({endpoint.effect for endpoint in manifest.endpoints if endpoint.effect})
    if not kinds:
        return _by_post(action) if action.type in manifest.mailers else ""
    ways = _(" or ").join(_way(kind, action.reconciles) for kind in kinds)
    if len(kinds) > 1:
        return _("an unclear sending is, by the call it makes, {ways}").format(ways=ways)
    return _("an unclear sending is {ways}").format(ways=ways)


def _way(kind: str, reconciles: bool) -> str:
    person = str(_LOOKED_UP if reconciles else _SHOWN)
    if kind == "keyed":
        return str(_LATER).format(later=person)
    return _("sent again, which changes nothing") if kind == "repeatable" else person


def _by_post(action: ActionManifest) -> str:
    """A mail over SMTP can be found only where the provider itself files what it sends."""
    if not action.reconciles:
        return _("an unclear sending is shown to a person")
    return _("an unclear sending is looked up where the provider files sent mail by itself, and else shown to a person")
