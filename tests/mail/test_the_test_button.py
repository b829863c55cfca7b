"""The *Test* button of a mailbox: how far it went, which server said no, and which words an admin reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from hub_smtp_custom import addon

from hub.addons import changes as addons
from hub.addons import diagnosis, installed
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.testing import mail_faults as faults
from hub.testing.mail import MailServer
from tests.engine.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with make_world(more_addons=[addon]) as world:
        played = MailServer(world.clock.now)
        installed.outside().office = played
        with transaction.atomic():
            addons.make_available(world.account, "smtp_custom", by=SYSTEM)
            addons.enable(world.account, "smtp_custom", by=SYSTEM)
            settings = {"address": "office@icloud.com", "password": "abcd efgh"}
            addons.save_settings(world.account, "smtp_custom", settings, by=SYSTEM)
        yield played


def pressed() -> diagnosis.Diagnosis:
    connection = Connection.objects.get(addon="smtp_custom")
    found = diagnosis.examine(connection)
    diagnosis.record(connection, found, by=SYSTEM)
    return found


def test_a_good_mailbox_says_whose_it_is_and_what_it_can(mail: MailServer) -> None:
    found = pressed()

    assert found.ok
    assert {stage.name: stage.note for stage in found.stages}["sign_in"] == "office@icloud.com, sending and reading"
    assert Connection.objects.get(addon="smtp_custom").health == "ok"


@pytest.mark.parametrize(
    ("fault", "words", "health"),
    [
        (faults.wrong_password(), "refuses the user name or the password", "needs_admin"),
        (faults.certificate(), "is not good for that name", "needs_admin"),
        (faults.tls_mode(), "Choose implicit", "needs_admin"),
        (faults.refused(), "does not answer", "failing"),
    ],
)
def test_a_refusal_is_a_red_sign_in_with_the_server_s_reason(
    mail: MailServer, fault: faults.MailFault, words: str, health: str
) -> None:
    mail.fail(fault.at("sign-in"))

    found = pressed()

    assert found.first_red is not None
    assert found.first_red.name == "sign_in"
    assert words in found.sentence
    assert Connection.objects.get(addon="smtp_custom").health == health
