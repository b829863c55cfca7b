"""What a second sending of the same request would do: the one thing only the author knows.

Every endpoint that is not a GET says it, and the whole promise of the hub rests on the answer:

=============== ============================================== ==========================================
class           means                                          after an unclear attempt
=============== ============================================== ==========================================
``repeatable``  sending twice is the same as once              sent again, after a while
``keyed``       the vendor honours an idempotency key          sent again, byte for byte, with the same key, while the
                                                               vendor remembers it; then looked up, if that can be done
``lookup``      it can be looked up by our reference           looked up; sent again only if surely absent
``blind``       none of these                                  a person decides
=============== ============================================== ==========================================

An author writes :func:`repeatable`, :func:`keyed` or :func:`once`. ``once`` becomes *lookup* for an action that has a
``reconcile`` function and *blind* for one that has none.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from hub.core.durations import duration
from hub.core.errors import DeclarationError
from hub.core.headers import check_header

KEY_WINDOW_MARGIN = timedelta(hours=4)
"""How long before a vendor forgets our key we stop trusting it: clocks differ and requests queue."""

MAX_PROCESSING = timedelta(seconds=120)
"""How long a vendor may still be working on a request whose connection is gone, unless the endpoint says otherwise."""


class EffectClass(StrEnum):
    """The four classes, as stored with each step run."""

    REPEATABLE = "repeatable"
    KEYED = "keyed"
    LOOKUP = "lookup"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Effect:
    """What the endpoint does to the world. Make it with :func:`repeatable`, :func:`keyed` or :func:`once`.

    Attributes:
        kind: ``repeatable``, ``keyed`` or ``once``.
        costly: it costs money per call (a gift, postage): never repeated without proof.
        header: for *keyed*, the request header that carries the key.
        window: for *keyed*, how long the vendor remembers the key.
        settle: for *once*, how long after the call a look-up can be trusted.
        strong: for *once*, whether "not found" after ``settle`` proves that it did not happen.
        max_processing: how long the vendor may still act after the connection is gone.
        reconciles: the action that used the endpoint can look up what became of a request. The hub sets it when it writes an
            attempt down; authors write a ``reconcile`` function instead.
        visible: what it does can be seen where a look-up looks. The hub clears it for a mailbox whose provider keeps no copy.
    """

    kind: str
    costly: bool = False
    header: str = ""
    window: timedelta = timedelta(0)
    settle: timedelta = timedelta(seconds=60)
    strong: bool = False
    max_processing: timedelta = MAX_PROCESSING
    reconciles: bool = False
    visible: bool = True

    def effect_class(self, *, reconciles: bool) -> EffectClass:
        """The class of an action that uses this endpoint and does or does not have a reconcile function."""
        if self.kind == "once":
            return EffectClass.LOOKUP if reconciles and self.visible else EffectClass.BLIND
        return EffectClass(self.kind)


@lru_cache(maxsize=512)
def as_used(effect: Effect, *, reconciles: bool) -> Effect:
    """The effect as an action uses it that can look things up, or cannot. Every step asks for it, so it is made once."""
    return replace(effect, reconciles=reconciles and effect.visible)


def repeatable(*, max_processing: str | timedelta = MAX_PROCESSING) -> Effect:
    """Sending it twice is the same as sending it once: an upsert by a natural key, adding to a set."""
    return Effect("repeatable", max_processing=duration(max_processing))


def keyed(header: str, window: str | timedelta, *, costly: bool = False) -> Effect:
    """The vendor de-duplicates by a key in ``header`` and remembers it for ``window`` (such as ``"24h"``).

    After that time an unclear attempt is looked up when the action has a ``reconcile`` function; what it does not find is shown
    to a person.

    Raises:
        DeclarationError: the window is not longer than the four hours of margin we keep, or ``header`` is no header's name.
    """
    check_header(header)
    span = duration(window)
    if span <= KEY_WINDOW_MARGIN:
        raise DeclarationError(f"a key window of {window} is too short to rely on; say once() instead")
    return Effect("keyed", costly=costly, header=header, window=span)


def once(
    settle: str | timedelta = "60s",
    *,
    strong: bool = False,
    costly: bool = False,
    max_processing: str | timedelta = MAX_PROCESSING,
) -> Effect:
    """It must not be sent twice.

    Args:
        settle: how long after the call the vendor's own lists show it.
        strong: "not found" after that time is proof. Say so only where the vendor does.
        costly: it costs money per call.
        max_processing: how long the vendor may still act on a request whose connection is gone. Nothing that a look-up does not
            find is sent again before this and ``settle`` are over.
    """
    span, lag = duration(max_processing), duration(settle)
    if not lag:
        warnings.warn(
            "settle is nothing: a look-up is then believed at once. Say how long the vendor's lists lag behind, such as '60s'.",
            stacklevel=2,
        )
    return Effect("once", costly=costly, settle=lag, strong=strong, max_processing=span)
