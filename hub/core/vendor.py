"""``vendor``: the only way a plugin speaks to the world.

An action gets one, bound to one connection and one step run. It is called with a declared endpoint::

    card = await vendor(mail, NewCard(...))          # a write: written down before it leaves
    found = await vendor(cards, ref=vendor.ref)      # a read: as often as you like
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, TypeVar

from hub.core.endpoints import Endpoint, RawRequest
from hub.core.mail_post import Post

AnswerT = TypeVar("AnswerT")


class Vendor(ABC):
    """One connection's way out, for one call of the plugin.

    Attributes:
        settings: the connection's settings, secrets readable, as the add-on's ``Settings`` model.
        ref: the reference of this step run, at most 64 ASCII characters, the same for ever: put it into the vendor's
            free reference field, and look for it in ``reconcile``. Empty outside a step.
        now: the time, as the host knows it.
    """

    settings: Any
    ref: str
    now: datetime

    @property
    def post(self) -> Post:
        """The connection's mailbox, for an add-on with a mailer."""
        return Post(self)

    @abstractmethod
    async def __call__(self, endpoint: Endpoint[AnswerT], body: Any = None, /, **parameters: Any) -> AnswerT:
        """Make a call.

        Args:
            endpoint: what to call.
            body: an instance of the endpoint's body model, or a :class:`RawRequest` for an open endpoint.
            parameters: fill the path's placeholders; the rest become the query. ``None`` is left out.

        Returns:
            The parsed answer.

        Raises:
            Unreachable: nothing left this machine.
            Refused: the vendor answered and did nothing.
            Unclear: it may or may not have happened.
            Stopped: the host did not let the call out.
        """


__all__ = ["RawRequest", "Vendor"]
