"""The description: each call says what it does, and each link leads to a call that there is, with all it needs and no more."""

from __future__ import annotations

import re

from hub.api import links
from hub.api.app import api


def test_every_link_names_a_call_and_gives_each_of_its_placeholders() -> None:
    import hub.api.urls  # noqa: F401  # as a serving process has them

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    calls = {one["operationId"]: (path, one) for path, methods in paths.items() for one in methods.values()}

    for name, status in links.NAMED:
        found = calls[name][1]["responses"][status]["links"]
        assert found
        for target, link in found.items():
            assert link["operationId"] == target
            assert set(link["parameters"]) == set(re.findall(r"{(\w+)}", calls[target][0]))


def test_each_call_says_what_it_does_in_words_of_its_own() -> None:
    import hub.api.urls  # noqa: F401

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    said = [one["summary"] for methods in paths.values() for one in methods.values()]

    assert sorted(said) == sorted(set(said))


def test_what_was_made_leads_to_reading_it() -> None:
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]

    made = paths["/api/contacts"]["post"]["responses"][201]["links"]

    assert made["read_contact"]["parameters"] == {"contact_id": "$response.body#/contact/id"}
    assert "read_email" not in made
