"""What becomes of an unclear sending of an action, worded for people, from the frozen manifest alone.

The manifest knows the calls of the add-on and not which of them an action makes. Where they differ in what a second sending
would do, the sentence begins with the careful way, names the calls that are an exception, and says that it does not know which
one it is.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.core.manifest import ActionManifest, Manifest

_LATER = gettext_lazy("sent again under the same key while the vendor knows it, and after that {later}")
_SAFE = {
    "keyed": gettext_lazy("whose key the vendor still knows"),
    "repeatable": gettext_lazy("that changes nothing when it is repeated"),
}
"""The calls that may be made a second time, and why."""

_LOOKED_UP, _SHOWN = gettext_lazy("looked up"), gettext_lazy("shown to a person")


def words(manifest: Manifest, action: ActionManifest) -> str:
    """One sentence without capital and full stop; empty for an action of an add-on that sends nothing."""
    kinds = sorted({endpoint.effect for endpoint in manifest.endpoints if endpoint.effect})
    if not kinds:
        return _by_post(action) if manifest.mailers else ""
    if len(kinds) > 1:
        return _mixed(kinds, action)
    return _("an unclear sending is {way}").format(way=_way(kinds[0], action))


def _mixed(kinds: list[str], action: ActionManifest) -> str:
    """Which call the action makes decides, and is not known: nothing here may read as if a gift were surely sent again."""
    safe = _(" or ").join(str(_SAFE[kind]) for kind in kinds if kind in _SAFE)
    return _(
        "an unclear sending is {person}, unless the call it makes is one {safe}: then it is sent again; "
        "which call it makes is not known here"
    ).format(person=_person(action), safe=safe)


def _way(kind: str, action: ActionManifest) -> str:
    if kind == "keyed":
        return str(_LATER).format(later=_person(action))
    return _("sent again, which changes nothing") if kind == "repeatable" else _person(action)


def _person(action: ActionManifest) -> str:
    """What is done with what may not be sent again."""
    return str(_LOOKED_UP if action.reconciles else _SHOWN)


def _by_post(action: ActionManifest) -> str:
    """A mail over SMTP can be found only where the provider itself files what it sends."""
    if not action.reconciles:
        return _("an unclear sending is shown to a person")
    return _("an unclear sending is looked up where the provider files sent mail by itself, and else shown to a person")
