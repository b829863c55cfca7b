"""What is sealed in the database: under which keys, and whether it can be opened. Nothing of it is shown, nor kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.db import models
from django.db.models import Count
from django.db.models.functions import Cast, Substr

from hub.db import rotation, sealing
from hub.process.checkup.finding import Finding, bad, ok, warn

LABEL = 11
"""Characters of a sealed value that name its form and its key: ``2.`` and eight hex digits, and a dot."""

OPENED = 20
"""Values of a column that are really opened, the newest: a key that is named right and is wrong would show in any of them."""


def sealed() -> Iterator[Finding]:
    """Every stored secret: can it be opened, and is it under the current key?"""
    columns = list(rotation.sealed_columns())
    under = sum((_labels(model, column) for model, column in columns), Counter[str]())
    known = {sealing.key_id(key) for key in settings.HUB_SECRET_KEYS}
    lost = {label: number for label, number in under.items() if _key(label) not in known}
    for label, number in lost.items():
        yield bad(
            "secrets",
            f"{number} stored secrets were sealed with the key {_key(label) or '?'}, which is not here, and cannot be opened.",
            "give that key back, at the end of HUB_SECRET_KEYS, and run: hub rotate-keys",
        )
    for model, column in columns:
        if broken := _unreadable(model, column, known):
            yield bad(
                "secrets", f"of the newest values of {model._meta.label}.{column}, {broken} cannot be opened.",
                "restore a backup, or let an admin type these secrets anew.",
            )  # fmt: skip
    left = sum(under.values()) - sum(lost.values()) - under[sealing.current_prefix()]
    if left:
        yield warn("secrets", f"{left} stored secrets are under an older key.", "run: hub rotate-keys")
    elif not lost:
        yield ok("secrets", "every stored secret is under the current key.")


def old_keys() -> Iterator[Finding]:
    """Keys that are kept and open nothing any more: whoever gets hold of one opens old backups with it."""
    used = {_key(label) for model, column in rotation.sealed_columns() for label in _labels(model, column)}
    idle = [sealing.key_id(key) for key in settings.HUB_SECRET_KEYS[1:] if sealing.key_id(key) not in used]
    if idle:
        yield warn(
            "keys", f"nothing is sealed with the older key {', '.join(idle)} any more.",
            "take it out of HUB_SECRET_KEYS (embedded: hub rotate-keys --drop-old).",
        )  # fmt: skip


def _labels(model: type[models.Model], column: str) -> Counter[str]:
    """How many values of a column begin how."""
    rows = model._base_manager.filter(**{f"{column}__isnull": False}).order_by()
    begun = rows.annotate(sealed_by=Substr(Cast(column, models.TextField()), 1, LABEL)).values_list("sealed_by")
    return Counter(dict(begun.annotate(n=Count("pk"))))


def _key(label: str) -> str:
    return label[2:-1] if label[1:2] == "." and label.endswith(".") else ""


def _unreadable(model: type[models.Model], column: str, known: set[str]) -> int:
    rows = model._base_manager.annotate(sealed_text=Cast(column, models.TextField())).order_by("-pk")
    newest = rows.filter(**{f"{column}__isnull": False}).values_list("sealed_text", flat=True)[:OPENED]
    return sum(not _opens(blob) for blob in newest if _key(blob[:LABEL]) in known)


def _opens(blob: str) -> bool:
    try:
        sealing.reseal(blob)
    except sealing.SealError:
        return False
    return True
