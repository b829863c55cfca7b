"""A company for the Zapier app, as a program in the hub's own environment: accounts, lists, a plan, and the keys.

``python -m tests.journeys.zapier_company`` prints one line of JSON: a sub-account's Web Key and its enterprise's access token.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.accounts.models import Account


def main() -> None:
    """Make it."""
    from hub.process import start

    start.django()
    start.ready_database(may_migrate=True)
    start.plugins()
    from django.db import transaction

    from hub.cli.demo import company
    from hub.contacts import list_changes
    from hub.users.keys import changes as keys

    made = company.build("nobody-signs-in-here-7")
    steps = [company.step("steps.note", "Say who joined", {"text": "{{client.firstName}} joined."})]
    company.plan(made.downtown, "Welcome", "One note.", steps)
    later = company.step("steps.note", "Much later", {"text": "Still here."}, minutes=60_000)
    company.plan(made.downtown, "Patience", "One note, in weeks.", [later])
    with transaction.atomic():
        list_changes.add_lead_source(made.downtown, "Website", by=company.DEMO)
        list_changes.add_sales_cycle(made.downtown, "Qualified", by=company.DEMO)
        token = keys.make_key(made.top, "access_token", by=company.DEMO).secret.reveal()
        web_key = keys.make_key(made.downtown, "web_key", by=company.DEMO).secret.reveal()
        mailbox(made.downtown)
    print(json.dumps({"web_key": web_key, "access_token": token}))  # noqa: T201


def mailbox(account: Account) -> None:
    """Switch on what sends e-mail. Nobody listens at its server, so what is accepted waits."""
    from hub.addons import changes
    from hub.cli.demo.company import DEMO

    settings = {
        "address": "office@company.example", "password": "nobody-reads-this", "provider": "Custom", "smtp_host": "127.0.0.1",
        "smtp_port": 9,
    }  # fmt: skip
    changes.make_available(account, "smtp_custom", by=DEMO)
    changes.enable(account, "smtp_custom", by=DEMO)
    changes.save_settings(account, "smtp_custom", settings, by=DEMO)


if __name__ == "__main__":
    main()
