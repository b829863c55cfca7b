"""The switch of the tests that turns the code's scoping off: reads no longer ask for one account's rows.

Whatever a SELECT says of a tenant's table's ``account_id`` is still said, and no longer counts. What is written stays as it is,
and so does what the door asks before it lets anybody in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from hub.db.policies import POLICIES

_TABLES = "|".join(POLICIES)
_VALUE = r"(?:%s|\d+)"
ONE_ACCOUNT = re.compile(rf'("(?:{_TABLES})"\."account_id" (?:= {_VALUE}|IN \({_VALUE}(?:, {_VALUE})*\)))')


@contextmanager
def reads() -> Iterator[None]:
    """Within, only the database itself keeps accounts apart."""
    with connection.execute_wrapper(_without_accounts):
        yield


def _without_accounts(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    text = str(sql)
    if text.startswith("SELECT"):
        text = ONE_ACCOUNT.sub(r"(\1 OR 1 = 1)", text)
    return execute(text, params, many, context)
