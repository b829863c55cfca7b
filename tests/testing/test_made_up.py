"""What the kit makes up: numbers within their bounds, addresses that are some, and things in lists that nobody seeded."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import Field

from hub.core import AddOn, HeaderKey, MailAccount, Secret, Settings
from hub.core.settings import fields_of
from hub.testing.kit import Kit
from hub.testing.made_up import value_of
from hub.testing.proofs.bench import Bench
from tests.testing.hub_kestrel import addon as kestrel

BOUNDS = [
    (Annotated[Decimal, Field(ge=1, le=500, decimal_places=2)], "1"),
    (Annotated[Decimal, Field(gt=1, lt=500)], "2"),
    (Annotated[Decimal, Field(gt=0, lt=1)], "0.5"),
    (Annotated[Decimal, Field(le=Decimal("-2.5"))], "-2.5"),
    (Annotated[int, Field(ge=7, multiple_of=5)], 10),
    (Annotated[int, Field(lt=0)], -1),
    (Annotated[float, Field(gt=0.2, lt=0.3)], 0.25),
    (Decimal, "1"),
]


@pytest.mark.parametrize(("kind", "made"), BOUNDS, ids=[str(made) for _, made in BOUNDS])
def test_a_number_fits_its_bounds_and_can_be_written_down(kind: Any, made: object) -> None:
    class Form(Settings):
        amount: kind

    (spec,) = fields_of(Form)

    assert value_of(Form, spec) == made
    Form.model_validate({"amount": made})


def test_the_address_of_a_mail_account_is_one() -> None:
    (spec,) = [spec for spec in fields_of(MailAccount) if spec.name == "address"]

    assert value_of(MailAccount, spec) == "ada@example.com"


def test_a_wrapped_list_that_nobody_seeded_holds_three_things_by_the_vendor_s_own_names() -> None:
    with Kit(kestrel) as hub:
        assert hub.options("clubs") == {"c1": "Club 1", "c2": "Club 2", "c3": "Club 3"}


class Keys(Settings):
    api_key: Secret
    shop: str
    region: str


class simulation:
    """It says one of three."""

    SETTINGS = {"shop": "s1"}
    OPTIONS = {"mail": {"text": "Hello"}}


def test_what_a_simulation_says_is_put_on_top_of_what_is_made_up() -> None:
    made = AddOn(
        "larks", title="Larks", base_url="https://larks.example", settings=Keys, auth=HeaderKey("K", "api_key")
    )

    with Bench(made, simulation=simulation, options={"post": {"size": "1"}}) as bench:
        assert bench.settings["shop"] == "s1"
        assert bench.settings["region"] == "kit-region"
        assert bench.settings["api_key"]
        assert set(bench.given_options) == {"mail", "post"}
