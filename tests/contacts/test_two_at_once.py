"""Two imports that bring the same person at the same moment make one contact."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from hub.accounts import changes as accounts
from hub.contacts.incoming import Incoming
from hub.contacts.intake import intake
from hub.contacts.models import Contact
from tests.contacts.door import ANN, CSV


@pytest.mark.django_db(transaction=True)
def test_the_same_person_through_two_doors_is_one_contact() -> None:
    account = accounts.create("Provo", by=ANN)
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def come() -> None:
        try:
            ready.wait(timeout=10)
            with transaction.atomic():
                person = Incoming({"first_name": "Ada", "email": "ada@example.com"})
                outcomes.append(intake(account, person, by=ANN, policy=CSV).outcome)
        finally:
            connection.close()

    threads = [threading.Thread(target=come) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert sorted(outcomes) == ["created", "unchanged"]
    assert Contact.objects.count() == 1
