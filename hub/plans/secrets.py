"""What is secret in a step's settings: taken out where the step is stored, put back where it is read.

A field that its form declares ``Secret`` (a Zap's address) never lies in ``PlanStep.options``. It lies sealed in
``PlanStep.secrets``, bound to the account, the version and the step, so that it opens nowhere else: a copy of the plan, in
whichever account, is sealed anew. The story in order: :func:`fields_of` says which fields are secret, :func:`parted` takes them
out, :func:`opened` brings them back where a step is read as a value (the editor, the check, the preview), and
:mod:`hub.engine.unsealing` opens them for the call. :func:`seal_what_lies_open` does the same for rows that were stored before
their plugin called a field a secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hub.addons.models import Manifest as Row
from hub.core.manifest import Manifest
from hub.db import sealing
from hub.db.errors import Problem
from hub.db.fields import Sealed
from hub.plans import actions
from hub.plans.models import PlanStep, StepRun

SECRETS_AT_ONCE = 500
"""Rows that are read, sealed and written in one go."""


@dataclass(frozen=True, slots=True)
class Parted:
    """A step's settings as they are stored: what anybody may read in the database, and what not (None: nothing)."""

    options: dict[str, Any]
    secrets: dict[str, Any] | None


def fields_of(action_types: Iterable[str]) -> dict[str, Collection[str] | None]:
    """Action type → the names of its secret fields. None for a kind that no manifest describes: any field of it may be one."""
    wanted = set(action_types)
    known = actions.manifests(wanted)
    return {each: _secret(known[each].fields) if each in known else None for each in wanted}


def _secret(fields: Iterable[Any]) -> frozenset[str]:
    return frozenset(spec.name for spec in fields if spec.kind == "secret")


def parted(options: Mapping[str, Any], secret: Collection[str] | None) -> Parted:
    """Settings in two parts. What is empty is no secret, and of a kind nobody describes everything is one."""
    hidden = {name: value for name, value in options.items() if value and (secret is None or name in secret)}
    return Parted({name: value for name, value in options.items() if name not in hidden}, hidden or None)


class KeyLost(Problem):
    """What a step keeps secret cannot be opened with the keys of this installation."""

    default_code = "key_lost"

    def __init__(self, step: str) -> None:
        super().__init__(
            _("What the step “{step}” keeps secret cannot be opened with the keys of this installation.").format(
                step=step
            ),
            _("An operator can give the old key back, at the end of HUB_SECRET_KEYS."),
            _("Nothing is lost until then, and nothing of the plan was changed."),
        )


def opened(row: PlanStep) -> dict[str, Any]:
    """All settings of a stored step, for one use. Raises ``KeyLost``."""
    return whole(row.options, row.secrets, row.name)


def whole(options: Mapping[str, Any], secrets: Sealed | None, step: str) -> dict[str, Any]:
    """The two parts as one again; what is secret is redacted from now on. Raises ``KeyLost``."""
    try:
        return {**options, **(secrets.reveal() if secrets is not None else {})}
    except sealing.SealError:
        raise KeyLost(step) from None


def know(run: StepRun) -> None:
    """Make this process know the secrets of a run's step, so that they are taken out of what it is about to show.

    Raises:
        KeyLost: they cannot be opened with the keys of this installation.
    """
    row = PlanStep.objects.select_related("version__plan").filter(pk=run.plan_step_id, secrets__isnull=False).first()
    if row is not None:
        opened(row)


def seal_what_lies_open() -> int:
    """Seal what is stored in clear and is called a secret by now: how many steps.

    Asked at every start, for an update of a plugin may make a secret of a field. Done twice at once it is done once.
    """
    return sum(_seal_steps(kind, names) for kind, names in _kinds_with_secrets().items())


def _kinds_with_secrets() -> dict[str, frozenset[str]]:
    manifests = (Manifest.model_validate(data) for data in Row.objects.values_list("data", flat=True) if data)
    found = {action.type: _secret(action.fields) for manifest in manifests for action in manifest.actions}
    return {kind: names for kind, names in found.items() if names}


def _seal_steps(kind: str, names: Collection[str]) -> int:
    rows = PlanStep.objects.filter(action_type=kind, options__has_any_keys=sorted(names)).order_by("pk")
    rows = rows.select_related("version__plan").select_for_update(of=("self",))
    sealed, last = 0, 0
    while found := list(rows.filter(pk__gt=last)[:SECRETS_AT_ONCE]):
        sealed += sum(_seal_step(row, names) for row in found)
        last = found[-1].pk
    return sealed


def _seal_step(row: PlanStep, names: Collection[str]) -> bool:
    parts = parted(row.options, names)
    if parts.secrets is None:
        return False
    held = row.secrets.read() if row.secrets is not None else {}
    row.options, row.secrets = parts.options, {**held, **parts.secrets}
    row.save(update_fields=["options", "secrets"])
    return True
