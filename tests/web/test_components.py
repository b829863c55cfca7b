"""The template tags: what they draw, what they refuse, and that nothing a person typed becomes markup."""

import re
from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory, override_settings

from hub.web.design.tables import Column
from hub.web.design.widgets import SearchSelect, SecretInput, Toggle
from hub.web.views.styleguide import styleguide_context

HOSTILE = "<script>alert(1)</script>"


def drawn(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_a_button_escapes_its_label_and_its_attributes() -> None:
    html = drawn('{% button label hx_post="/x" data_note=label %}', label=HOSTILE)

    assert "<script" not in html
    assert 'hx-post="/x"' in html


def test_a_button_can_only_be_disabled_with_a_reason_that_is_read_out() -> None:
    html = drawn('{% button "Enrol" href="/enrol" disabled_reason="The plan is a draft." %}')

    assert "<a " not in html
    assert 'aria-disabled="true"' in html
    assert "The plan is a draft." in html


@pytest.mark.parametrize(
    "source",
    [
        '{% button "Save" kind="blue" %}',
        '{% badge "Held" "orange" %}',
        '{% skeleton "round" %}',
        '{% callout "Paused" tone="yellow" %}{% endcallout %}',
    ],
)
def test_a_misspelt_choice_stops_the_pages_author(source: str) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        drawn(source)


@pytest.mark.parametrize(
    "block",
    [
        '{% card title="T" %}{{ typed }}{% endcard %}',
        '{% callout "T" %}{{ typed }}{% endcallout %}',
        '{% timeline_item typed icon="mail" %}{{ typed }}{% endtimeline_item %}',
        '{% empty "T" typed %}{{ typed }}{% endempty %}',
        "{% code typed label=typed %}",
        '{% diff typed "b" typed typed %}',
        "{% person typed typed %}",
        "{% problem typed typed typed typed %}{% endproblem %}",
    ],
)
def test_what_a_person_typed_never_becomes_markup(block: str) -> None:
    assert "<script" not in drawn(block, typed=HOSTILE)


def test_a_block_keeps_the_markup_of_the_components_in_it() -> None:
    html = drawn('{% callout "Paused" tone="warning" %} {% button "Set active" %} {% endcallout %}')

    assert "&lt;button" not in html
    assert "<button" in html


class KeyForm(forms.Form):
    key = forms.CharField(widget=SecretInput(stored=True, last_four="9xT2"), help_text="From Settings.")
    group = forms.ChoiceField(
        choices=[("", "Choose"), ("g1", "Mugs")], widget=SearchSelect(problem="No answer.", typed_name="group_typed")
    )
    active = forms.BooleanField(required=False, widget=Toggle())


def test_a_stored_secret_is_named_by_its_last_four_and_never_sent_back() -> None:
    html = drawn("{% field form.key %}", form=KeyForm({"key": "mbp_live_51HcQ9xT2"}))

    assert "9xT2" in html
    assert "mbp_live" not in html


def test_errors_stand_beside_their_field_and_in_a_summary_that_links() -> None:
    form = KeyForm({})
    form.is_valid()

    html = drawn("{% form_errors form %}{% field form.key %}", form=form)

    assert 'href="#id_key"' in html
    assert 'aria-describedby="id_key-error id_key-help"' in html
    assert 'id="id_key-error"' in html


def test_a_list_that_could_not_load_says_why_and_can_be_typed_in() -> None:
    html = drawn("{% field form.group %}", form=KeyForm())

    assert "No answer." in html
    assert 'name="group_typed"' in html


def test_a_valid_form_has_no_summary() -> None:
    assert "form-errors" not in drawn("{% form_errors form %}", form=KeyForm())


def test_a_tables_heads_sort_by_link_and_keep_the_filter() -> None:
    request = RequestFactory().get("/contacts?state=held&sort=name")

    html = drawn(
        '{% table columns caption="Contacts" %}{% endtable %}', request=request, columns=[Column("Name", "name")]
    )

    assert 'href="?state=held&amp;sort=-name"' in html
    assert 'aria-sort="ascending"' in html


def test_a_secret_in_raw_text_is_masked_before_it_leaves_the_server() -> None:
    html = drawn("{% code text secrets=secrets %}", text="Bearer mbp_live_51HcQ9xT2", secrets=["mbp_live_51HcQ9xT2"])

    assert "mbp_live" not in html
    assert "••••9xT2" in html


@override_settings(DEBUG=True)
def test_the_style_guide_draws_every_component_without_inline_styles_or_handlers() -> None:
    context = styleguide_context(datetime(2026, 11, 21, 12, tzinfo=UTC))
    source = '{% extends "web/styleguide.html" %}'

    html = Template(source).render(
        Context({**context, "csrf_token": "token", "request": RequestFactory().get("/styleguide")})
    )

    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", html)
    assert html.count("<h1") == 1
    assert "&lt;div" not in html
    assert "{#" not in html


def test_a_large_number_has_its_thousands_set_apart() -> None:
    assert drawn("{{ n|grouped }}", n=1234567) == "1,234,567"


@pytest.mark.parametrize(("count", "words"), [(0, "steps contacts"), (1, "step contact"), (2, "steps contacts")])
def test_the_unit_of_one_is_no_plural(count: int, words: str) -> None:
    assert drawn("{{ n|steps_word }} {{ n|contacts_word }}", n=count) == words
