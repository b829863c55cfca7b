"""Muting a silence alarm, and letting it speak again. Who asked, and why, stands in the audit log."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Invalid
from hub.silence.models import Watched

LONGEST_REASON = 200


def mute(watched: Watched, reason: str, *, by: Actor) -> None:
    """Say nothing more of this one's silences, until somebody lets it speak again.

    Raises:
        Invalid: no reason was given.
    """
    told = " ".join(reason.split())[:LONGEST_REASON]
    if not told:
        raise Invalid({"reason": _("Say why its silence is no trouble; others will ask.")})
    _write(watched, muted_at=clock.now(), muted_by=by.label[:200], mute_reason=told)
    record("silence_muted", *_thing(watched), by=by, account_id=watched.account_id, data={"reason": told})


def unmute(watched: Watched, *, by: Actor) -> None:
    """Watch it again, from today's numbers on."""
    _write(watched, muted_at=None, muted_by="", mute_reason="", judged_on=None)
    record("silence_heard_again", *_thing(watched), by=by, account_id=watched.account_id)


def _write(watched: Watched, **values: object) -> None:
    for name, value in values.items():
        setattr(watched, name, value)
    watched.save(update_fields=list(values))


def _thing(watched: Watched) -> tuple[str, str]:
    return watched.kind, watched.key
