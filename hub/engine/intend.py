"""Written down before it leaves: from *claimed* to *calling*, a group in one transaction.

The statement that moves the run also looks at the account's switch under a shared lock, so that a pause is a barrier, and so is a
lock of the account or of one above: once its transaction is over, no intent of that account gets through. While it is at work
nobody waits for it, for a group of intents holds the switches of several accounts, and so does a lock: each could wait for the
other. The group's steps of that account are put back for a second. The breaker is asked there once more.

The rate of the connection is taken in the same transaction, and what a costly step spends, and so neither can leak when a worker
dies.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from hub.accounts.models import Switch
from hub.addons.models import Connection
from hub.db import bulk, dialect, sealing
from hub.db.fields import SealedJSONField
from hub.dispatch import crash
from hub.dispatch.gate import Hold
from hub.dispatch.requests import Denied, Granted, Intent
from hub.engine import effects, rates
from hub.engine.claim import LEASE
from hub.engine.guards import breaker, breakers, retries, spending
from hub.engine.identity import Identity
from hub.engine.models import Attempt
from hub.mail import caps
from hub.plans.models import StepRun


def intend(intents: Sequence[Intent], worker: Identity, now: datetime) -> list[Granted | Denied]:
    """Write down that these requests leave. Answers in the same order; when this returns, what is granted is durable."""
    with transaction.atomic():
        guard = spending.check(intents, now)
        spaced = retries.check([intent for intent in intents if intent.run_id not in guard.denied], now)
        capped = caps.check([i for i in intents if i.run_id not in guard.denied | spaced.denied], now)
        denied = guard.denied | spaced.denied | capped.denied
        denied |= rates.take([intent for intent in intents if intent.run_id not in denied], now)
        free = [intent for intent in intents if intent.run_id not in denied]
        numbers = _move(free, now)
        crash.point("in_intend")
        guard.count(numbers)
        spaced.count(numbers)
        capped.count(numbers)
        rows = [_attempt(i, numbers[i.run_id], worker, now) for i in free if i.run_id in numbers]
        bulk.insert(Attempt, _COLUMNS, rows)
        return [denied.get(i.run_id) or _answer(i, numbers, worker, now) for i in intents]


_MOVE = """
UPDATE plans_steprun SET state = 'calling', attempts = attempts + 1, first_intent_at = COALESCE(first_intent_at, {now}),
       effect_class = i.class, costly = {costly}, lease_until = {until}
  FROM {input}
 WHERE plans_steprun.id = i.id AND plans_steprun.fence = i.fence AND plans_steprun.state = 'claimed'
   AND plans_steprun.cancel_requested_at IS NULL
   AND EXISTS (SELECT 1 FROM accounts_switch w WHERE w.account_id = plans_steprun.account_id AND w.status = 'active'
               AND NOT w.locked {share})
   AND NOT EXISTS (SELECT 1 FROM addons_connection c WHERE c.id = i.connection AND c.blocked_until > {now})
   AND NOT EXISTS (SELECT 1 FROM engine_breaker b
                    WHERE b.account_id = plans_steprun.account_id AND b.connection_id = i.connection AND b.state <> 'closed'
                      AND (b.probe IS NULL OR b.probe <> plans_steprun.id OR i.class NOT IN ('repeatable', 'keyed')
                           OR {costly}))
RETURNING plans_steprun.id, (SELECT COALESCE(MAX(t.n), 0) + 1 FROM engine_attempt t WHERE t.run_id = plans_steprun.id)
"""


def _move(intents: Sequence[Intent], now: datetime) -> dict[UUID, int]:
    """Move those that may go, and number their attempts."""
    if not intents:
        return {}
    moving = [(i.run_id, i.fence, str(i.effect_class), i.effect.costly, i.connection_id) for i in intents]
    columns = {"id": "uuid", "fence": "int", "class": "text", "costly": "bool", "connection": "int"}
    table, rows = dialect.table(columns, moving, "i")
    statement = _MOVE.format(
        now=dialect.cast("%s", "time"), until=dialect.cast("%s", "time"), costly=dialect.cast("i.costly", "bool"),
        input=table, share=dialect.for_share(skip=True),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, [dialect.value(now), dialect.value(now + LEASE), *rows, dialect.value(now)])
        return {dialect.read_uuid(id_): n for id_, n in cursor.fetchall()}


_COLUMNS = (
    "run_id", "n", "fence", "worker_no", "boot_id", "intent_at", "not_after", "key", "effect_class", "effect",
    "request_digest", "request", "plugin_version", "connection_id",
)  # fmt: skip
_REQUEST: SealedJSONField = Attempt._meta.get_field("request")


def _attempt(intent: Intent, n: int, worker: Identity, now: datetime) -> tuple[Any, ...]:
    """The row, in the order of ``_COLUMNS``. What it does not name has its default in the database."""
    sealed = sealing.seal(intent.request.to_json(), _REQUEST.bound_to({"run_id": intent.run_id, "n": n}))
    return (
        intent.run_id, n, intent.fence, worker.no, worker.boot_id, now, now + intent.deadline, intent.key,
        str(intent.effect_class), effects.to_json(intent.effect), intent.request.digest, sealed, intent.plugin_version,
        intent.connection_id,
    )  # fmt: skip


def _answer(intent: Intent, numbers: dict[UUID, int], worker: Identity, now: datetime) -> Granted | Denied:
    if intent.run_id in numbers:
        return Granted(numbers[intent.run_id], intent.request)
    return _why(intent, worker, now)


def _why(intent: Intent, worker: Identity, now: datetime) -> Granted | Denied:
    """Nothing was moved: ours already (a commit whose answer was lost), somebody else's, stopped, or the account's."""
    run = StepRun.objects.filter(pk=intent.run_id).only("fence", "state", "account_id", "cancel_requested_at").first()
    if run is None or run.fence != intent.fence:
        return Denied(fenced=True)
    if run.state == StepRun.State.CALLING:
        return _mine_already(intent, worker) or Denied(fenced=True)
    if run.state != StepRun.State.CLAIMED:
        return Denied(fenced=True)
    if run.cancel_requested_at is not None:
        return Denied(code="stopped", sentence="The contact was taken off the plan.", seconds=0)
    return _shut(run.account_id) or _rests(intent, run.account_id) or _slowed(intent, now) or _CHANGING


_CHANGING = Denied(
    code=Hold.ACCOUNT_PAUSED, sentence="The account's switch is being changed at this moment.", seconds=1
)


def _shut(account_id: int) -> Denied | None:
    switch = Switch.objects.filter(account_id=account_id).first()
    if switch is None or switch.locked:
        return Denied(code=Hold.ACCOUNT_LOCKED, sentence="The account is locked by an operator.")
    return None if switch.is_open else Denied(code=Hold.ACCOUNT_PAUSED, sentence="The account is paused.")


def _slowed(intent: Intent, now: datetime) -> Denied | None:
    """Another worker heard meanwhile that the vendor wants to be left alone for a while."""
    until = Connection.objects.filter(pk=intent.connection_id or 0).values_list("blocked_until", flat=True).first()
    if until is None or until <= now:
        return None
    return Denied(code=Hold.RATE, sentence="The vendor asked us to slow down.", seconds=(until - now).total_seconds())


def _rests(intent: Intent, account_id: int) -> Denied | None:
    """The breaker opened while the plugin was making its request."""
    key = (account_id, intent.connection_id or 0)
    standing = breakers.of([key]).get(key)
    if standing is None or standing.state is breaker.State.CLOSED:
        return None
    return Denied(code=Hold.BREAKER, sentence=breakers.words(standing))


def _mine_already(intent: Intent, worker: Identity) -> Granted | None:
    """The commit of this very intent went through and its answer was lost: the request has not left, so it may."""
    row = Attempt.objects.filter(run_id=intent.run_id, fence=intent.fence, outcome="", boot_id=worker.boot_id).first()
    if row is None or row.request_digest != intent.request.digest:
        return None
    return Granted(row.n, intent.request)
