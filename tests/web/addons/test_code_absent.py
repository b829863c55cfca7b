"""The catalog and every form with the plugin's code absent: drawn from the manifest that its last start left in the catalog."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

import hub.steps
from hub.addons import catalog, installed
from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.core import registry as registries
from hub.plans import changes as plans
from hub.plans import drafting, versions
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_user
from tests.testing.mutants.larkline import PACKAGE as LARKLINE
from tests.testing.planting import planted

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@dataclass(frozen=True)
class House:
    """A hub that has this add-on on.

    Attributes:
        name: of the add-on; its package is ``hub_…``.
    """

    world: World
    name: str

    @contextmanager
    def without_the_code(self) -> Iterator[None]:
        """Started again after somebody has uninstalled it: nothing of the package can be imported."""
        package = f"hub_{self.name}"
        with pytest.MonkeyPatch.context() as patch, installed.use(registries.from_objects([hub.steps.addon])):
            for module in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
                patch.setitem(sys.modules, module, None)
            catalog.sync(installed.registry())
            with pytest.raises(ImportError):
                importlib.import_module(package)
            yield


@pytest.fixture(params=["larkline", "mailbox_power", "smtp_custom"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        strange = request.param == "larkline"  # lies beside, not installed
        addon = stack.enter_context(planted(LARKLINE, None, tmp_path)) if strange else bundled(request.param)
        world = stack.enter_context(make_world(more_addons=[addon]))
        with transaction.atomic():
            addons.make_available(world.account, request.param, by=SYSTEM)
            addons.enable(world.account, request.param, by=SYSTEM)
        yield House(world, request.param)


@pytest.fixture
def browser(house: House, enter: Enter) -> Client:
    return enter(make_user(house.world.account, "owner"))


def test_the_gallery_and_the_settings_form_are_drawn_as_before(house: House, browser: Client) -> None:
    before = drawn(browser, house, f"/add-ons/{house.name}")

    with house.without_the_code():
        gallery, page = drawn(browser, house, "/add-ons"), drawn(browser, house, f"/add-ons/{house.name}")

    assert catalog.manifest(house.name).title in gallery
    assert "its package is no longer installed" in page
    assert boxes(page) == boxes(before)
    assert len(boxes(before)) > 0


def test_each_steps_form_is_drawn_as_before(house: House, browser: Client) -> None:
    actions = catalog.manifest(house.name).actions
    plan = draft_of(house.world, [action.type for action in actions])
    steps = [f"/plans/{plan.pk}/edit/steps/{step.key}" for step in drafting.steps_of(plan.versions.get())]
    before = [drawn(browser, house, path) for path in steps]

    with house.without_the_code():
        editor = drawn(browser, house, f"/plans/{plan.pk}/edit")
        after = [drawn(browser, house, path) for path in steps]

    assert [action.title for action in actions if action.title not in editor] == []
    assert [boxes(page) for page in after] == [boxes(page) for page in before]
    for action, page in zip(actions, after, strict=True):
        drawn_ones = tuple(boxes(page))  # a table has a box for each name and each value
        assert all(any(box.startswith(f"option_{field.name}") for box in drawn_ones) for field in action.fields)


def bundled(name: str) -> Any:
    """The add-on of an installed plugin."""
    return importlib.import_module(f"hub_{name}").addon


def drawn(browser: Client, house: House, path: str) -> str:
    answer = browser.get(f"/a/{house.world.account.pk}{path}")
    assert answer.status_code == 200, path
    return answer.content.decode()


def boxes(page: str) -> set[str]:
    """The names of what a person can fill in."""
    return set(re.findall(r'<(?:input|select|textarea)\b[^>]*\bname="((?:settings\.|option_)[^"]*)"', page))


def draft_of(world: World, types: list[str]) -> Any:
    """A plan that was being written when the plugin went: one step of each of its kinds."""
    wanted = [
        {"action_type": type_, "name": f"Step {n}", "options": {}, "notify": "none", "timing": {"kind": "immediately"}}
        for n, type_ in enumerate(types)
    ]
    with transaction.atomic():
        plan = plans.create_plan(world.account, "Before", by=SYSTEM)
        draft = versions.draft_for_editing(plan, by=SYSTEM)
        versions.save_draft(draft, draft.revision, wanted, by=SYSTEM)
    return plan
