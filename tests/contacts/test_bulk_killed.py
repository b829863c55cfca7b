"""A worker of a bulk change is killed with contacts in hand, again and again; others go on. Both ways to run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.contacts import reads
from hub.contacts.bulk import changes
from hub.contacts.bulk.models import BulkChange
from hub.contacts.models import Contact, ContactTag
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import EVERYTHING
from hub.db import clock
from hub.history.models import Note
from hub.notifications.models import Notification
from tests.support.people import make_account, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PEOPLE = 3_500


def start() -> BulkChange:
    """Everybody of an account is to be tagged, in portions of two slices."""
    with transaction.atomic():
        account = make_account("Northside")
        ada, now = make_user(account, "admin", "ada"), clock.now()
        rows = [Contact(account=account, first_name=f"P{n}", created_at=now, updated_at=now) for n in range(PEOPLE)]
        Contact.objects.bulk_create(rows, batch_size=1_000)
        meant = reads.selection(account, EVERYTHING, ContactQuery())
        by = Actor.person(ada.pk, ada.label)
        return changes.start(account, meant, "tag", ["vip"], token="t", by=by)


def work(row: BulkChange, database_url: str, slices: int) -> int:
    """A worker that dies at its so-many-th slice (0: never); gives its exit code."""
    environment = {**os.environ, "HUB_DATABASE_URL": database_url, "HUB_LOG_LEVEL": "error", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.support.bulk_worker", str(row.pk), str(slices)]
    done = subprocess.run(command, env=environment, cwd=ROOT, timeout=300, capture_output=True, text=True, check=False)
    row.refresh_from_db()
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-3_000:]
    return done.returncode


def test_workers_killed_in_the_middle_of_portions_change_everybody_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PORTION", 2_000)
    row = start()

    assert work(row, database_url, 1) == -signal.SIGKILL  # in the first slice: nothing was kept
    assert (row.portion, row.changed, ContactTag.objects.count()) == (0, 0, 0)
    assert (
        work(row, database_url, 2) == -signal.SIGKILL
    )  # in the second slice of the same portion: neither was the first
    assert (row.portion, row.changed, ContactTag.objects.count()) == (0, 0, 0)
    assert work(row, database_url, 3) == -signal.SIGKILL  # in the second portion: the first one stays
    assert (row.portion, row.changed, ContactTag.objects.count()) == (1, 2_000, 2_000)
    assert work(row, database_url, 0) == 0

    assert (row.state, row.asked, row.changed, row.unchanged, row.gone) == ("done", PEOPLE, PEOPLE, 0, 0)
    everybody: dict[Any, int] = dict.fromkeys(Contact.objects.values_list("pk", flat=True), 1)
    assert Counter(ContactTag.objects.values_list("contact_id", flat=True)) == everybody
    assert Counter(Note.objects.values_list("contact_id", flat=True)) == everybody
    assert AuditRow.objects.filter(verb="tagged").count() == 1
    assert Notification.objects.count() == 1
