"""A canary in the settings, and vendors, plugins and people who hand it on in every spelling: no sink of the hub lets it out.

The steps go through the real dispatcher and the SQL ledger. Then everything that is stored, logged, printed and exported is read,
and whoever finds a crumb names the sink and the spelling.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.db import transaction

from hub.addons import changes as addons
from hub.addons import diagnosis, health, options
from hub.audit.actor import SYSTEM
from hub.audit.changes import record
from hub.cli import saying
from hub.core import AddOn, Contact, Settings, redact
from hub.db import logs
from hub.db.errors import Problem
from hub.db.fields import SealedJSONField
from hub.engine import review
from hub.engine.models import Attempt
from hub.history.models import Note
from hub.imports import reads as imports
from hub.imports.models import Import, ImportRow
from hub.notifications.models import Notification
from hub.plans.models import StepRun
from tests.core import postpigeon
from tests.engine.world import CARD, World, make_world
from tests.support.canary import CANARY, FORMS, traces
from tests.support.people import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

clumsy = AddOn("clumsy", title="Clumsy", always_on=True)


class Nothing(Settings):
    pass


@clumsy.action("stumble", Nothing, title="Stumble")
async def stumble(vendor: Any, step: Any, contact: Contact) -> None:
    """A plugin that logs what it holds and then raises it. The contact's whiteboard names the spelling."""
    logging.getLogger("some.plugin").warning("about to fail with %s", FORMS[contact.whiteboard])
    raise RuntimeError(f"could not use {FORMS[contact.whiteboard]} here")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as the server writes it."""
    logs.configure("INFO", "json")
    caught = io.StringIO()
    handler = logging.StreamHandler(caught)
    handler.setFormatter(logging.getLogger().handlers[-1].formatter)
    before = logging.getLogger().handlers[:]
    logging.getLogger().handlers[:] = [handler]
    yield caught
    logging.getLogger().handlers[:] = before


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([CARD], notify="always", more_addons=[clumsy]) as made:
        with transaction.atomic():
            values = {"api_key": CANARY, "studio": "s1"}
            addons.save_settings(made.account, "postpigeon", values, by=SYSTEM)
            made.account.refresh_from_db()
            make_user(made.account, "owner")
        yield made
    redact.forget([CANARY])


def told(status: int, form: str) -> httpx.Response:
    """A vendor that hands the spelling on where its words are read: in the error, or in the id of what it made."""
    said = FORMS[form]
    body = {"id": said, "status": "queued"} if status == 201 else {"message": f"key {said} is no good"}
    return httpx.Response(status, json=body)


def stored() -> Iterator[tuple[str, str]]:
    """Every row of every table, as its table's name and its text. What is sealed is read as it lies in the database."""
    for model in apps.get_models():
        names = [field.attname for field in model._meta.concrete_fields if not isinstance(field, SealedJSONField)]
        for row in model._default_manager.values_list(*names):
            yield model._meta.label, json.dumps(row, default=str, ensure_ascii=False)


def found_in(sinks: Any) -> list[tuple[str, str]]:
    return [(sink, spelling) for sink, text in sinks for spelling in traces(text)]


@pytest.mark.parametrize("status", [201, 400, 422])
def test_what_a_vendor_hands_on_is_stored_and_logged_without_it(world: World, log: io.StringIO, status: int) -> None:
    world.vendor.answers = [lambda request, form=form: told(status, form) for form in FORMS]
    world.enroll(len(FORMS))

    world.work_for(minutes=1)

    assert found_in([*stored(), ("log", log.getvalue())]) == []
    masked = {label for label, text in stored() if redact.MASK in text}
    assert {"history.Note", "plans.StepRun", "engine.Attempt"} <= masked
    assert status == 201 or "notifications.Notification" in masked
    assert Note.objects.filter(kind="step.done" if status == 201 else "step.failed").count() == len(FORMS)
    assert Notification.objects.exists()
    assert Attempt.objects.count() == len(FORMS)


def test_what_a_plugin_logs_and_raises_is_stored_and_logged_without_it(log: io.StringIO) -> None:
    with make_world([("clumsy.stumble", {})], notify="always", more_addons=[clumsy]) as world:
        redact.register(CANARY)
        for form in FORMS:
            world.enroll(1, whiteboard=form)

        world.work()

        assert set(StepRun.objects.values_list("state", flat=True)) == {"review"}
        assert found_in([*stored(), ("log", log.getvalue())]) == []
        assert log.getvalue().count("about to fail with") == len(FORMS)
        assert all(redact.MASK in json.dumps(run.result, ensure_ascii=False) for run in StepRun.objects.all())
    redact.forget([CANARY])


def test_a_refused_key_a_test_and_a_list_tell_nothing_of_it(world: World) -> None:
    connection = world.connection()
    for form in FORMS:
        world.vendor.answers = [lambda request, form=form: told(403, form)]
        said = diagnosis._signed_in(connection, postpigeon.addon.hub_addon(), [])
        world.vendor.answers = [
            lambda request, form=form: httpx.Response(200, json=[{"id": "s1", "name": FORMS[form]}])
        ]
        entries = options.load(connection, "studios", refresh=True)
        health.set_health(connection.pk, "failing", f"It said {FORMS[form]}", by=SYSTEM)

        shown = [said.sentence, *(stage.note for stage in said.stages), *(label for _value, label in entries.entries)]
        assert found_in([*stored(), ("test and list", "\n".join(shown))]) == []
        assert redact.MASK in said.sentence
        assert redact.MASK in entries.entries[0][1]
        assert redact.MASK in world.connection().health_note


def test_what_people_are_told_and_take_away_tells_nothing_of_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    redact.register(CANARY)
    for form, run in zip(FORMS, world.enroll(len(FORMS)), strict=True):
        StepRun.objects.filter(pk=run.pk).update(state="review")
        with transaction.atomic():
            review.resolve(world.account.pk, run.pk, False, by=SYSTEM, reason=f"I asked, {FORMS[form]} is known there")
            record("looked_at", "key", FORMS[form], by=SYSTEM, data={"text": FORMS[form], FORMS[form]: [FORMS[form]]})
        saying.say(f"doctor: {FORMS[form]}")
        saying.complain(FORMS[form])
        problem = Problem("Not that.", FORMS[form], f"Try {FORMS[form]}", fields={"key": FORMS[form]})
        printed = capsys.readouterr()
        sinks = {
            "doctor": printed.out, "complaint": printed.err, "problem": f"{problem.sentence} {problem.fields}",
            "csv of problems": "".join(imports.problems_csv(upload_with(world, FORMS[form]))),
        }  # fmt: skip
        run.refresh_from_db()

        assert found_in(sinks.items()) == []
        assert [sink for sink, text in sinks.items() if redact.MASK not in text] == []
        assert redact.MASK in run.hold_detail
    assert found_in((label, text) for label, text in stored() if label != "imports.ImportRow") == []
    assert {"history.Note", "audit.AuditRow"} <= {label for label, text in stored() if redact.MASK in text}


def upload_with(world: World, text: str) -> Import:
    """An import that has come to an end with one row nobody could read. What people upload is theirs and is kept as it came."""
    upload = Import.objects.create(account=world.account, kind="csv", created_at=world.clock.now())
    ImportRow.objects.create(of=upload, line=2, outcome="broken", problem=text, raw=f"Ada,{text}")
    return upload
