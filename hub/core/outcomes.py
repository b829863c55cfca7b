"""What a step came to, and who must act now.

An action returns one of these values (or lets a :class:`~hub.core.errors.VendorFault` carry one). Each outcome has a
**verdict**, which says whose turn it is; retry, hold, badge, wording and alarm all follow from the verdict and never from
the vendor's status code:

=========== ===================================================== =====================
verdict     means                                                 whose turn
=========== ===================================================== =====================
done        it happened, and there is proof                       nobody's
rejected    the vendor will not do this for this contact          who looks after the contact
admin       the connection needs a person (sign in, top up, fix)  the account's admin
wait        not now; later it may work                            the clock
unknown     it may or may not have happened                       the reconciler, then a person
developer   the plugin broke its word                             the plugin's author
=========== ===================================================== =====================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from hub.core.changes import Change


class Verdict(StrEnum):
    """Who must act now."""

    DONE = "done"
    REJECTED = "rejected"
    ADMIN = "admin"
    WAIT = "wait"
    UNKNOWN = "unknown"
    DEVELOPER = "developer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The root of all outcomes. Not returned itself."""

    verdict: ClassVar[Verdict]

    def sentence(self) -> str:
        """One sentence for people; empty for what was done and has nothing to add."""
        said = getattr(self, "reason", "") or getattr(self, "note", "")
        return said if said or self.verdict is Verdict.DONE else str(self.verdict)


@dataclass(frozen=True, slots=True)
class Sent(Outcome):
    """The irreversible request was answered, and the answer says that it happened.

    Args:
        reference: the vendor's id of what was made, for the support desk and for reconciling.
        note: the line for the contact's history; plain text.
        changes: what to change in the account as part of the same transaction.
        thread: of a mail, the provider's own id of the conversation it began or joined, in this mailbox; the same that a
            :class:`~hub.core.mail_post.Letter` of that conversation bears. Empty where the provider tells none.
    """

    reference: str = ""
    note: str = ""
    changes: tuple[Change, ...] = ()
    thread: str = ""
    verdict: ClassVar[Verdict] = Verdict.DONE


@dataclass(frozen=True, slots=True)
class Already(Outcome):
    """The vendor shows that it had happened before, so nothing was sent now (a contact already in the group)."""

    reference: str = ""
    note: str = ""
    changes: tuple[Change, ...] = ()
    verdict: ClassVar[Verdict] = Verdict.DONE


@dataclass(frozen=True, slots=True)
class Done(Outcome):
    """Done without leaving the house: a note, a tag, a changed field."""

    note: str = ""
    changes: tuple[Change, ...] = ()
    verdict: ClassVar[Verdict] = Verdict.DONE


@dataclass(frozen=True, slots=True)
class Rejected(Outcome):
    """The vendor will not do this for this contact, however often it is asked.

    Args:
        reason: what is wrong and what would mend it, in one sentence.
        field: the contact's or the step's field that is at fault, where one is.
    """

    reason: str = "The vendor refused this contact."
    field: str = ""
    verdict: ClassVar[Verdict] = Verdict.REJECTED


@dataclass(frozen=True, slots=True)
class NeedsAdmin(Outcome):
    """Every step of this connection will fail until an admin acts: a new key, a top-up, a setting."""

    reason: str = "The vendor refuses this connection."
    field: str = ""
    verdict: ClassVar[Verdict] = Verdict.ADMIN


@dataclass(frozen=True, slots=True)
class Wait(Outcome):
    """Not now. The step goes back in line and no person need act.

    Args:
        reason: why.
        seconds: how long to wait at least; the host's own back-off applies when none is given.
        whole_connection: the vendor asked the whole connection to slow down (429), not just this step.
    """

    reason: str = "The vendor asks us to wait."
    seconds: float | None = None
    whole_connection: bool = False
    verdict: ClassVar[Verdict] = Verdict.WAIT

    def until(self, now: datetime) -> datetime | None:
        """The earliest next try, or None when the host shall choose."""
        return None if self.seconds is None else now + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Unknown(Outcome):
    """It may or may not have happened. Made by the host; an action has no need to return it."""

    reason: str = "No readable answer came, so it is not known whether it happened."
    verdict: ClassVar[Verdict] = Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class Broken(Outcome):
    """The plugin broke its word: it raised, returned nonsense, or made a second irreversible call."""

    reason: str = "The plugin failed."
    detail: str = field(default="", compare=False)
    verdict: ClassVar[Verdict] = Verdict.DEVELOPER


# --- answers of a reconcile function -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NotSent(Outcome):
    """Reconcile asked the vendor and there is nothing with this reference."""

    reason: str = "The vendor has no record of it."
    verdict: ClassVar[Verdict] = Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class CannotTell(Outcome):
    """Reconcile could not find out this time."""

    reason: str = "The vendor could not say whether it happened."
    verdict: ClassVar[Verdict] = Verdict.UNKNOWN


Finding = Sent | Already | NotSent | CannotTell
"""What a reconcile function returns."""
