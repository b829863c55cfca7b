"""What the plan editor is told about a step's options."""

from __future__ import annotations

import pytest

from hub.accounts.models import Account
from hub.addons import catalog, changes, health, installed, steps
from hub.addons.models import Connection, OptionsCache
from hub.audit.actor import SYSTEM
from hub.core.registry import Registry, from_objects
from hub.db import clock
from tests.addons.world import ADMIN

MAIL = "postpigeon.mail_card"


def test_good_options_come_back_clean_with_their_defaults(on: Account) -> None:
    answer = steps.check(on, MAIL, {"campaign": " c1 "})

    assert answer.ok
    assert answer.clean == {"campaign": "c1", "greeting": "Hi {{client.firstName}}"}
    assert answer.warnings == ()


def test_all_problems_are_told_at_once_each_with_its_field(on: Account) -> None:
    answer = steps.check(on, MAIL, {"campaign": "", "greeting": "Dear {{client.shoeSize}}", "size": 3})

    assert dict(answer.problems) == {
        "campaign": "Choose one.",
        "greeting": "There is no token {{client.shoeSize}}. Choose one from the list of tokens.",
        "size": "This add-on has no such field.",
    }
    assert answer.clean == {}


def test_a_text_cleared_on_purpose_stays_empty(on: Account) -> None:
    assert steps.check(on, MAIL, {"campaign": "c1", "greeting": ""}).clean["greeting"] == ""


def test_the_account_s_own_table_of_tokens_decides_when_it_is_given(on: Account) -> None:
    options = {"campaign": "c1", "greeting": "{{client.custom.Shoe size}}"}

    assert steps.check(on, MAIL, options).ok
    assert not steps.check(on, MAIL, options, known_tokens={"client.firstName"}).ok


def test_a_kind_of_step_that_nobody_claims_is_a_problem_of_the_step(on: Account) -> None:
    answer = steps.check(on, "faxmachine.send", {})

    assert [name for name, _sentence in answer.problems] == [""]
    assert "faxmachine.send" in answer.problems[0][1]


def test_a_plugin_that_is_gone_is_told_as_such(on: Account) -> None:
    from hub.addons import installed

    catalog.sync(Registry())
    with installed.use(Registry()):
        answer = steps.check(on, MAIL, {"campaign": "c1"})

    assert "PostPigeon" in answer.problems[0][1]


def test_an_add_on_that_is_off_is_a_problem_and_a_refused_key_only_a_warning(on: Account) -> None:
    health.set_health(Connection.objects.get().pk, "needs_admin", by=SYSTEM)
    warned = steps.check(on, MAIL, {"campaign": "c1"})
    changes.disable(on, "postpigeon", by=ADMIN)
    off = steps.check(on, MAIL, {"campaign": "c1"})

    assert warned.ok
    assert "refuses" in warned.warnings[0][1]
    assert not off.ok


def test_a_choice_that_the_vendor_no_longer_lists_is_a_warning(on: Account) -> None:
    OptionsCache.objects.create(
        connection=Connection.objects.get(), name="campaigns", data=[["c1", "Spring"]], fetched_at=clock.now(),
        tried_at=clock.now(),
    )  # fmt: skip

    assert steps.check(on, MAIL, {"campaign": "c1"}).warnings == ()
    assert [name for name, _ in steps.check(on, MAIL, {"campaign": "c9"}).warnings] == ["campaign"]


@pytest.mark.parametrize(
    "url", ["https://localhost/x", "http://10.0.0.8/", "https://a.example:8443/{{client.firstName}}"]
)
def test_an_address_that_could_never_be_called_is_told_before_the_plan_runs(branch: Account, url: str) -> None:
    from hub import steps as built_in

    with installed.use(from_objects([built_in.addon])) as registry:
        catalog.sync(registry)
        answer = steps.check(branch, "steps.webhook", {"url": url})
        outside = steps.check(branch, "steps.webhook", {"url": "https://a.example/{{client.firstName}}"})

    assert [name for name, _sentence in answer.problems] == ["url"]
    assert answer.problems[0][1].startswith("This cannot be called: ")
    assert outside.problems == ()
