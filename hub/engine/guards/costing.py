"""Does a step cost money? Before it makes its call, nobody knows for sure: only its plugin's code says which call that is.

The intent sees the call, so it decides by that. Whoever asks earlier is told by what was seen: what this run did when it was
tried, what others of its kind did, and which calls the plugin has at all.
"""

from __future__ import annotations

from hub.addons import installed
from hub.core.registry import Claim
from hub.plans import lateness
from hub.plans.models import StepRun

LATELY = 500
"""So many of the account's steps that were closed last are looked through for one of the same kind."""


def costs(run: StepRun) -> bool | None:
    """Whether the run's call costs money, as far as it can be told; None where only the call itself will tell."""
    claim = installed.registry().claim(run.action_type)
    if claim is None or not lateness.may_cost(claim):
        return False
    if run.effect_class:
        return run.costly
    seen = _seen(run)
    return _always(claim) if seen is None else seen


def _seen(run: StepRun) -> bool | None:
    """What another run of the same plan step, or of the same kind, did when it was tried."""
    tried = StepRun.objects.filter(plan_step=run.plan_step_id, closed_at=None, effect_class__isnull=False)
    found = tried.order_by().values_list("costly", flat=True).first()
    if found is not None:
        return found
    closed = StepRun.objects.filter(account_id=run.account_id, closed_at__isnull=False).order_by("-closed_at")
    rows = closed.values_list("action_type", "effect_class", "costly")[:LATELY]
    return next((costly for kind, effect, costly in rows if kind == run.action_type and effect), None)


def _always(claim: Claim) -> bool | None:
    """True where every call of the plugin that changes something costs money."""
    changing = [one.effect for one in claim.plugin.info.endpoints if one.effect]
    return True if all(effect.costly for effect in changing) else None
