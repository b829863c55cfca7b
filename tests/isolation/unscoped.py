"""The switch of the tests that turns the code's scoping off: reads no longer ask for one account's rows.

Whatever a SELECT says of ``account_id`` is still said, and no longer counts. What is written stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

ONE_ACCOUNT = re.compile(r'("?\w+"?\."?account_id"? (?:= (?:%s|\d+)|IN \((?:%s|\d+)(?:, (?:%s|\d+))*\)))')


@contextmanager
def reads() -> Iterator[None]:
    """Within, only the database itself keeps accounts apart."""
    with connection.execute_wrapper(_without_accounts):
        yield


def _without_accounts(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    text = str(sql)
    if text.startswith("SELECT") and "accounts_lock" not in text and "users_grant" not in text:
        text = ONE_ACCOUNT.sub(r"(\1 OR 1 = 1)", text)
    return execute(text, params, many, context)
