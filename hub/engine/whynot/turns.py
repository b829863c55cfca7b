"""What the intent would find at a connection whose vendor allows so many calls: its place in line, and how many calls are out.

Read, and nothing taken: :mod:`hub.engine.rates` decides when the worker asks, by the same rules (:mod:`hub.engine.pacing`).
"""

from __future__ import annotations

import math
from datetime import datetime

from hub.addons.models import Connection
from hub.core.addon import AddOnInfo
from hub.dispatch.ledger import Job
from hub.engine import pacing, rates
from hub.engine.pacing import Line
from hub.engine.whynot.facts import Turn
from hub.plans.models import StepRun


def asked(run: StepRun, job: Job, info: AddOnInfo, at: datetime) -> Turn:
    """The turn of a run that comes to its call at this moment."""
    row = Connection.objects.filter(pk=job.connection_id or 0).first() if info.rate or info.at_once else None
    if row is None:
        return Turn()
    all_out = bool(info.at_once) and rates.out(row.pk) >= info.at_once
    turn = _in_line(rates.line_of(row, at), info, at, waited=run.hold_reason in rates.PUT_OFF) if info.rate else Turn()
    return Turn(turn.wait, turn.ahead, info.at_once if all_out else 0)


def _in_line(line: Line, info: AddOnInfo, at: datetime, *, waited: bool) -> Turn:
    """Where it would stand. Who had a place already goes before all newcomers, so nobody is counted in front of them."""
    assert info.rate is not None
    _, place = pacing.step_up(line, info.rate.interval, info.rate.tolerance, at, waited=waited)
    if place is None:
        return Turn()
    end = line.front_at if waited else max(line.front_at, line.line_at)
    return Turn(place - at, math.ceil((end - max(at, line.room_at(info.rate.tolerance))) / info.rate.interval))
