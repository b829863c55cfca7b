"""Tokens: a table, looked up by whole names, and nothing else whatever somebody writes between the braces."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import Account, Address, Contact, Template, UnknownToken, User
from hub.core.tokens import CLIENT, MAX_TEXT, check, house_tokens, house_values, names, render

VALUES = {"client.firstName": "Ada", "client.lastName": "", "account.phone": "+1 555", "client.custom.Shoe size": "42"}

ATTACKS = [
    "{{7*7}}", "{{ 7 * 7 }}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{%if 1%}x{%endif%}", "{% debug %}", "{{config}}", "{{self}}",
    "{{request.application.__globals__}}", "{{''.__class__.__mro__[1].__subclasses__()}}", "{{client.__class__}}",
    "{{client.firstName.__class__}}", "{{client['firstName']}}", "{{client.firstName|upper}}", "{{client.firstName()}}",
    "{{client.firstName.format(client)}}", "{{lipsum.__globals__.os.popen('id').read()}}", "{{cycler.__init__.__globals__}}",
    "{{constructor.constructor('alert(1)')()}}", "{{$on.constructor('x')()}}", "{{#with client}}{{/with}}",
    "{{{client.firstName}}}",
    "{0.__class__}", "{client.first_name.__init__}", "%(client)s", "$client.firstName", "@{client.firstName}", "{{=<% %>=}}",
    "{{range.constructor(\"return 1\")()}}", "{{ ''|attr('__class__') }}", "{{client.\nfirstName}}", "{{client.firstName\x00}}",
    "{{ client . firstName }}", "{{.client.firstName}}", "{{client..firstName}}", "{{CLIENT.FIRSTNAME}}", "{{client.firstname}}",
    "{{account.settings.api_key}}", "{{vendor.settings.api_key}}", "{{env.HUB_SECRET_KEY}}", "{{secrets.api_key}}",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_ever_evaluated(attack: str) -> None:
    rendered = render(attack, VALUES).text

    assert "49" not in rendered
    assert "<class" not in rendered
    assert "Ada" not in rendered.replace("{Ada}", "")  # triple braces hold a plain token inside one pair more


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if names(attack) and "{{{" not in attack])
def test_what_looks_like_a_token_and_is_none_is_refused_by_name(attack: str) -> None:
    with pytest.raises(UnknownToken) as refused:
        check(attack, VALUES)

    assert refused.value.names == names(attack)


def test_all_unknown_tokens_are_named_at_once() -> None:
    with pytest.raises(UnknownToken, match=r"unknown token \{\{client\.shoe\}\}, \{\{x\}\}"):
        check("Hi {{client.firstName}} {{client.shoe}} {{x}} {{client.shoe}}", VALUES)


def test_a_known_token_without_a_value_is_empty_and_counted() -> None:
    rendered = render("{{client.firstName}} {{ client.lastName }}!", VALUES)

    assert (rendered.text, rendered.empty) == ("Ada !", ("client.lastName",))


def test_a_custom_field_s_name_may_hold_spaces() -> None:
    assert render("{{client.custom.Shoe size}}", VALUES).text == "42"


def test_a_value_is_put_in_once_and_never_looked_at_again() -> None:
    mallory = {"client.firstName": "{{account.phone}}", "account.phone": "+1 555"}

    assert render("{{client.firstName}}", mallory).text == "{{account.phone}}"


@given(st.text(max_size=40))
def test_a_value_stays_inside_its_place_whatever_it_is(value: str) -> None:
    values = {"client.firstName": value}

    assert json.loads(render('{"a": "{{client.firstName}}"}', values, "json").text) == {"a": value}
    assert unquote(render("{{client.firstName}}", values, "url").text) == value
    assert not set(render("{{client.firstName}}", values, "url").text) & set("/?#&= \r\n")
    assert not set(render("{{client.firstName}}", values, "xml").text) & set("<>\"'\x00")


@given(st.text(alphabet="{} \nab.{{}}", max_size=200))
def test_any_text_can_be_filled_and_checked(text: str) -> None:
    rendered = render(text, VALUES)

    assert isinstance(rendered.text, str)
    assert set(rendered.empty) <= set(names(text))


def test_a_hostile_text_costs_no_time() -> None:
    evil = "{{" * 200_000 + "a." + "b" * 200_000

    assert len(render(evil, VALUES).text) <= MAX_TEXT


def test_the_house_s_table_and_its_values_are_the_same_names() -> None:
    ada = Contact(
        id="9", first_name="Ada", last_name="Lovelace", address=Address(line1="1 Main"), custom={"Shoe size": "42"},
        assigned_user=User(id="7", first_name="Charles", last_name="Babbage"), created=datetime(2026, 1, 2, tzinfo=UTC),
    )  # fmt: skip
    values = house_values(ada, Account(id="1", company="Acme"))

    assert set(values) == {token.name for token in house_tokens(["Shoe size"])}
    assert values["client.fullName"] == "Ada Lovelace"
    assert values["client.address"] == "1 Main"
    assert values["client.assignedUser"] == "Charles Babbage"
    assert values["client.created"] == "2026-01-02"
    assert values["user.firstName"] == "Charles"
    assert values["account.company"] == "Acme"
    assert values["client.custom.Shoe size"] == "42"


def test_a_contact_of_whom_nothing_is_known_fills_every_token_with_nothing() -> None:
    values = house_values(Contact(id="9"), Account(id="1"))

    assert {name for name, value in values.items() if value} == {"client.id"}
    assert set(CLIENT) <= set(values)


def test_a_template_never_lets_its_values_out() -> None:
    bound = Template("Hi {{client.firstName}}").bind(VALUES)

    assert (str(bound), bound.render()) == ("Hi {{client.firstName}}", "Hi Ada")
    assert "Ada" not in repr(bound)
    assert bound == Template("Hi {{client.firstName}}")
