"""What is of the database in a mail: found out before anything is composed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.accounts.models import Account
from hub.core.mail import one_line
from hub.mail.files import links, reads, refused
from hub.mail.files.reads import Enclosed
from hub.mail.models import Mailbox, MailFile


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one mail.

    Attributes:
        there: with their bytes.
        lacking: the step names one that is not there any more.
        refused: the provider's words, where it did not take the mail with them.
    """

    there: tuple[Enclosed, ...] = ()
    lacking: bool = False
    refused: str = ""


NO_FILES = Files()


def files_of(asked: Iterable[tuple[UUID | int, int, Mapping[str, Any]]]) -> dict[UUID | int, Files]:
    """By run: the files that its step names. Two queries for any number, none where no step names one.

    Args:
        asked: run, account, and the step's options.
    """
    named = {run_id: (account_id, list(options.get("files") or ())) for run_id, account_id, options in asked}
    found = reads.of((account_id, str(uid)) for account_id, uids in named.values() for uid in uids)
    words = refused.of([run_id for run_id, (_account_id, uids) in named.items() if uids])
    return {
        run_id: _files(account_id, uids, found, words.get(run_id, ""))
        for run_id, (account_id, uids) in named.items()
        if uids
    }


def _files(account_id: int, uids: list[Any], found: Mapping[tuple[int, str], MailFile], why_not: str) -> Files:
    rows = [row for uid in uids if (row := found.get((account_id, str(uid)))) is not None]
    there = (
        Enclosed(
            row.name, row.kind, row.size, bytes(row.content), "" if row.withdrawn_at else links.address(row.uid)
        )
        for row in rows
    )  # fmt: skip
    return Files(tuple(there), len(rows) < len(uids), why_not)


def name_of(mailbox: Mailbox | None, account: Account) -> str:
    """What people see beside the address: what was chosen, else the first name and the company."""
    if mailbox is not None and mailbox.sender_name:
        return mailbox.sender_name
    first = mailbox.user.first_name if mailbox is not None and mailbox.user else account.first_name
    return one_line(f"{first} {account.company or account.name}")
