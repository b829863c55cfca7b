"""What the ticker does besides ringing, sweeping and releasing: the rooms' own upkeep, named here once with its rhythm.

Each runs in every process with a ticker; each may be done twice at a time without harm.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from hub.accounts.models import Account
from hub.addons.oauth import keeping as sign_ins
from hub.addons.oauth import starting
from hub.api import idempotency, limits
from hub.arrivals import actors as arrival_actors
from hub.arrivals import taking as arrivals
from hub.audit.actor import SYSTEM
from hub.contacts import actors as contact_actors
from hub.contacts.bulk import changes as bulk_changes
from hub.db import clock
from hub.engine import actors as engine_actors
from hub.engine import doubt, proof, traces
from hub.engine.models import Worker
from hub.engine.replaying import actors as replay_actors
from hub.engine.replaying import changes as replays
from hub.engine.ticker import Duty
from hub.hooks import actors as hook_actors
from hub.hooks import changes as hooks
from hub.imports import actors as import_actors
from hub.imports import changes as imports
from hub.imports.vendor import changes as vendor_imports
from hub.mail import actors as mail_actors
from hub.mail import forgetting
from hub.mail.mailboxes import telling as mailboxes
from hub.notifications import changes as notifications
from hub.notifications import mailing
from hub.silence import actors as silence_actors
from hub.silence import judging
from hub.users.keys import changes as keys

HOUR = 3_600.0

IMPORT_SECONDS = 10.0
"""How soon an import whose worker died goes on, once its lease is over."""

BULK_SECONDS = 10.0
"""The same for a bulk change of contacts, and for a replay of steps."""

SIGN_IN_SECONDS = 10.0
"""How soon it is noticed that a worker died while it renewed a sign-in, once its time is over."""

ARCHIVE_SECONDS = 60.0
"""How often a worker is asked whether there is something to move; it goes on by itself while there is."""

SILENCE_SECONDS = 300.0
"""How often the done steps are counted; whether something is missed is asked once a day."""

MAILBOX_SECONDS = 300.0
"""How soon the owner of a mailbox that waits for them is told."""

STAFF_MAIL_SECONDS = 15.0
"""How soon a mail to a member of staff leaves, where the operator has named a sender."""

PROOF_SECONDS = 5.0
"""How soon a step is done of whose e-mail nobody knew whether it left, when an answer to it came."""

EVENT_SECONDS = 1.0
"""How soon what happened is handed on to those who listen."""

HOOK_SECONDS = 2.0
"""How often it is looked which endpoints have something due again; the shortest wait is five seconds."""

BROKEN_SECONDS = 60.0
"""How soon an endpoint is disabled at which nothing was taken for five days."""

HOOK_MESSAGES_SECONDS = 60.0
"""How often a portion of old messages is forgotten: two thousand at a time are three million a day."""

WORKERS_KEPT = timedelta(days=30)
"""How long the row of a worker that has gone stays, for whoever asks who did it."""


def duties() -> list[Duty]:
    """All of them."""
    return [
        Duty("imports", IMPORT_SECONDS, import_actors.sweep.send),
        Duty("bulk changes", BULK_SECONDS, contact_actors.sweep_bulk_changes.send),
        Duty("replays", BULK_SECONDS, replay_actors.sweep_replays.send),
        Duty("sign-ins", SIGN_IN_SECONDS, sign_ins.sweep),
        Duty("old sign-in states", HOUR, forget_sign_in_states),
        Duty("old notifications", HOUR, forget_notifications),
        Duty("old uploads", HOUR, forget_uploads),
        Duty("quiet imports", HOUR, forget_quiet_imports),
        Duty("old bulk changes", HOUR, forget_bulk_changes),
        Duty("old replays", HOUR, forget_replays),
        Duty("ended sessions", HOUR, forget_sessions),
        Duty("mailboxes", MAILBOX_SECONDS, mailboxes.remind),
        Duty("answered mails", PROOF_SECONDS, proof.tell_steps),
        Duty("old mails", HOUR, forget_mails),
        Duty("mails to staff", STAFF_MAIL_SECONDS, mail_actors.look_for_staff_mails),
        Duty("silences", SILENCE_SECONDS, silence_actors.look.send),
        Duty("old tallies", HOUR, forget_tallies),
        Duty("gone workers", HOUR, forget_workers),
        Duty("old doubts", HOUR, forget_doubts),
        Duty("old traces", HOUR, forget_traces),
        Duty("old answers of the API", HOUR, forget_answers),
        Duty("archive", ARCHIVE_SECONDS, archive),
        Duty("arrivals", IMPORT_SECONDS, arrival_actors.sweep),
        Duty("old arrivals", HOUR, forget_arrivals),
        Duty("events", EVENT_SECONDS, hook_actors.look_for_events),
        Duty("hooks", HOOK_SECONDS, hook_actors.look_for_deliveries),
        Duty("broken hooks", BROKEN_SECONDS, hook_actors.end_broken),
        Duty("old hook messages", HOOK_MESSAGES_SECONDS, forget_hook_messages),
    ]


def forget_notifications() -> int:
    """As many days as each account keeps them."""
    days = dict(Account.objects.values_list("pk", "notification_delete_days"))
    with transaction.atomic():
        gone = notifications.forget_old({pk: number or 0 for pk, number in days.items()}, now=clock.now())
        return gone + mailing.forget_old(clock.now())


def forget_sign_in_states() -> int:
    """People who were sent to a vendor's sign-in page and did not come back."""
    with transaction.atomic():
        return starting.forget_old()


def forget_uploads() -> int:
    """Files whose import ended long ago."""
    with transaction.atomic():
        return imports.forget_files(by=SYSTEM)


def forget_quiet_imports() -> int:
    """Imports that a timetable began and that brought nothing."""
    with transaction.atomic():
        return vendor_imports.forget_quiet(by=SYSTEM)


def forget_bulk_changes() -> int:
    """Bulk changes of contacts that ended long ago."""
    with transaction.atomic():
        return bulk_changes.forget_old(by=SYSTEM)


def forget_replays() -> int:
    """Replays of steps that ended long ago."""
    with transaction.atomic():
        return replays.forget_old()


def forget_arrivals() -> int:
    """What vendors pushed, ninety days later."""
    with transaction.atomic():
        return arrivals.forget_old(clock.now())


def forget_hook_messages() -> int:
    """What was sent to those who listen, a month later."""
    with transaction.atomic():
        return hooks.forget_old(clock.now())


def forget_sessions() -> None:
    """Sessions that are over."""
    from hub.users.sessions import SessionStore

    store: type[SessionBase] = SessionStore
    store.clear_expired()


def forget_doubts() -> int:
    """What a restore left in doubt, once the plan has ended."""
    with transaction.atomic():
        return doubt.forget_ended()


def forget_answers() -> int:
    """Answers under idempotency keys after a week, rates of those who no longer call, keys whose grace is long over."""
    now = clock.now()
    with transaction.atomic():
        return idempotency.forget_old(now) + limits.forget_old(clock.real_now()) + keys.forget_ended(now)


def forget_traces() -> int:
    """How steps came to grief, a month later."""
    with transaction.atomic():
        return traces.forget_old(clock.now())


def archive() -> None:
    """Closed runs of long ago, in portions that a worker does. Nobody is asked where everything is kept in its place."""
    if settings.HUB_KEEP_RUNS_DAYS:
        engine_actors.archive.send()


def forget_mails() -> int:
    """What was sent and what came in, as long ago as closed runs are moved to the archive."""
    days = settings.HUB_KEEP_RUNS_DAYS
    return forgetting.forget_old(clock.now(), timedelta(days=days)) if days else 0


def forget_workers() -> int:
    """Rows of workers that said goodbye long ago. One that never did stays: its steps may still ask about it."""
    gone, _ = Worker.objects.filter(ended_at__lt=clock.process_now() - WORKERS_KEPT).delete()
    return gone


def forget_tallies() -> int:
    """Numbers of done steps that nobody looks at any more."""
    with transaction.atomic():
        return judging.forget_old(clock.now())
