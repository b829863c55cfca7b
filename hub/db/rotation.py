"""Moves every sealed column of every model to the current key, while the hub runs.

Put the new key first in ``HUB_SECRET_KEYS`` and keep the old one behind it; restart the processes; rotate; when nothing is
left, take the old key away. A row is replaced only if it still holds what was read, so a save in between wins, and a
rotation that was cut off is simply run again: rows that are done already are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

from hub.db import sealing
from hub.db.fields import SealedJSONField

BATCH = 500  # rows read at once


@dataclass
class Rotation:
    """What a rotation did. ``finished``: every sealed value is under the current key and opens."""

    resealed: int = 0
    left: int = 0
    unreadable: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        return not self.left and not self.unreadable


def rotate_keys(batch: int = BATCH) -> Rotation:
    """Reseal what is under an older key, then count what is left. Safe to run twice, and to interrupt."""
    report = Rotation()
    for model, column in sealed_columns():
        _rotate_column(model, column, batch, report)
    report.left = sum(_stale(model, column).count() for model, column in sealed_columns())
    return report


def sealed_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every (model, field name) that holds sealed values."""
    for model in apps.get_models():
        for one in model._meta.local_concrete_fields:
            if isinstance(one, SealedJSONField):
                yield model, one.attname


def newest() -> Iterator[tuple[str, str]]:
    """The sealed value that was stored last in each column, as it lies there, with the column's name."""
    for model, column in sealed_columns():
        rows = model._base_manager.annotate(sealed_text=Cast(column, models.TextField())).order_by("-pk")
        blob = rows.filter(**{f"{column}__isnull": False}).values_list("sealed_text", flat=True).first()
        if blob is not None:
            yield f"{model._meta.label}.{column}", blob


def _stale(model: type[models.Model], column: str) -> models.QuerySet[models.Model]:
    rows = model._base_manager.annotate(sealed_text=Cast(column, models.TextField()))
    return rows.filter(sealed_text__isnull=False).exclude(sealed_text__startswith=sealing.current_prefix())


def _rotate_column(model: type[models.Model], column: str, batch: int, report: Rotation) -> None:
    last = None
    while True:
        rows = _stale(model, column).order_by("pk")
        found = list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", "sealed_text")[:batch])
        if not found:
            return
        for pk, blob in found:
            _rotate_row(model, column, pk, blob, report)
        last = found[-1][0]


def _rotate_row(model: type[models.Model], column: str, pk: object, blob: str, report: Rotation) -> None:
    from hub.db.fields import Blob

    try:
        fresh = sealing.reseal(blob)
    except sealing.SealError:
        report.unreadable.append(f"{model._meta.label}.{column} {pk}")
        return
    same = model._base_manager.annotate(sealed_text=Cast(column, models.TextField())).filter(pk=pk, sealed_text=blob)
    report.resealed += same.update(**{column: Blob(fresh)})
