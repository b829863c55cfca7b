"""When an endpoint gets nothing any more: its receiver said farewell, or everything has failed for days. Its people are
told, in their bell and by mail."""

from __future__ import annotations

from datetime import datetime

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.hooks import hearing, judging
from hub.hooks.models import Delivery, Endpoint, Try
from hub.notifications.changes import NewNotification, tell_many
from hub.notifications.mailing import mail_many
from hub.users.leaders import in_charge

OURSELVES = Actor("system", label="The hub")


def gone(endpoint: Endpoint) -> None:
    """The receiver answered 410. One that a machine made is taken away, as it would have done itself; others are disabled."""
    if endpoint.machine:
        data = {"host": endpoint.host, "reason": "410"}
        record("hook_dropped", "hook", endpoint.pk, by=OURSELVES, account_id=endpoint.account_id, data=data)
        drop(endpoint)
        return
    disable(endpoint, "The receiver answered 410: it wants nothing any more.", by=OURSELVES)


def drop(endpoint: Endpoint) -> None:
    """Take it away, with all that waited for it or is told of it. It may be much, so no row is looked at."""
    account_id = endpoint.account_id
    rows = Delivery.objects.filter(endpoint=endpoint)
    Try.objects.filter(delivery__in=rows)._raw_delete(rows.db)
    rows._raw_delete(rows.db)
    endpoint.delete()
    hearing.refresh(account_id)


def end_if_broken(endpoint: Endpoint, now: datetime) -> bool:
    """Disable it where nothing was taken for five days and at least ten messages failed. Says whether it was."""
    since = endpoint.failing_since
    if endpoint.state != Endpoint.State.ACTIVE or since is None or now - since < judging.DISABLED_AFTER:
        return False
    failed = Delivery.objects.filter(endpoint=endpoint, tried_at__gte=since).exclude(state=Delivery.State.DONE)
    number = failed.count()
    if not judging.is_broken(since, number, now):
        return False
    disable(endpoint, f"Nothing was taken for five days; {number} messages failed.", by=OURSELVES)
    return True


def disable(endpoint: Endpoint, why: str, *, by: Actor) -> None:
    """No more deliveries. What happens from now on waits, for thirty days, until somebody enables it."""
    endpoint.state, endpoint.disabled_why, endpoint.disabled_at = Endpoint.State.DISABLED, why[:300], clock.now()
    endpoint.save(update_fields=["state", "disabled_why", "disabled_at"])
    data = {"host": endpoint.host, "reason": why}
    record("hook_disabled", "hook", endpoint.pk, by=by, account_id=endpoint.account_id, data=data)
    if by.kind == "system":
        _tell(endpoint, why)


def _tell(endpoint: Endpoint, why: str) -> None:
    whom = {*in_charge(endpoint.account_id), *([endpoint.owner_id] if endpoint.owner_id else [])}
    data = {"name": endpoint.name or endpoint.host, "text": why}
    url = f"/a/{endpoint.account_id}/settings/webhooks/{endpoint.pk}"
    told = [NewNotification(endpoint.account_id, user, "hook.disabled", data, url) for user in sorted(whom)]
    tell_many(told)
    mail_many(told)
