"""One model gives the form: kinds, labels, help, bounds; and the manifest that keeps it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from hub.core import AddOn, Choice, Help, Lines, Long, Options, Rich, Sealed, Secret, Settings, Template, Verbatim
from hub.core.manifest import Manifest, freeze
from hub.core.registry import discover, from_objects
from hub.core.settings import FieldSpec, fields_of, secret_names
from tests.core.postpigeon import addon


class Everything(Settings):
    plain: str
    long: Annotated[str, Long(3)] = ""
    key: Secret
    spare_key: Secret | None = None
    group: Annotated[str, Options("groups")]
    colour: Literal["red", "dark_blue"] = "red"
    plan: Annotated[str | None, Choice("plan")] = None
    loud: bool = True
    size: Annotated[int, Field(ge=1, le=9)] = 3
    ratio: float | None = None
    price: Annotated[Decimal, Field(ge=Decimal("0.01"), decimal_places=2)] = Decimal("10.00")
    body: Template = Template("x")
    rich: Annotated[Template, Rich()] = Template()
    address: Annotated[Template, Sealed()] = Template()
    files: Annotated[list[str], Choice("file")] = []
    hosts: Lines = []
    headers: dict[str, str] = {}
    exact: Annotated[str, Verbatim()] = ""
    titled: Annotated[str, Help("Ask them.", "https://help.example")] = Field(
        default="", title="Their word", max_length=10
    )


KINDS = {
    "plain": "text", "long": "long", "key": "secret", "spare_key": "secret", "group": "options", "colour": "literal",
    "plan": "choice", "loud": "toggle", "size": "number", "ratio": "number", "price": "number", "body": "template",
    "rich": "rich", "address": "secret", "files": "choices", "hosts": "lines", "headers": "table",
    "exact": "text", "titled": "text",
}  # fmt: skip


def field(name: str, *, step: bool = False) -> FieldSpec:
    return next(spec for spec in fields_of(Everything, step=step) if spec.name == name)


def test_each_type_has_its_kind_in_the_order_of_the_model() -> None:
    assert {spec.name: spec.kind for spec in fields_of(Everything)} == KINDS
    assert [spec.name for spec in fields_of(Everything)] == list(KINDS)


def test_labels_help_and_bounds_come_along() -> None:
    assert field("spare_key").label == "Spare key"
    titled = field("titled")
    assert (titled.label, titled.help, titled.href, titled.max_length) == (
        "Their word",
        "Ask them.",
        "https://help.example",
        10,
    )
    assert (field("size").minimum, field("size").maximum, field("size").default) == (1, 9, 3)
    assert field("long").rows == 3
    assert field("colour").choices == (("red", "red"), ("dark_blue", "dark blue"))
    assert (field("group").source, field("plan").source) == ("groups", "plan")
    assert field("body").default == "x"


def test_money_keeps_its_cents_in_the_manifest() -> None:
    price = field("price", step=True)

    assert (price.default, price.minimum, price.tokens) == ("10.00", 0.01, False)
    assert json.loads(json.dumps(price.default)) == "10.00", "so the manifest can be written down"


def test_only_what_has_no_default_is_required() -> None:
    assert {spec.name for spec in fields_of(Everything) if spec.required} == {"plain", "key", "group"}


def test_tokens_are_filled_in_a_step_s_texts_and_nowhere_else() -> None:
    in_step = {spec.name for spec in fields_of(Everything, step=True) if spec.tokens}

    assert in_step == {"plain", "long", "body", "rich", "address", "headers", "titled"}
    assert {spec.name for spec in fields_of(Everything) if spec.tokens} == {"body", "rich", "address"}


def test_secrets_are_known_by_name_and_never_shown() -> None:
    made = Everything(plain="p", key="s3cret-value", group="g")  # type: ignore[arg-type]

    assert secret_names(Everything) == {"key", "spare_key", "address"}
    assert "s3cret-value" not in repr(made)
    assert made.model_dump(mode="json")["key"] == "s3cret-value"  # for storage, which seals it
    assert field("key").default is None


def test_what_is_not_in_the_form_is_refused() -> None:
    with pytest.raises(ValidationError):
        Everything(plain="p", key="s3cret-value", group="g", more=1)  # type: ignore[arg-type,call-arg]


def test_lines_are_split_where_they_are_typed() -> None:
    made = Everything(plain="p", key="s3cret-value", group="g", hosts=" a \n\n b ")  # type: ignore[arg-type]

    assert made.hosts == ["a", "b"]


@pytest.mark.parametrize("item", [addon, AddOn("every", title="Every", settings=Everything), "installed"])
def test_a_manifest_comes_back_from_json_as_it_went(item: Any) -> None:
    registry = discover() if item == "installed" else from_objects([item])

    for plugin in registry.plugins.values():
        frozen = freeze(plugin)
        assert Manifest.model_validate_json(frozen.model_dump_json()) == frozen


def test_a_manifest_says_on_which_way_a_step_reaches_the_contact() -> None:
    actions = freeze(discover().plugins["mailbox_power"]).actions

    assert [action.channel for action in actions] == ["post"]


def test_a_manifest_holds_everything_a_page_needs() -> None:
    frozen = freeze(from_objects([addon]).plugins["postpigeon"])
    action = frozen.action("postpigeon.mail_card")

    assert action is not None
    assert (action.needs, action.lead_time, action.reconciles) == (("first_name", "address"), "3 business days", True)
    assert [spec.name for spec in action.fields] == ["campaign", "greeting"]
    assert action.fields[1].tokens
    assert frozen.credential_fields == ("api_key",)
    assert frozen.rate == "60 per minute"
    assert frozen.webhooks == ("card.mailed",)
    assert [(e.method, e.path, e.effect) for e in frozen.endpoints][-1] == ("POST", "/cards", "once")
    assert frozen.action("postpigeon.fax") is None


def test_a_manifest_written_by_a_later_hub_is_still_read() -> None:
    data = freeze(from_objects([addon]).plugins["postpigeon"]).model_dump(mode="json")

    assert Manifest.model_validate({**data, "invented_later": 1}).name == "postpigeon"
