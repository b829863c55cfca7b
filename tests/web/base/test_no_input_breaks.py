"""Whatever is sent to a form, the answer is one of ours: fields are read from the page and filled with nonsense."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.support.people import Tree, make_user
from tests.web.base.walking import PAGES, address

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HUGE = "9" * 40
NONSENSE = ["", HUGE, "²", "a\x00b", "ü" * 5_000]
"""PostgreSQL is the stricter of the two; what SQLite alone cannot take is a number that is too large."""

NAMES = re.compile(r"""<(?:input|select|textarea)[^>]*\sname=["']([^"']+)["']""")


FIELDS: dict[str, set[str]] = {}
"""Route → what its page asks for, once it was read: that is the same whatever is sent afterwards."""


def fields(browser: Client, path: str, where: str) -> set[str]:
    if path not in FIELDS:
        page = browser.get(where)
        html = page.content.decode() if page.get("Content-Type", "").startswith("text/html") else ""
        FIELDS[path] = set(NAMES.findall(html)) - {"csrfmiddlewaretoken"}
    return FIELDS[path]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "nonsense" in metafunc.fixturenames:
        metafunc.parametrize("nonsense", NONSENSE if metafunc.config.getoption("--database") == "postgres" else [HUGE])


def test_nonsense_in_every_field_and_every_parameter(tree: Tree, enter, nonsense: str) -> None:
    owner, user = make_user(tree.a, "owner"), make_user(tree.a)
    browser = enter(owner)
    for path, _entry in PAGES:
        if "account_id" not in path or "log-in-as" in path:
            continue
        where = address(path, tree.a.pk, user_id=user.pk, grant_id=user.grants.get().pk)
        names = fields(browser, path, where)
        for answer in (
            browser.post(where, dict.fromkeys(names, nonsense)),
            browser.get(where, dict.fromkeys(names | {"cursor", "sort", "q"}, nonsense)),
        ):
            assert answer.status_code < 500, f"{path} {nonsense!r}: {answer.status_code}"
