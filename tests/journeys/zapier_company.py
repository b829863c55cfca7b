"""A company for the Zapier app, as a program in the hub's own environment: accounts, lists, a plan, and the keys.

``python -m tests.journeys.zapier_company`` prints one line of JSON: a sub-account's Web Key and its enterprise's access token.
"""

from __future__ import annotations

import json


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
    print(json.dumps({"web_key": web_key, "access_token": token}))  # noqa: T201


if __name__ == "__main__":
    main()
