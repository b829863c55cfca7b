"""An address that may be a key, in a step's form: its host is shown, tokens are offered, and the rest never comes back."""

from __future__ import annotations

import pytest

from hub.addons import forms, typed
from hub.addons.connections import ConnectionState
from hub.addons.wording import Reason
from hub.core.manifest import freeze
from hub.core.registry import from_objects
from hub.core.tokens import Token
from hub.plans.drafting import StepDraft
from hub.steps import addon
from hub.steps.webhook import Webhook
from hub.web.views.plans import sketch
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.step_fields import Surroundings, form_of

ADDRESS = "https://chat.example.com/services/T0123/{{client.firstName}}?key=4f9d2c7a1b8e"
MANIFEST = freeze(from_objects([addon]).plugins["steps"])


def drawn(url: str) -> str:
    fields = forms.step_form(MANIFEST, "steps.webhook", None, {"url": url} if url else {})
    form = form_of(fields, Surroundings((Token("client.firstName", "First name"),)), "option_")
    from django.template import Context, Template

    return Template("{% load ui %}{% field form.url %}").render(Context({"form": form}))


def test_a_stored_address_is_shown_by_its_host_alone() -> None:
    html = drawn(ADDRESS)

    assert "chat.example.com/••••••••<" in html
    assert "T0123" not in html
    assert "4f9d2c7a1b8e" not in html
    assert "1b8e" not in html, "not even its last four characters, as of another secret"


@pytest.mark.parametrize("url", ["", ADDRESS])
def test_tokens_are_offered_for_a_new_one_and_what_is_typed_can_be_read(url: str) -> None:
    html = drawn(url)

    assert 'data-token="{{client.firstName}}"' in html
    assert 'type="text" name="option_url"' in html
    assert "value=" not in html.partition('name="option_url"')[2].partition(">")[0]


def test_a_comparison_shows_where_it_leads_and_no_more() -> None:
    action = MANIFEST.action("steps.webhook")
    step = StepDraft(action_type="steps.webhook", name="Tell", options={"url": ADDRESS})

    told = sketch.step(
        step, Kind("steps.webhook", MANIFEST, action, ConnectionState(1, "steps", active=True, reason=Reason.NONE)), {}
    )

    assert "URL: https://chat.example.com/••••" in told
    assert "4f9d2c7a1b8e" not in told


def test_an_unknown_token_in_it_is_told_without_it() -> None:
    checked = typed.check(
        Webhook, {"url": ADDRESS.replace("client.first", "client.frst")}, step=True, known={"client.firstName"}
    )

    assert "{{client.frstName}}" in checked.by_field["url"]
    assert "4f9d2c7a1b8e" not in str(checked)
