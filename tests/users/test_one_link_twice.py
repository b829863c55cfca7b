"""One link, sent twice at the same moment: one password is set."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from hub.audit.actor import SYSTEM
from hub.db.errors import Problem
from hub.users import changes, links
from hub.users.models import User
from tests.support.people import make_account, make_user

FIRST, SECOND = "the first new password", "the second new password"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_the_second_finds_it_used_up() -> None:
    user = make_user(make_account("Provo"), "sales", username="ann")
    token = links.make(user, "reset")
    first_is_in, second_is_done = threading.Event(), threading.Event()
    refused: list[str] = []

    def use(password: str) -> None:
        person = links.read(token, "reset", hold=True)
        if password == FIRST:
            first_is_in.set()
            second_is_done.wait(timeout=0.5)  # it cannot be done: it must wait for this transaction to end
        changes.accept_link(person, password, password, by=SYSTEM)

    def come(password: str) -> None:
        try:
            with transaction.atomic():
                use(password)
        except Problem as problem:
            refused.append(problem.code)
        if password == SECOND:
            second_is_done.set()
        connection.close()

    def second() -> None:
        assert first_is_in.wait(timeout=60)
        come(SECOND)

    threads = [threading.Thread(target=come, args=[FIRST]), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert refused == ["link_used_up"]
    assert User.objects.get(pk=user.pk).check_password(FIRST)
