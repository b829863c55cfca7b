"""Reading how the steps before ended, for the contacts whose next step asks. One query a batch, and none where no step asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.plans import endings
from hub.plans.endings import Earlier, Ending
from hub.plans.models import StepRun

_COLUMNS = ("enrollment_id", "plan_step__key", "plan_step__name", "state", "hold_reason", "result", "attempts")


def asks(step_only_if: Mapping[str, Any] | None) -> bool:
    """Whether what a step says, as it is stored, is about a step before it."""
    return bool(step_only_if) and (step_only_if or {}).get("when", {}).get("kind") == "step"


def of(enrollment_ids: Iterable[int]) -> dict[int, Earlier]:
    """Enrollment → its steps that have ended. Of a step that was tried again, the last try that ended counts."""
    ids = list(enrollment_ids)
    if not ids:
        return {}
    ended: defaultdict[int, dict[str, Ending]] = defaultdict(dict)
    names: defaultdict[int, dict[str, str]] = defaultdict(dict)
    rows = StepRun.objects.filter(enrollment_id__in=ids, closed_at__isnull=False).order_by("closed_at")
    for enrollment_id, key, name, *how in sorted(rows.values_list(*_COLUMNS), key=_was_repeated, reverse=True):
        names[enrollment_id][str(key)] = name
        ended[enrollment_id][str(key)] = endings.of(*how)
    return {id_: Earlier(ended[id_], names[id_]) for id_ in ids}


def _was_repeated(row: Sequence[Any]) -> bool:
    """Whether another try followed: then it does not count once that one has ended, whatever the clock said."""
    return bool(row[_COLUMNS.index("hold_reason")] == "retried")
