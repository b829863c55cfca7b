"""Done once, however often it is sent: an `Idempotency-Key` and its answer are written with the effect, or not at all.

The row is made first. A second call with the same key waits for the first one's transaction, at most five seconds, and then finds
its answer, or, where the first came to nothing, does the work itself. So there is no key without its effect and no effect without
its key, whenever the process dies. An answer is kept for seven days; a refused call keeps nothing and may be sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, connection
from django.http import HttpResponse

from hub.api.models import KeptAnswer
from hub.api.request import ApiRequest
from hub.db import clock, dialect
from hub.db.errors import Conflict, Problem

KEPT = timedelta(days=7)
WAITS = "5s"
LONGEST = 255
REPLAYED = "Idempotency-Replayed"
_LOCK_NOT_AVAILABLE = "55P03"


def once(request: ApiRequest, key: str, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `work`, or the one that this key's first call got. Call it inside the transaction of the effect.

    Raises:
        Problem: no key that can be kept (400).
        Conflict: the first call with this key is still at work.
        Mismatch: the key was used for something else.
    """
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise Problem(
            f"An Idempotency-Key is 1 to {LONGEST} plain characters.",
            next="Choose another one.",
            code="idempotency.key",
        )
    row = _row(request, key)
    if row.digest != _digest(request):
        raise Mismatch("This Idempotency-Key was used for another call.", next="Choose a new key for a new call.")
    if row.status:
        return _again(row)
    answer = work()
    row.status, row.body = answer.status_code, answer.content.decode()
    row.save(update_fields=["status", "body"])
    return answer


class Mismatch(Problem):
    """The same key, and something else in the call."""

    status = 422
    default_code = "idempotency.mismatch"


def forget_old(now: datetime) -> int:
    """Delete answers that were kept long enough."""
    gone, _ = KeptAnswer.objects.filter(at__lt=now - KEPT).delete()
    return gone


def _row(request: ApiRequest, key: str) -> KeptAnswer:
    """The row of this key: a new one, or what the first call left. On SQLite the one writer's turn is the waiting."""
    whose = f"{request.principal.id}"[:60]
    new = KeptAnswer(
        account=request.account, principal=whose, key=key, digest=_digest(request), at=clock.now()
    )  # fmt: skip
    with _waiting():
        KeptAnswer.objects.bulk_create([new], ignore_conflicts=True)
    return KeptAnswer.objects.get(account=request.account, principal=whose, key=key)


class _waiting:
    """On PostgreSQL no lock is waited for longer than five seconds within; then the first call is said to be at work."""

    def __enter__(self) -> None:
        _set_lock_timeout(f"'{WAITS}'")

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            _set_lock_timeout("DEFAULT")
        elif isinstance(error, OperationalError) and _is_lock_timeout(error):
            raise Conflict(
                "The first call with this Idempotency-Key is still at work.",
                next="Send it again in a few seconds, with the same key.",
                code="idempotency.at_work",
            ) from error


def _set_lock_timeout(value: str) -> None:
    if dialect.is_postgres():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout TO {value}")


def _is_lock_timeout(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == _LOCK_NOT_AVAILABLE


def _again(row: KeptAnswer) -> HttpResponse:
    answer = HttpResponse(row.body, content_type="application/json", status=row.status)
    answer[REPLAYED] = "true"
    return answer


def _digest(request: ApiRequest) -> str:
    about = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(about + request.body).hexdigest()
