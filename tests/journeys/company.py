"""A company for a journey, as a program in the hub's own environment: accounts, people, the add-on, a plan, an import.

``python -m tests.journeys.company CSV`` prints one line of JSON: the ids of the account and of the plan, and a sign-in.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

PASSWORD = "correct horse battery"
TAG = "welcomed"


def main(file: str) -> None:
    """Make it, and start the import of the file."""
    from hub.process import start

    start.django()
    start.plugins()
    from hub.cli.demo import company

    made = company.build(PASSWORD)
    steps = [
        company.step("steps.note", "Say who joined", {"text": "{{client.firstName}} joined."}),
        company.gift("Welcome gift"),
        company.step("steps.add_tags", "Mark as welcomed", {"tags": [TAG]}),
    ]
    plan = company.plan(made.downtown, "Welcome", "Note, gift, tag.", steps)
    _import(made.downtown.pk, Path(file))
    print(json.dumps({"account": made.downtown.pk, "plan": plan.pk, "user": "adam", "password": PASSWORD}))  # noqa: T201


def _import(account: int, file: Path) -> None:
    """What the import screen does: upload, take the guessed columns, start."""
    from django.db import transaction

    from hub.cli.demo.company import DEMO
    from hub.db import clock
    from hub.imports import changes
    from hub.imports.models import Import
    from hub.imports.options import Options

    with transaction.atomic():
        row = changes.receive(account, file.name, [file.read_bytes()], by=DEMO)
        changes.save_choices(account, row.pk, row.mapping["columns"], Options(), by=DEMO)
        changes.start(account, row.pk, by=DEMO)
        # This process is gone before anybody could be rung: the sweep finds the first page like one whose message was lost.
        Import.objects.filter(pk=row.pk).update(lease_until=clock.now() - timedelta(seconds=1))


if __name__ == "__main__":
    main(sys.argv[1])
