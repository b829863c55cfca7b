"""Who listens: asked before anything is written, and free of charge where it is known already.

The engine reads it with the runs it claims and says so with ``known``; what is told within then asks no more. A subscription
therefore counts for steps that are taken up after it; one that was on its way at that moment may end unheard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from hub.events import kinds
from hub.events.models import Listening

_known: ContextVar[Mapping[int, int] | None] = ContextVar("hub_events_known", default=None)


@contextmanager
def known(heard: Mapping[int, int]) -> Iterator[None]:
    """Within, nobody asks the database about these accounts: account id → set of kinds."""
    mark = _known.set(heard)
    try:
        yield
    finally:
        _known.reset(mark)


def among(account_ids: Iterable[int]) -> dict[int, int]:
    """Account id → set of kinds listened for, without those where nobody listens. One query at the most."""
    wanted, heard = set(account_ids), _known.get() or {}
    found = {id_: heard[id_] for id_ in wanted & heard.keys() if heard[id_]}
    unknown = wanted - heard.keys()
    if unknown:
        found.update(Listening.objects.filter(account_id__in=unknown).values_list("account_id", "kinds"))
    return found


def hears(account_id: int, kind: str) -> bool:
    """Whether somebody listens for this in the account."""
    return kinds.holds(among([account_id]).get(account_id, 0), kind)
