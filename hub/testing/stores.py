"""Stores in memory for what comes in: deliveries of webhooks, pages of an import. The host's keep the same laws in rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.core.outcomes import Outcome
from hub.core.records import Page, Record
from hub.dispatch.pulling import Start
from hub.dispatch.receiving import Delivery


@dataclass
class MemoryInbox:
    """Deliveries by key. See :class:`hub.dispatch.receiving.Inbox`."""

    kept: dict[str, Delivery] = field(default_factory=dict)

    def keep(self, key: str, name: str, delivery: Delivery) -> bool:
        """New or not; one dictionary, one act."""
        return self.kept.setdefault(key, delivery) is delivery


class Died(Exception):
    """The process died here."""


@dataclass
class MemoryImport:
    """One import: the records and the cursor, which are written together.

    Attributes:
        dies_before: die when this page (from 1) is about to be written.
        dies_after: die when this page has just been written.
        cursors: of every page that was written.
        stopped: why it did not come to the end; None when it did.
    """

    records: list[Record] = field(default_factory=list)
    cursor: str | None = None
    pages: int = 0
    dies_before: int = 0
    dies_after: int = 0
    cursors: list[str | None] = field(default_factory=list)
    stopped: Outcome | None = None

    def start(self) -> Start:
        """Where whoever takes over begins."""
        return Start(cursor=self.cursor)

    def keep(self, page: Page) -> None:
        """One transaction: all of it or nothing."""
        if self.pages + 1 == self.dies_before:
            raise Died
        self.records.extend(page.records)
        self.cursor = page.cursor
        self.cursors.append(page.cursor)
        self.pages += 1
        if self.pages == self.dies_after:
            raise Died
