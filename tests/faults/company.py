"""The company of a storm, as a program in the hub's own environment: accounts × plans × contacts, four effect classes.

``python -m tests.faults.company PLANS CONTACTS MINUTES`` makes two branches, in each so many plans of four steps, one for each
effect class and each plan in another order, and puts so many contacts on each. The first step of each next plan waits so many
minutes more, its other steps share them, and one branch is half a step behind the other, so that there is work to do at every
moment of the storm.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from tests.faults import scribe
from tests.faults.history import History
from tests.support.fourclasses import CLASSES

BRANCHES = ("North", "South")


def main(plans: int, contacts: int, minutes: int) -> None:
    """Make it."""
    from hub.process import start

    start.django()
    start.ready_database(may_migrate=True)
    start.plugins()
    from django.db import transaction

    from hub.accounts import changes as accounts
    from hub.accounts.models import Account
    from hub.audit.actor import SYSTEM

    with transaction.atomic():
        top = accounts.create("Storm Fitness", by=SYSTEM, parent=None, kind=Account.Kind.ENTERPRISE, values={})
        branches = [accounts.create(name, by=SYSTEM, parent=top) for name in BRANCHES]
        _switch_on(top, branches)
    apart = minutes // len(CLASSES)
    for late, branch in enumerate(branches):
        for number in range(plans):
            first = minutes * number + late * apart // len(branches)
            _plan(branch, number, contacts, [first, apart, apart, apart])


def _switch_on(top: Any, branches: list[Any]) -> None:
    from hub.addons import changes as addons
    from hub.audit.actor import SYSTEM

    addons.make_available(top, "classes", by=SYSTEM)
    for branch in branches:
        addons.enable(branch, "classes", by=SYSTEM)
        addons.save_settings(branch, "classes", {"api_key": f"classes-key-of-{branch.name}"}, by=SYSTEM)


def _plan(branch: Any, number: int, contacts: int, minutes: list[int]) -> None:
    from django.db import transaction

    from hub.audit.actor import SYSTEM
    from hub.cli.demo import company
    from hub.contacts.models import Contact
    from hub.db import clock
    from hub.plans import enrollment

    now = clock.now()
    steps = [
        company.step(f"classes.{_klass(number + at)}", f"Step {at}", minutes=wait) for at, wait in enumerate(minutes)
    ]
    plan = company.plan(branch, f"Plan {number}", "", steps)
    with transaction.atomic():
        people = Contact.objects.bulk_create(
            Contact(account=branch, first_name=f"C{number}.{n}", created_at=now, updated_at=now)
            for n in range(contacts)
        )
        enrollment.enroll(plan, [person.pk for person in people], by=SYSTEM, now=now)
    _tell(plan)


def _tell(plan: Any) -> None:
    """What was accepted: from here on it may not be lost."""
    from hub.plans.models import Enrollment

    ids = Enrollment.objects.filter(plan=plan).values_list("pk", flat=True)
    accepted = [{"enrollment": id_, "account": plan.account_id, "steps": len(CLASSES)} for id_ in ids]
    History(Path(os.environ[scribe.FILE])).write_all([("enrol", line) for line in accepted])


def _klass(at: int) -> str:
    return CLASSES[at % len(CLASSES)]


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
