"""A contact on a plan that has written to them, and a mailbox into which letters come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from hub.history import wording
from hub.history.models import Note
from hub.mail.models import Mailbox, SentMail
from hub.mail.reading import keeping
from hub.mail.reading.keeping import Kept
from hub.plans.models import Enrollment, StepRun
from hub.plans.rules import PlanRules, dump
from tests.engine.world import World
from tests.mail.reading.letters import letter


@dataclass
class Room:
    """A contact on a plan that has written to them, and a mailbox."""

    world: World
    mailbox: Mailbox
    run: StepRun
    sent: SentMail

    def reads(self, content: bytes, mailbox: Mailbox | None = None, **more: Any) -> Kept:
        with transaction.atomic():
            return keeping.keep(mailbox or self.mailbox, letter(content, **more), self.world.clock.now())

    def enrollment(self) -> Enrollment:
        return Enrollment.objects.get(pk=self.run.enrollment_id)

    def notes(self) -> list[str]:
        rows = Note.objects.filter(contact_id=self.run.contact_id, kind__startswith="mail.").order_by("pk")
        return [wording.sentence(row) for row in rows]

    def rules(self, **said: Any) -> None:
        version = self.enrollment().version
        version.rules = dump(PlanRules(**said))
        version.save()
        from hub.plans import loading

        loading.forget()
