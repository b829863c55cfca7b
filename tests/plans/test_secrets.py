"""What is secret in a step's settings lies sealed, follows the step wherever it goes, and opens nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from cryptography.fernet import Fernet
from django.test import override_settings

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons import catalog, installed
from hub.core import AddOn, Sealed, Secret, Settings, Template, redact
from hub.core.outcomes import Done
from hub.core.registry import Registry, from_objects
from hub.db import clock, rotation
from hub.plans import changes, drafting, loading, preview, readable, secrets, versions
from hub.plans.checking import PlanProblems
from hub.plans.models import Plan, PlanStep, PlanVersion
from tests.plans.company import ADA, FRIDAY, contact, draft_of, note_step
from tests.support.canary import CANARY

pytestmark = pytest.mark.django_db


class Plain(Settings):
    """A step as an old version of its plugin declared it."""

    url: str = ""
    word: str = ""


class Filled(Settings):
    """The same, where the address takes tokens."""

    url: Annotated[Template, Sealed()] = Template()
    word: str = ""


class Kept(Settings):
    """The same step, after its author learned that the address is a key."""

    url: Secret | None = None
    word: str = ""


def doors(form: type[Settings]) -> Registry:
    addon = AddOn("doors", title="Doors", always_on=True)

    @addon.action("open", form, title="Open a door")
    async def open_(vendor: Any, step: Any, contact: Any) -> Done:
        return Done()

    return from_objects([addon])


@pytest.fixture
def account(db: None) -> Iterator[Account]:
    loading.forget()
    with clock.use(clock.VirtualClock(FRIDAY)), installed.use(doors(Kept)) as registry:
        made = accounts.create("Denver", by=ADA)
        catalog.sync(registry)
        yield made
    loading.forget()
    redact.forget([CANARY])


def door(**options: Any) -> dict[str, Any]:
    return {"action_type": "doors.open", "name": "Open", "options": {"url": CANARY, "word": "please", **options}}


def plan_with(account: Account, *steps: dict[str, Any]) -> Plan:
    plan = changes.create_plan(account, "Welcome", by=ADA)
    versions.save_draft(draft_of(plan), 0, steps or (door(),), by=ADA)
    return plan


def row_of(version: PlanVersion) -> PlanStep:
    return version.steps.select_related("version__plan").get()


def blob_of(version: PlanVersion) -> str:
    return str(row_of(version).secrets.blob)


def test_a_secret_lies_sealed_and_the_draft_reads_it_back(account: Account) -> None:
    draft = draft_of(plan_with(account))

    row = row_of(draft)

    assert row.options == {"word": "please"}
    assert repr(row.secrets) == "<Sealed>"
    assert CANARY not in row.secrets.blob
    assert drafting.steps_of(draft)[0].options == {"url": CANARY, "word": "please"}


def test_the_same_steps_again_are_no_change_although_they_would_be_sealed_anew(account: Account) -> None:
    draft = draft_of(plan_with(account))
    before = blob_of(draft)

    again = versions.save_draft(draft, 0, drafting.steps_of(draft), by=ADA)

    assert again.revision == 1
    assert blob_of(draft) == before


def test_each_version_and_each_copy_is_sealed_for_itself(account: Account) -> None:
    plan = plan_with(account)
    ready = versions.make_ready(draft_of(plan), 1, by=ADA)
    other = accounts.create("Elsewhere", by=ADA)

    found = [ready, draft_of(plan), changes.copy_plan(plan, by=ADA).versions.get()]
    found.append(changes.copy_plan(plan, by=ADA, into=other).versions.get())

    assert [drafting.steps_of(each)[0].options["url"] for each in found] == [CANARY] * 4
    assert len({blob_of(each) for each in found}) == 4


@pytest.mark.parametrize("where", ["another step", "another account"])
def test_what_was_moved_to_another_place_does_not_open(account: Account, where: str) -> None:
    plan = plan_with(account)
    row = row_of(draft_of(plan))

    if where == "another step":
        other = row_of(draft_of(plan_with(account, door(url="another-key-at-all"))))
        PlanStep.objects.filter(pk=other.pk).update(secrets=PlanStep.objects.get(pk=row.pk).__dict__["secrets"])
        row = other
    else:
        Plan.objects.filter(pk=plan.pk).update(account=accounts.create("Elsewhere", by=ADA))

    with pytest.raises(secrets.KeyLost, match="“Open” keeps secret cannot be opened"):
        drafting.steps_of(PlanVersion.objects.get(pk=row.version_id))


def test_a_preview_fills_the_step_and_shows_nothing_of_its_secret(account: Account) -> None:
    plan = plan_with(account)

    (told,) = preview.of(draft_of(plan), contact(account), FRIDAY).steps

    assert told.ok
    assert {field.name: field.text for field in told.fields} == {"url": readable.HIDDEN, "word": "please"}


def test_of_a_kind_that_nobody_describes_everything_is_kept_secret(account: Account) -> None:
    step = {"action_type": "strangers.call", "name": "Call", "options": {"key": CANARY, "empty": ""}}

    draft = draft_of(plan_with(account, step))

    assert row_of(draft).options == {"empty": ""}
    assert drafting.steps_of(draft)[0].options == {"key": CANARY, "empty": ""}


def test_what_lay_open_before_the_plugin_called_it_a_secret_is_sealed_at_the_next_start(account: Account) -> None:
    with installed.use(doors(Plain)) as registry:
        catalog.sync(registry)
        plan = plan_with(account)
        versions.make_ready(draft_of(plan), 1, by=ADA)
        ready, draft = plan.versions.get(), draft_of(plan)
        assert row_of(ready).options == {"url": CANARY, "word": "please"}
    catalog.sync(installed.registry())

    assert (secrets.seal_what_lies_open(), secrets.seal_what_lies_open()) == (2, 0)

    for version in (ready, draft):
        assert row_of(version).options == {"word": "please"}
        assert drafting.steps_of(version)[0].options == {"url": CANARY, "word": "please"}
    assert "doors" not in secrets.fields_of(["desk.note"])


ADDRESS = "https://chat.example.com/services/T0123/{{client.firstName}}?key=4f9d2c7a1b8e"


def test_an_address_with_tokens_is_sealed_and_a_preview_shows_its_host(account: Account) -> None:
    with installed.use(doors(Filled)) as registry:
        catalog.sync(registry)
        draft = draft_of(plan_with(account, door(url=ADDRESS)))

        (told,) = preview.of(draft, contact(account), FRIDAY).steps

    assert row_of(draft).options == {"word": "please"}
    assert drafting.steps_of(draft)[0].options["url"] == ADDRESS
    assert told.ok, told.problems
    assert {field.name: field.text for field in told.fields}["url"] == f"https://chat.example.com/{readable.HIDDEN}"
    redact.forget([ADDRESS])


def test_a_token_that_is_not_known_is_found_in_a_sealed_address_too(account: Account) -> None:
    with installed.use(doors(Filled)) as registry:
        catalog.sync(registry)

        with pytest.raises(PlanProblems) as refused:
            plan_with(account, door(url=ADDRESS.replace("firstName", "frstName")))

    assert "client.firstName" in refused.value.problems[0].sentence
    assert "4f9d2c7a1b8e" not in str(refused.value.problems)


def test_a_field_that_is_no_secret_any_more_is_still_read(account: Account) -> None:
    draft = draft_of(plan_with(account))
    with installed.use(doors(Plain)) as registry:
        catalog.sync(registry)

        (step,) = drafting.steps_of(draft)
        versions.save_draft(draft, 1, [step, note_step()], by=ADA)

        assert step.options == {"url": CANARY, "word": "please"}
        assert draft.steps.first().options == {"url": CANARY, "word": "please"}


def test_a_rotation_moves_it_and_a_lost_key_is_told_with_who_has_it(account: Account) -> None:
    draft, fresh = draft_of(plan_with(account)), Fernet.generate_key().decode()
    before, keys = blob_of(draft), rotation.sealing.settings.HUB_SECRET_KEYS

    with override_settings(HUB_SECRET_KEYS=(fresh, *keys)):
        rotated = rotation.rotate_keys()
        assert rotated.finished
        assert blob_of(draft) != before
    with override_settings(HUB_SECRET_KEYS=(fresh,)):
        assert drafting.steps_of(draft)[0].options["url"] == CANARY
    with pytest.raises(secrets.KeyLost, match="An operator can give the old key back"):
        drafting.steps_of(draft)
    told = preview.of(draft, contact(account), FRIDAY).steps[0]
    assert not told.ok
    assert "give the old key back" in told.problems[0]
