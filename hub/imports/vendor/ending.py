"""How an import of a vendor's records ends, and who is told.

Whoever pressed the button is told both ends. Of one that the timetable began, those in charge hear only when it fails.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.imports import ending
from hub.imports.models import Import
from hub.notifications.changes import NewNotification, tell_many
from hub.users import leaders


def finish(row: Import) -> None:
    """Nothing is left to ask for."""
    row.waits = ""
    row.problem = " ".join(dict.fromkeys(row.mapping.get("refused", {}).values()))[:500]
    if row.state == Import.State.CHECKING:
        ending.close(row, Import.State.CHECKED)
        return
    ending.close(row, Import.State.DONE)
    if not row.scheduled:
        tell(row, "import.done", f"{ending.summary(row.counts, _('There was nothing new.'))} {row.problem}".strip())


def fail(row: Import, problem: str) -> None:
    """It cannot go on by itself. What came in stays."""
    row.waits, row.problem = "", problem[:500]
    ending.close(row, Import.State.FAILED)
    tell(row, "import.failed", row.problem)


def tell(row: Import, kind: str, text: str) -> None:
    """Whoever began it; those in charge where nobody did."""
    if not row.scheduled:
        ending.tell(row, kind, text)
        return
    url, data = f"/a/{row.account_id}/imports/{row.pk}", {"name": row.name, "text": text}
    people = leaders.in_charge(row.account_id)
    tell_many(NewNotification(row.account_id, user_id, kind, data, url=url) for user_id in people)
