"""A mailbox kept open against a real Dovecot: what happens to the line, to the reader and to its letters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hub_smtp_custom import addon

from hub.addons import changes as addons
from hub.addons import installed
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.dispatch.post.office import PostOffice
from hub.history.models import Note
from hub.mail.models import IncomingMail, Mailbox, SentMail
from hub.mail.reading import keeping, leasing
from hub.notifications.models import Notification
from hub.process import reading
from tests.engine.world import CARD, World, make_world
from tests.mail.conftest import Lab
from tests.mail.reading.letters import OURS, raw
from tests.support.mail_dovecot import Cable, trusted
from tests.support.people import make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning"),
]

SOON = 45.0
"""Seconds until something must have happened, on a machine that has other work."""


@dataclass
class Office:
    """A hub with Ada's mailbox at the lab's servers."""

    world: World
    lab: Lab
    mailbox: Mailbox

    def another(self, number: int) -> Mailbox:
        """A person's, at the same place."""
        user, account = make_user(self.world.account, username=f"person{number}"), self.world.account
        with transaction.atomic():
            addons.enable(account, "smtp_custom", by=SYSTEM, user=user.pk)
            addons.save_settings(account, "smtp_custom", self.lab.settings(), by=SYSTEM, user=user.pk)
            return Mailbox.objects.create(
                account=account, user=user, connection=Connection.objects.get(addon="smtp_custom", user=user),
                mailer="smtp_custom.mail", enabled=True, read_mail=True, changed_at=self.world.clock.now(),
            )  # fmt: skip

    def row(self) -> Mailbox:
        return Mailbox.objects.get(pk=self.mailbox.pk)

    @contextmanager
    def reader(self, worker: int = 0) -> Iterator[Any]:
        """A process that reads, until the block ends."""
        part = reading.reading(worker or self.world.worker.no, look_seconds=0.1)
        part.start()
        try:
            yield part
        finally:
            assert part.stop(60)

    def arrives(self, content: bytes) -> None:
        self.lab.dovecot.deliver("ada@crm.test", content)

    def ready(self) -> None:
        """The first look is over, and it is waited for news."""
        until(lambda: bool(self.row().cursor))


def until(holds: Callable[[], object], seconds: float = SOON) -> float:
    """Wait until something is so. Seconds that it took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, f"it did not come: {list(Mailbox.objects.values())}"
        threading.Event().wait(0.03)
    return time.monotonic() - begun


def kept(number: int) -> Callable[[], bool]:
    return lambda: IncomingMail.objects.count() == number


@pytest.fixture
def office(lab: Lab) -> Iterator[Office]:
    timing = {"kind": "after", "amount": 3, "unit": "days"}
    with (
        make_world([CARD], timings=[timing], more_addons=[addon]) as world,
        opened(world, lab, lab.settings()) as found,
    ):
        yield found


@contextmanager
def opened(world: World, lab: Lab, settings: dict[str, Any]) -> Iterator[Office]:
    outside = Outside(Egress.of([f"127.0.0.1:{settings['imap_port']}", f"127.0.0.1:{settings['smtp_port']}"]))
    outside.office = PostOffice.of(outside.egress, trusted())
    with installed.use_outside(outside):
        with transaction.atomic():
            addons.make_available(world.account, "smtp_custom", by=SYSTEM)
            addons.enable(world.account, "smtp_custom", by=SYSTEM)
            addons.save_settings(world.account, "smtp_custom", settings, by=SYSTEM)
            connection = Connection.objects.get(account=world.account, addon="smtp_custom")
            mailbox = Mailbox.objects.create(
                account=world.account, connection=connection, mailer="smtp_custom.mail", address="ada@crm.test",
                enabled=True, read_mail=True, changed_at=world.clock.now(),
            )  # fmt: skip
            (run,) = world.enroll(1, email="bea@y.test", email_key="bea@y.test")
            SentMail.objects.create(
                account=world.account, mailbox=mailbox, contact_id=run.contact_id, run_id=run.pk,
                enrollment_id=run.enrollment_id, message_id=OURS, to="bea@y.test", subject="Welcome",
                sent_at=world.clock.now() - timedelta(days=1),
            )  # fmt: skip
        try:
            yield Office(world, lab, mailbox)
        finally:
            outside.close()


def answer(number: int) -> bytes:
    return raw(f"Yes {number}.", id_=f"<answer-{number}@y.test>", In_Reply_To=OURS)


def test_an_answer_is_in_the_history_within_five_seconds_and_what_lay_there_before_is_not(office: Office) -> None:
    office.arrives(answer(0))
    with office.reader():
        office.ready()

        office.arrives(answer(1))
        took = until(kept(1))

    row = IncomingMail.objects.get()
    assert (row.text, row.kind) == ("Yes 1.", "reply")
    assert took < SOON
    assert Note.objects.filter(kind="plan.stopped").exists()
    assert office.row().read_at is not None
    assert office.row().reader is None, "it was given back at the stop"


def test_what_arrived_while_nobody_read_is_read_by_the_next(office: Office) -> None:
    with office.reader():
        office.ready()
    office.arrives(answer(1))
    office.arrives(answer(2))

    with office.reader():
        until(kept(2))

    with office.reader():
        office.arrives(answer(3))
        until(kept(3))


@pytest.mark.slow
def test_imapclient_234_565_a_server_that_says_bye_is_asked_again_and_nothing_spins(office: Office) -> None:
    with office.reader() as part:
        office.ready()
        until(lambda: part.open == 1 and all(one.well for one in part._watchers.values()))
        begun = time.process_time()

        until(office.lab.dovecot.kicks)  # it knows nobody in the moment between two sessions
        office.arrives(answer(1))
        until(kept(1))

    assert time.process_time() - begun < 10
    assert office.row().read_problem == ""


@pytest.mark.slow
def test_new_numbers_are_read_again_by_their_message_id_and_kept_once(office: Office) -> None:
    with office.reader():
        office.ready()
        office.arrives(answer(1))
        until(kept(1))
        office.lab.dovecot.doveadm("mailbox", "update", "-u", "ada@crm.test", "--uid-validity", "4711", "INBOX")
        office.arrives(answer(2))
        until(kept(2))
        until(lambda: office.row().cursor["validity"] == 4711)  # it comes after the letters

    row = office.row()
    assert row.cursors_reset <= 1, "none, where the second answer came by itself after them"
    assert Note.objects.filter(kind="mail.received").count() == 2


def test_nylas_n1_a_server_that_numbers_anew_again_and_again_is_stopped_with_a_sentence(office: Office) -> None:
    Mailbox.objects.update(cursor={"validity": 1, "uid": 1}, cursors_reset=leasing.MOST_RESETS - 1)

    with office.reader() as part:
        until(lambda: office.row().read_problem)
        until(lambda: part.open == 0)

    assert "five times in a row" in office.row().read_problem
    told = Notification.objects.filter(kind="mail.unread")
    assert told.count() <= 1  # the account has nobody in charge in this world


def test_emailengine_one_bad_letter_is_left_out_after_three_tries_and_the_next_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, tries = keeping.keep, list[int]()

    def stumbles(mailbox: Mailbox, letter: Any, now: Any) -> Any:
        if b"answer-1@" in letter.raw:
            tries.append(1)
            raise ValueError("an evil letter")
        return true(mailbox, letter, now)

    monkeypatch.setattr(keeping, "keep", stumbles)
    monkeypatch.setattr("hub.mail.reading.pauses.FIRST", 0.05)
    with office.reader():
        office.ready()
        office.arrives(answer(1))
        office.arrives(answer(2))
        until(kept(1))

    assert len(tries) == 3
    assert IncomingMail.objects.get().text == "Yes 2."


def test_a_letter_that_its_server_does_not_hand_out_is_left_out_after_three_tries_and_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.core.mail_post import Letter
    from hub.mail.reading import telling, watching

    told = list[int]()
    monkeypatch.setattr(telling, "left_out", told.append)
    monkeypatch.setattr(keeping, "keep", lambda *_args: pytest.fail("there is nothing to keep"))
    watcher = watching.Watcher(leasing.Ground(office.mailbox.pk, 1, 1, "ok"), 1, lambda work: work())
    empty = Letter(uid=8, cut=True)

    assert [watcher._keep_one(office.mailbox, empty) for _ in range(3)] == [False, False, True]
    assert told == [office.mailbox.pk]


@pytest.mark.slow
def test_a_wrong_password_is_told_once_and_mended_at_once(office: Office) -> None:
    with transaction.atomic():
        addons.save_settings(office.world.account, "smtp_custom", office.lab.settings(password="wrong-pass"), by=SYSTEM)

    with office.reader():
        until(lambda: "refuses the user name or the password" in office.row().read_problem)
        with transaction.atomic():
            addons.save_settings(office.world.account, "smtp_custom", office.lab.settings(), by=SYSTEM)
        until(lambda: office.row().cursor and not office.row().read_problem)


@pytest.mark.slow
def test_a_line_that_is_cut_is_made_anew(lab: Lab) -> None:
    cable = Cable(lab.dovecot.imaps)
    with (
        make_world([CARD], more_addons=[addon]) as world,
        opened(world, lab, lab.settings(imap_port=cable.port)) as office,
        office.reader(),
    ):
        office.ready()
        cable.cut()
        office.arrives(answer(1))
        until(kept(1))
    cable.close()


def test_a_worker_that_joins_takes_its_share_and_one_that_goes_leaves_it_at_once_and_nothing_is_told_twice(
    office: Office,
) -> None:
    """Four mailboxes at the same server; letters come in all the while."""
    from hub.engine import identity

    boxes = [office.mailbox, *(office.another(number) for number in range(3))]
    other = identity.enter()
    try:
        with office.reader() as first:
            until(lambda: first.open == 4 and all(Mailbox.objects.values_list("cursor", flat=True)))
            with office.reader(other.no) as second:
                until(lambda: (first.open, second.open) == (2, 2))
                office.arrives(answer(1))
                until(kept(len(boxes)))
                leaving = time.monotonic()
            until(lambda: first.open == 4)
            took = time.monotonic() - leaving
            office.arrives(answer(2))
            until(kept(2 * len(boxes)))
    finally:
        other.leave()

    assert took < 30
    assert Note.objects.filter(kind="mail.received").count() == 2


def test_off_is_off_and_costs_nothing(office: Office) -> None:
    with office.reader() as part:
        office.ready()
        Mailbox.objects.update(read_mail=False)
        until(lambda: part.open == 0)
        office.arrives(answer(1))
        until(lambda: not any("hub-mailbox" in thread.name for thread in threading.enumerate()))

    assert IncomingMail.objects.count() == 0


def test_two_processes_share_and_the_one_that_is_left_takes_over(office: Office) -> None:
    from hub.engine import identity

    other = identity.enter()
    try:
        with office.reader() as first, office.reader(other.no) as second:
            office.ready()
            until(lambda: first.open + second.open == 1)
            assert office.row().reader in (office.world.worker.no, other.no)
        with office.reader(other.no):
            until(lambda: office.row().reader == other.no)
    finally:
        other.leave()

    assert not reading.lives(other.no)


def test_what_a_dead_worker_read_is_taken_over(office: Office) -> None:
    Mailbox.objects.update(reader=999_999)

    with office.reader():
        until(lambda: office.row().reader == office.world.worker.no)


def test_a_hub_without_mailboxes_asks_one_question_and_loads_nothing(
    office: Office, django_assert_num_queries: Any
) -> None:
    Mailbox.objects.all().delete()

    with django_assert_num_queries(1):
        assert leasing.look(1, lambda no: True) == leasing.Look()
