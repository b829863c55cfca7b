"""A text with formatting in a step's form: drawn, kept clean, and previewed as people read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from django.http import QueryDict

from hub.addons import typed
from hub.addons.forms import Field
from hub.core import Choice, Rich, Settings, Template
from hub.core.settings import fields_of
from hub.core.tokens import Token


class Letter(Settings):
    body: Annotated[Template, Rich()] = Template()
    files: Annotated[list[str], Choice("file")] = []


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPECS = {spec.name: spec for spec in fields_of(Letter, step=True)}


def drawn(value: Any, files: Any = ()) -> str:
    from hub.web.views.plans.step_fields import Surroundings, form_of

    around = Surroundings((Token("client.firstName", "First name"),), lambda source: [("a", "Price list.pdf")])
    form = form_of([Field(SPECS["body"], value), Field(SPECS["files"], files)], around, "option_")
    return f"{form['body']} {form['files']}"


def test_the_box_holds_the_html_for_whoever_has_no_scripts() -> None:
    html = drawn('<div>Hi <strong>{{client.firstName}}</strong></div><script>"')

    assert 'name="option_body"' in html
    assert "data-rich" in html
    assert "&lt;div&gt;Hi &lt;strong&gt;{{client.firstName}}" in html
    assert "<script>" not in html


def test_files_are_boxes_to_tick_and_one_that_is_gone_stays_chosen() -> None:
    html = drawn("", ["a", "z"])

    assert "Price list.pdf" in html
    assert html.count("checked") == 2
    assert "z (not in the list)" in html


@pytest.mark.parametrize(("loaded_at", "told"), [(None, False), (NOON, True)])
def test_a_value_is_missing_from_a_list_that_has_come_and_from_no_other(
    loaded_at: datetime | None, *, told: bool
) -> None:
    from hub.web.views.plans.step_fields import Surroundings, form_of

    club = replace(SPECS["body"], name="club", kind="options")
    html = str(
        form_of([Field(club, "77", loaded_at=loaded_at)], Surroundings((), lambda source: []), "option_")["club"]
    )

    assert ">77 (not in the list)<" in html if told else ">77<" in html


def test_what_is_posted_is_a_text_and_a_list() -> None:
    posted = QueryDict("option_body=<b>x</b>&option_files=a&option_files=b&option_files=")

    assert typed.from_post(SPECS.values(), posted, "option_") == {"body": "<b>x</b>", "files": ["a", "b"]}
    assert typed.from_post(SPECS.values(), QueryDict(""), "option_") == {"files": []}


@pytest.mark.parametrize(
    ("body", "told"), [("<p>{{client.nobody}}</p>", "{{client.nobody}}"), ("<p>{{client.firstName}}</p>", "")]
)
def test_an_unknown_token_in_it_is_told(body: str, told: str) -> None:
    checked = typed.check(Letter, {"body": body}, step=True, known={"client.firstName"})

    assert told in checked.by_field.get("body", "")
    assert checked.ok is not bool(told)
