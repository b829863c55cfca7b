"""The company takes ClubReady, as a program in the hub's own environment: switched on downtown, its people on their way in.

``python -m tests.journeys.club`` after ``tests.journeys.company``.
"""

from __future__ import annotations

from datetime import timedelta

KEYS = {"api_key": "club-key-1234567", "store_id": 1234}


def main() -> None:
    """Switch it on, and begin the import."""
    from hub.process import start

    start.django()
    start.plugins()
    from django.db import transaction

    from hub.accounts.models import Account
    from hub.addons import changes as addons
    from hub.cli.demo.company import DEMO
    from hub.cli.demo.world import CLUB
    from hub.db import clock
    from hub.imports.models import Import
    from hub.imports.vendor import changes as imports

    with transaction.atomic():
        account = Account.objects.get(name="Northside Downtown")
        addons.enable(account, CLUB, by=DEMO)
        addons.save_settings(account, CLUB, KEYS, by=DEMO)
        row = imports.start(account, CLUB, f"{CLUB}.people", by=DEMO)
        # This process is gone before anybody could be rung: the sweep finds the first page like one whose message was lost.
        Import.objects.filter(pk=row.pk).update(tries=1, lease_until=clock.now() - timedelta(seconds=1))


if __name__ == "__main__":
    main()
