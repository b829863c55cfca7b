"""The post room of a process that may be dead: what is dead sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.core.endpoints import Endpoint
from hub.dispatch.exchange import Exchange, NeverLeft
from hub.dispatch.requests import FrozenRequest
from hub.testing.mail import MailServer
from hub.testing.proofs.process import Process


@dataclass(frozen=True, slots=True)
class LivingPost:
    """Stands between the dispatcher and the played mail server."""

    server: MailServer
    process: Process

    async def exchange(self, endpoint: Endpoint[Any], ready: FrozenRequest, not_after: float) -> Exchange:
        """Make one call, if this process lives."""
        if not self.process.alive:
            return NeverLeft("this process is dead")
        return await self.server.exchange(endpoint, ready, not_after)

    def close(self) -> None:
        """Nothing to close."""
