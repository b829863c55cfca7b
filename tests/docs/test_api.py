"""The page of the API names every call there is, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
CALL = re.compile(r"^\| `(GET|POST|PATCH|PUT|DELETE) ([^`]+)` \|", re.M)


def test_every_call_has_its_line_and_every_line_its_call() -> None:
    from hub.api.app import api
    from hub.api.v2 import urls

    written = {(method, name) for method, name in CALL.findall(PAGE.read_text())}
    paths = api.get_openapi_schema()["paths"]
    clean = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    former = {(method, name) for method, name in urls.door.calls}

    assert written == clean | former


def test_every_endpoint_and_code_is_named() -> None:
    from hub.api.v2 import codes
    from hub.users.keys import reads, routes

    text = PAGE.read_text()
    endpoints = {
        one.name.removeprefix("endpoint.")
        for one in reads.endpoints()
        if any(route.split(" ")[1].startswith("/api/") for route in routes.of(one.name))
    }

    assert {name for name in endpoints if f"`{name}`" not in text} == set()
    told = {value for name, value in vars(codes).items() if name.isupper() and str(value).startswith("CT")}
    assert {code for code in told if f"`{code}`" not in text} == set()
