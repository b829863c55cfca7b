"""The catalog: drawn from data, whatever the plugins are doing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.accounts.models import Account
from hub.addons import catalog, changes, connections, forms
from hub.addons.models import Connection, Manifest
from hub.addons.wording import Reason
from hub.audit.actor import SYSTEM
from hub.core import AddOn, Settings
from hub.core.manifest import freeze
from hub.core.registry import Registry, Source, Trouble, discover, from_objects
from tests.addons.world import ADMIN
from tests.core import postpigeon
from tests.core.distributions import Shelf, shelf


def test_a_start_writes_down_every_loaded_plugin(catalogued: Registry) -> None:
    row = Manifest.objects.get(addon="postpigeon")

    assert row.loaded
    assert row.title == "PostPigeon"
    manifest = catalog.manifest("postpigeon")
    assert manifest is not None
    assert [field.name for field in manifest.fields] == ["api_key", "studio"]


def test_a_plugin_that_is_gone_stays_on_the_page_with_the_reason(on: Account, catalogued: Registry) -> None:
    found = catalog.sync(Registry())

    assert found.broken == {"postpigeon": catalog.GONE}
    entry = catalog.entry(on, "postpigeon")
    assert entry is not None
    assert entry.manifest.title == "PostPigeon"
    assert entry.state.reason is Reason.PLUGIN_MISSING
    assert entry.state.detail == catalog.GONE


def test_a_plugin_that_comes_back_runs_on_with_its_old_settings(on: Account, catalogued: Registry) -> None:
    catalog.sync(Registry())
    catalog.sync(catalogued)

    assert connections.state_of(on, "postpigeon").active


def test_a_plugin_that_never_loaded_is_a_line_too(db: None) -> None:
    trouble = Trouble(Source("broken", "hub-broken", "1.0"), "its import failed: AssertionError")

    catalog.sync(Registry(troubles=(trouble,)))

    row = Manifest.objects.get(addon="broken")
    assert not row.loaded
    assert row.reason == "its import failed: AssertionError"
    assert catalog.manifest("broken") is not None


def test_each_add_on_of_a_broken_package_has_its_own_reason(on: Account) -> None:
    Manifest.objects.update(distribution="hub-postpigeon")
    troubles = [Trouble(Source(name, "hub-postpigeon", "2"), f"{name} is broken") for name in ("crow", "postpigeon")]

    catalog.sync(Registry(troubles=tuple(troubles)))

    assert dict(Manifest.objects.values_list("addon", "reason")) == {
        "crow": "crow is broken",
        "postpigeon": "postpigeon is broken",
    }


def test_an_entry_point_that_is_called_otherwise_than_its_add_on_speaks_for_it(on: Account) -> None:
    Manifest.objects.update(distribution="hub-pigeons")
    trouble = Trouble(Source("pigeons", "hub-pigeons", "2"), "its import failed")

    catalog.sync(Registry(troubles=(trouble,)))

    assert Manifest.objects.get(addon="postpigeon").reason == "its import failed"


@pytest.fixture
def broken_package(tmp_path: Path) -> Iterator[Shelf]:
    """An installed package that does not load, and that holds the forms of its add-on as data."""
    with shelf(tmp_path) as packages:
        packages.put("postpigeon", "raise RuntimeError('broken')")
        manifest = freeze(from_objects([postpigeon.addon]).plugins["postpigeon"]).model_dump(mode="json")
        (tmp_path / "hub_postpigeon-1.0.dist-info" / "hub_manifest.json").write_text(
            json.dumps({"postpigeon": manifest})
        )
        yield packages


def test_a_plugin_that_never_loaded_has_all_its_forms_from_its_package(branch: Account, broken_package: Shelf) -> None:
    catalog.sync(discover())
    changes.make_available(branch, "postpigeon", by=SYSTEM)

    entry = catalog.entry(branch, "postpigeon")

    assert entry is not None
    assert entry.state.reason is Reason.PLUGIN_MISSING
    assert entry.manifest.title == "PostPigeon"
    assert [field.spec.label for field in forms.settings_form(entry.manifest, None)] == ["Api key", "Studio"]
    step = forms.step_form(entry.manifest, "postpigeon.mail_card", None, {})
    assert [field.spec.name for field in step] == ["campaign", "greeting"]


def test_no_package_speaks_for_an_add_on_that_another_brought(on: Account, broken_package: Shelf) -> None:
    Manifest.objects.update(distribution="the-true-postpigeon", version="7")

    catalog.sync(discover())

    row = Manifest.objects.get(addon="postpigeon")
    assert (row.distribution, row.version, row.loaded) == ("the-true-postpigeon", "7", False)


def test_the_gallery_lists_what_is_available_and_finds_it_by_its_earlier_name(
    branch: Account, catalogued: Registry
) -> None:
    assert catalog.for_account(branch) == []
    changes.make_available(branch, "postpigeon", by=SYSTEM)
    Manifest.objects.update(data={**Manifest.objects.get().data, "aliases": ["Carrier Dove"]})

    assert [entry.manifest.name for entry in catalog.for_account(branch, "dove carrier")] == ["postpigeon"]
    assert catalog.for_account(branch, "albatross") == []


def test_the_editor_offers_the_kinds_of_step_that_are_on_here_and_no_others(
    branch: Account, catalogued: Registry
) -> None:
    changes.make_available(branch, "postpigeon", by=SYSTEM)
    assert catalog.action_types(branch) == []

    changes.enable(branch, "postpigeon", by=ADMIN)

    assert [action.type for action in catalog.action_types(branch)] == ["postpigeon.mail_card"]


def test_a_new_version_that_asks_for_more_marks_old_settings_as_incomplete(on: Account) -> None:
    class More(postpigeon.Account):
        region: str

    newer = AddOn("postpigeon", title="PostPigeon", settings=More)

    catalog.sync(from_objects({"postpigeon": newer}))

    assert not Connection.objects.get().complete
    assert connections.state_of(on, "postpigeon").reason is Reason.INCOMPLETE


def test_an_add_on_that_asks_for_nothing_is_complete_at_once(branch: Account) -> None:
    from hub.addons import installed

    plain = from_objects({"plain": AddOn("plain", title="Plain", settings=Settings)})
    with installed.use(plain):
        catalog.sync(plain)
        changes.make_available(branch, "plain", by=SYSTEM)
        changes.enable(branch, "plain", by=ADMIN)

    assert connections.state_of(branch, "plain").active
