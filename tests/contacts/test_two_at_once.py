"""Two imports that bring the same person at the same moment make one contact; two changes of the same contacts, one history."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from hub.contacts import changes as contact_changes
from hub.contacts import placing
from hub.contacts.incoming import Consent, Incoming
from hub.contacts.intake import intake
from hub.contacts.models import Contact
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import EVERYTHING
from hub.db import clock
from hub.history.models import Note
from tests.contacts.door import ANN, CSV


@pytest.mark.django_db(transaction=True)
def test_the_same_person_through_two_doors_is_one_contact() -> None:
    account = accounts.create("Provo", by=ANN)
    first_is_in, second_is_done = threading.Event(), threading.Event()
    outcomes: list[str] = []

    def come() -> None:
        person = Incoming({"first_name": "Ada", "email": "ada@example.com"})
        outcomes.append(intake(account, person, by=ANN, policy=CSV).outcome)

    def first() -> None:
        with transaction.atomic():
            come()
            first_is_in.set()
            second_is_done.wait(timeout=0.5)  # it cannot be done: it must wait for this transaction to end
        connection.close()

    def second() -> None:
        assert first_is_in.wait(timeout=60)
        with transaction.atomic():
            come()
        second_is_done.set()
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert outcomes == ["created", "unchanged"]
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_contact_refuses_while_they_come_in_again_stays_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    account = accounts.create("Provo", by=ANN)
    with transaction.atomic():
        ada = intake(account, Incoming({"first_name": "Ada", "email": "ada@example.com"}), by=ANN, policy=CSV)
    has_looked, has_refused = threading.Event(), threading.Event()
    decide = placing.decide

    def decide_later(*given: Any) -> placing.Batch:
        has_looked.set()
        has_refused.wait(timeout=0.5)  # it cannot be written: it must wait for this transaction to end
        return decide(*given)

    monkeypatch.setattr(placing, "decide", decide_later)

    def first() -> None:
        with transaction.atomic():
            again = Incoming({"email": "ada@example.com", "company": "Engines"})
            intake(account, again, by=ANN, policy=CSV)
        connection.close()

    def second() -> None:
        assert has_looked.wait(timeout=60)
        with transaction.atomic():
            contact_changes.set_consent(account, EVERYTHING, ada.contact_id, Consent(email=False), by=SYSTEM)
        has_refused.set()
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    row = Contact.objects.get()
    assert (row.company, row.email_ok, row.version) == ("Engines", False, 3)


@pytest.mark.django_db(transaction=True)
def test_the_same_tag_put_on_the_same_contacts_by_two_stands_in_each_history_once() -> None:
    account = accounts.create("Provo", by=ANN)
    now = clock.now()
    Contact.objects.bulk_create([Contact(account=account, created_at=now, updated_at=now) for _ in range(300)])
    with transaction.atomic():
        contact_changes.add_tags(account, EVERYTHING, Contact.objects.earliest("id").pk, ["vip"], by=SYSTEM)
    first_is_in, second_is_done = threading.Event(), threading.Event()
    changed: list[int] = []

    def tag() -> None:
        done = contact_changes.add_tags_many(account, EVERYTHING, ContactQuery(), ["vip"], by=SYSTEM)
        changed.append(done.changed)

    def first() -> None:
        with transaction.atomic():
            tag()
            first_is_in.set()
            second_is_done.wait(timeout=0.5)  # it cannot be done: it must wait for this transaction to end
        connection.close()

    def second() -> None:
        assert first_is_in.wait(timeout=60)
        with transaction.atomic():
            tag()
        second_is_done.set()
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert changed == [299, 0]
    assert Note.objects.filter(kind="contact.tagged").count() == 300
