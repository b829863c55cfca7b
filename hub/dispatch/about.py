"""Which step a line of the log is about.

A step is carried out in a task of its own, so what is noted here once goes with everything that happens in that task: our own
lines, a library's, the plugin's. Whoever writes the log (``hub.db.logs``) asks :func:`fields` for each line. Where one thread
looks after many steps, it says with :func:`named` which one it has in hand.

The fields are ``run``, ``attempt``, ``account``, ``addon`` and ``worker``. All are ids or names of installed add-ons, so a search
by any of them finds the whole story and nothing of a contact's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from hub.dispatch.ledger import Job

Fields = dict[str, str | int]


class _Step:
    """A job, and the number of its attempt as soon as one is written down."""

    __slots__ = ("attempt", "job")

    def __init__(self, job: Job) -> None:
        self.job, self.attempt = job, 0

    def fields(self) -> Fields:
        account = self.job.account.id
        found: Fields = {
            "run": str(self.job.run_id),
            "account": int(account) if account.isdecimal() else account,
            "addon": addon_of(self.job),
        }
        return found | {"attempt": self.attempt} if self.attempt else found


_now: ContextVar[_Step | Fields | None] = ContextVar("hub_about", default=None)
_worker = 0
"""This process's number as a worker; 0 where it is none."""


def begin(job: Job) -> None:
    """What follows in this task is about this step."""
    _now.set(_Step(job))


def attempt(number: int) -> None:
    """Its attempt has been written down under this number."""
    step = _now.get()
    if isinstance(step, _Step):
        step.attempt = number


@contextmanager
def named(run: UUID, **more: str | int) -> Iterator[None]:
    """What is logged within is about this run."""
    token = _now.set({"run": str(run), **more})
    try:
        yield
    finally:
        _now.reset(token)


def working_as(no: int) -> None:
    """This process is the worker of that number from now on; 0: none any more."""
    global _worker
    _worker = no


def worker() -> int:
    """This process's number as a worker; 0 where it is none."""
    return _worker


def fields() -> Fields:
    """What is known of the step that is in hand here; empty when none is."""
    step = _now.get()
    if step is None:
        return {}
    found = step.fields() if isinstance(step, _Step) else dict(step)
    return {**found, "worker": _worker} if _worker and "worker" not in found else found


def addon_of(job: Job) -> str:
    """The add-on whose action it is: the part before the dot."""
    return job.action_type.partition(".")[0]
