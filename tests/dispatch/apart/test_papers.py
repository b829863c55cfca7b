"""What the host knows of a plugin that it never imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hub_clubready
import hub_gmail
import hub_mailbox_power
import hub_outlook
import hub_outlook.smtp
import hub_smtp_custom
import hub_zapier
import pytest
from pydantic import ValidationError

from hub import steps
from hub.core import Account, DeclarationError, HeaderKey, NeedsAdmin, SetSalesCycle
from hub.core.manifest import freeze
from hub.core.registry import from_objects
from hub.core.settings import fields_of, secret_names
from hub.dispatch.apart.papers import papers_of
from hub.dispatch.apart.passage import Passage
from hub.dispatch.apart.rebuilding import rebuilt
from tests.dispatch.apart.behind import HEAD, MAIL, Behind, imported
from tests.dispatch.rig import ADA
from tests.testing import hub_aviary, hub_kestrel, hub_postpigeon

Make = Callable[..., Behind]

ADDONS = [hub_mailbox_power.addon, hub_clubready.addon, hub_gmail.addon, hub_outlook.addon, hub_outlook.smtp.addon,
          hub_smtp_custom.addon, hub_zapier.addon, steps.addon,
          hub_aviary.addon, hub_kestrel.addon, hub_postpigeon.addon]  # fmt: skip


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_every_screen_draws_the_same_from_what_was_rebuilt(addon: object) -> None:
    plugin = from_objects({"it": addon}).plugins[addon.name]  # type: ignore[attr-defined]
    written = papers_of(plugin).model_dump(mode="json")

    again = from_objects({"it": rebuilt(written, Passage(None, "it"))})  # type: ignore[arg-type]  # no door is needed to look

    assert not again.troubles
    assert freeze(again.plugins[plugin.info.name]) == freeze(plugin)


def test_the_host_imports_nothing_of_the_plugin(behind: Make) -> None:
    stage = behind(HEAD, MAIL)

    assert stage.plugin.info.title == "Pigeon"
    assert stage.once().note == "Card card-1 is on its way"
    assert not imported("away_pigeon")


def test_declarations_come_home_with_their_meanings(behind: Make) -> None:
    code = """
        addon.errors[402] = NeedsAdmin
        addon.tokens(TokenSet((Token("pigeon.loft", "Loft"),), lambda contact, account: {"pigeon.loft": "east"}))

        @addon.action("file", Keys, title="File", changes=[SetSalesCycle], needs=["email"], lead_time="2-5 business days",
                      channel="post")
        async def file(vendor, step, contact):
            return Done()
    """
    plugin = behind(HEAD, code).plugin

    assert plugin.info.auth == HeaderKey("X-Key", "api_key")
    assert plugin.info.errors == {402: NeedsAdmin}
    assert secret_names(plugin.info.settings) == {"api_key"}
    assert [(one.method, one.path, one.effect and one.effect.kind) for one in plugin.info.endpoints] == [
        ("POST", "/cards", "once"),
        ("GET", "/cards", None),
    ]
    (action,) = plugin.actions
    assert (action.changes, action.needs, str(action.lead_time)) == ((SetSalesCycle,), ("email",), "2–5 business days")
    assert action.channel == "post"
    assert plugin.tokens[0].values(ADA, Account(id="1")) == {"pigeon.loft": "east"}


def test_a_plugin_that_does_not_load_is_listed_with_its_own_reason(behind: Make) -> None:
    stage = behind("raise RuntimeError('not today')")

    (trouble,) = stage.registry.troubles
    assert trouble.reason == "its import failed: RuntimeError: not today (away_pigeon.py, line 1)"


def test_a_plugin_that_ends_its_process_is_listed(behind: Make) -> None:
    stage = behind("import os; os._exit(7)")

    (trouble,) = stage.registry.troubles
    assert "it ended with status 7" in trouble.reason


def test_a_credential_of_its_own_making_is_refused_with_what_to_do(behind: Make) -> None:
    code = """
        from hub.core import AddOn
        from hub.core.auth import Signed

        class Magic:
            fields, url_is_secret = (), False
            def sign(self, settings):
                return Signed({}, {})

        addon = AddOn("pigeon", title="Pigeon", base_url="https://api.pigeon.test", auth=Magic())
    """
    (trouble,) = behind(code).registry.troubles

    assert "signed by a class of its own (Magic)" in trouble.reason
    assert "HUB_PLUGIN_TRUSTED" in trouble.reason


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"auth": "Magic"}, KeyError),
        ({"base_url": "ftp://vendor.example"}, DeclarationError),
        ({"actions": [{"type": "no type"}]}, ValidationError),
        ({"more": 1}, ValidationError),
    ],
    ids=str,
)
def test_papers_that_say_what_none_may_say_are_refused(wrong: dict[str, object], refusal: type[Exception]) -> None:
    plugin = from_objects({"it": hub_mailbox_power.addon}).plugins["mailbox_power"]
    written = papers_of(plugin).model_dump(mode="json")

    with pytest.raises(refusal):
        rebuilt({**written, **wrong}, Passage(None, "it"))  # type: ignore[arg-type]


def test_forms_look_the_same_and_are_checked_by_the_plugin_s_own_code(behind: Make) -> None:
    code = """
        from typing import Literal
        from decimal import Decimal
        from pydantic import Field

        class Wish(Settings):
            seats: Annotated[int, Field(ge=1, le=9), Help("How many.")] = 1
            price: Decimal | None = None
            kind: Literal["box", "stalls"] = "box"
            words: Template = Template("")
            door: Annotated[Template, Sealed()] = Template("")
            rows: Lines = []
            extra: dict[str, str] = {}
            loud: bool = False

            @field_validator("seats")
            @classmethod
            def even(cls, value):
                if value % 2 and value > 1:
                    raise ValueError("only pairs are sold")
                return value

        @addon.action("wish", Wish, title="Wish")
        async def wish(vendor, step, contact):
            told = f"{step.kind} {step.words.render()} {step.door.render()} {step.rows} {step.extra} {step.loud}"
            return Done(f"{step.seats} {step.price!r} {told}")
    """
    stage = behind(HEAD, code)
    model = stage.plugin.actions[0].settings

    assert [(spec.name, spec.kind) for spec in fields_of(model, step=True)] == [
        ("seats", "number"), ("price", "number"), ("kind", "literal"), ("words", "template"), ("door", "secret"),
        ("rows", "lines"), ("extra", "table"), ("loud", "toggle"),
    ]  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"seats": 3, "kind": "roof"})
    told = {error["loc"]: (error["type"], error["msg"]) for error in refused.value.errors()}
    assert told[("seats",)] == ("value_error", "Value error, only pairs are sold")
    assert told[("kind",)][0] == "literal_error"

    options = {
        "seats": "4",
        "price": "1.10",
        "words": "Hi {{client.firstName}}",
        "door": "{{client.firstName}}-door-4711",
        "rows": "a\nb",
        "extra": {"x": "{{client.firstName}}"},
    }
    run = stage.once("pigeon.wish", options=options)
    assert run.note == "4 Decimal('1.10') box Hi Ada Ada••• ['a', 'b'] {'x': 'Ada'} False"


def test_the_child_starts_light() -> None:
    code = (
        "import sys; import hub.dispatch.apart.child; "
        "heavy = 'django hub.db aiohttp httpx redis hub.dispatch.live hub.dispatch.apart.door'.split(); "
        "print([name for name in heavy if name in sys.modules])"
    )
    root = Path(steps.__file__).parents[2]

    said = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"
