"""From stored JSON to a plugin's arguments: checked, filled, registered for redaction."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, SecretStr, field_validator

from hub.core import Account, Contact, Secret, Settings, Template, Token, TokenSet, Verbatim, redact
from hub.dispatch import binding
from hub.dispatch.binding import BadSettings


class Keys(Settings):
    api_key: Secret
    studio: str = "main"


class Mail(Settings):
    greeting: str = "Hi {{client.firstName}}"
    raw: Annotated[str, Verbatim()] = "{{client.firstName}}"
    body: Template = Template("")
    extra: dict[str, str] = {}
    copies: int = 1


ADA = Contact(id="7", first_name="Ada", custom={"Shoe size": "38"})
OFFICE = Account(id="1", phone="555")


def filled(options: dict[str, object], contact: Contact = ADA) -> tuple[Mail, tuple[str, ...]]:
    step, empty = binding.step(Mail, options, lambda _: binding.values(contact, OFFICE))
    assert isinstance(step, Mail)
    return step, empty


def test_a_secret_is_known_to_the_redactor_from_now_on() -> None:
    keys = binding.settings(Keys, {"api_key": "very-secret-9"})
    try:
        assert keys.api_key.get_secret_value() == "very-secret-9"
        assert redact.text("key very-secret-9!") == "key •••!"
    finally:
        redact.forget(["very-secret-9"])


@pytest.mark.parametrize("data", [{}, {"api_key": "x", "more": 1}, {"api_key": 5}, {"api_key": "x", "studio": []}])
def test_settings_that_do_not_fit_say_where_and_not_what(data: dict[str, object]) -> None:
    with pytest.raises(BadSettings) as refusal:
        binding.settings(Keys, data)

    assert "Api key" in str(refusal.value) or "more" in str(refusal.value) or "Studio" in str(refusal.value)


class Address(Settings):
    url: Annotated[str, Field(title="URL")] = ""

    @field_validator("url")
    @classmethod
    def begins_well(cls, given: str) -> str:
        if not given.startswith("https://"):
            raise ValueError("The address must begin with https://.")
        return given


def test_the_refusal_names_the_field_as_its_form_does_and_can_stand_within_a_sentence() -> None:
    with pytest.raises(BadSettings) as refusal:
        binding.step(Address, {"url": "gopher://example.com"}, lambda _: {})

    assert str(refusal.value) == "URL: The address must begin with https://"


def test_a_wrong_secret_is_not_repeated_in_the_refusal() -> None:
    with pytest.raises(BadSettings) as refusal:
        binding.settings(Keys, {"api_key": ["very-secret-9"]})

    assert "very-secret-9" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_tokens_are_filled_where_they_may_stand() -> None:
    step, empty = filled({"extra": {"size": "{{client.custom.Shoe size}}"}, "body": "{{client.firstName}}"})

    assert step.greeting == "Hi Ada"
    assert step.raw == "{{client.firstName}}"
    assert step.extra == {"size": "38"}
    assert step.body.render("json") == "Ada"
    assert empty == ()


def test_what_is_empty_is_reported_once() -> None:
    _, empty = filled({"greeting": "{{client.email}} {{client.email}} {{client.city}}"})

    assert empty == ("client.email", "client.city")


def test_a_value_is_put_in_once_and_never_looked_at_again() -> None:
    step, _ = filled({}, ADA.model_copy(update={"first_name": "{{account.phone}}"}))

    assert step.greeting == "Hi {{account.phone}}"


def test_a_plugin_may_fill_only_its_own_tokens() -> None:
    tokens = TokenSet((Token("pigeon.size", "Size"),), lambda c, a: {"pigeon.size": 38, "client.firstName": "Eve"})  # type: ignore[dict-item]

    values = binding.values(ADA, OFFICE, (tokens,))

    assert (values["pigeon.size"], values["client.firstName"]) == ("38", "Ada")


class Hook(Settings):
    url: Secret

    @field_validator("url")
    @classmethod
    def _judged(cls, url: SecretStr) -> SecretStr:
        raise ValueError(f"no hook is at {url.get_secret_value()}")


def test_a_secret_of_a_step_is_shown_nowhere_from_the_moment_it_is_judged() -> None:
    try:
        with pytest.raises(BadSettings) as refused:
            binding.step(Hook, {"url": "https://hooks.example/very-secret-8"}, lambda _: {})

        assert str(refused.value) == "Url: no hook is at https://hooks.example/•••"
    finally:
        redact.forget(["https://hooks.example/very-secret-8"])
