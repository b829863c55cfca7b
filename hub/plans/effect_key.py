"""The key under which one business effect can exist once: a second trigger, click or import finds it taken.

``sha256(account | action | contact | enrollment | step key | occurrence)`` in hex. The step's *key* is meant, which stays
the same from version to version, and ``occurrence`` counts from 1 should a step ever be due twice in one enrollment.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from hub.db import dialect


def of(
    account_id: int, action_type: str, contact_id: int, enrollment_id: int, step_key: UUID, occurrence: int = 1
) -> str:
    """The key of one step run."""
    text = f"{account_id}|{action_type}|{contact_id}|{enrollment_id}|{step_key}|{occurrence}"
    return hashlib.sha256(text.encode()).hexdigest()


def sql(contact: str, enrollment: str) -> str:
    """The same as an SQL expression over two columns, for insert-select.

    Takes two text parameters: ``account|action|`` and ``|step key|occurrence``, see :func:`sql_parameters`.
    """
    joined = f"CAST(%s AS text) || {contact} || '|' || {enrollment} || CAST(%s AS text)"
    if dialect.is_postgres():
        return f"encode(sha256(convert_to({joined}, 'UTF8')), 'hex')"
    return f"SHA256({joined})"  # Django gives SQLite this function


def sql_parameters(account_id: int, action_type: str, step_key: UUID, occurrence: int = 1) -> list[str]:
    """The parameters of :func:`sql`, in order."""
    return [f"{account_id}|{action_type}|", f"|{step_key}|{occurrence}"]
