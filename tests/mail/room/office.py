"""A hub whose account sends through a mailbox; a played mail server stands at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from hub_smtp_custom import addon

from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.mail.models import Mailbox, SentMail
from hub.plans.models import StepRun
from hub.testing.mail import MailServer
from hub.users.models import User
from tests.engine.world import World, make_plan, make_world
from tests.mail.test_through_the_hub import MAILBOX, connect
from tests.support.people import make_user

WELCOME = {"subject": "Welcome {{client.firstName}}", "text": "Hello {{client.firstName}}"}
SEND = ("mail.send", WELCOME)


@dataclass
class Office:
    """The world, its mail server, and what the mail room wrote down."""

    world: World
    mail: MailServer

    def plan(self, **options: Any) -> None:
        """The plan becomes one of a single mail."""
        with transaction.atomic():
            self.world.plan = make_plan(self.world.account, [("mail.send", {**WELCOME, **options})], (), "none")

    def enroll(self, email: str = "ada@example.com", **values: Any) -> StepRun:
        return self.world.enroll(1, email=email, **values)[0]

    def after(self, run: StepRun, **span: float) -> StepRun:
        """Let time pass, and read the row anew."""
        self.world.clock.advance(**span)
        self.world.work()
        run.refresh_from_db()
        return run

    def sent(self, run: StepRun) -> SentMail:
        return SentMail.objects.get(run_id=run.pk)

    def mailbox(self, user: User | None = None, settings: Mapping[str, Any] = MAILBOX, **values: Any) -> Mailbox:
        """A connected mailbox: the account's own, or a person's."""
        if user is None:
            connect(self.world, dict(settings))
            row = Connection.objects.get(account=self.world.account, addon="smtp_custom", user=None)
        else:
            row = self.connection_of(user, settings)
        usual: dict[str, Any] = {
            "mailer": "smtp_custom.mail", "address": settings["address"], "enabled": True, "is_default": user is None,
            "changed_at": self.world.clock.now(),
        }  # fmt: skip
        return Mailbox.objects.create(account=self.world.account, user=user, connection=row, **usual | values)

    def connection_of(self, user: User, settings: Mapping[str, Any]) -> Connection:
        with transaction.atomic():
            addons.make_available(self.world.account, "smtp_custom", by=SYSTEM)
            addons.enable(self.world.account, "smtp_custom", by=SYSTEM, user=user.pk)
            addons.save_settings(self.world.account, "smtp_custom", dict(settings), by=SYSTEM, user=user.pk)
        return Connection.objects.get(account=self.world.account, addon="smtp_custom", user=user)

    def person(self, name: str) -> User:
        return make_user(self.world.account, username=name.lower())


@contextmanager
def make_office() -> Iterator[Office]:
    """An account without a mailbox, and a plan of one mail."""
    with make_world(more_addons=[addon]) as world:
        mail = MailServer(world.clock.now)
        world.runner._outside.office = mail
        made = Office(world, mail)
        made.plan()
        yield made
