"""Signing in, and being slowed down."""

from __future__ import annotations

import statistics
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.db import connection

from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.users import changes, signin, throttle, tidy
from hub.users.models import SignInTally, User
from hub.users.signin import Refused, SignedIn
from tests.support.people import PASSWORD, Tree, make_account, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOME = "192.0.2.1"


def test_the_right_password_lets_in_and_is_written_down(tree: Tree) -> None:
    user = make_user(tree.a, username="ann")

    answer = signin.attempt("ann", PASSWORD, HOME, NOW)

    assert answer == SignedIn(user, must_change_password=False)
    row = AuditRow.objects.get(verb="signed_in")
    assert (row.actor_id, row.ip) == (str(user.pk), HOME)


def test_a_name_is_found_whatever_its_case(tree: Tree) -> None:
    make_user(tree.a, username="Ann")

    assert isinstance(signin.attempt(" aNN ", PASSWORD, HOME, NOW), SignedIn)


def test_a_typed_first_password_must_be_changed(tree: Tree) -> None:
    changes.create({"username": "new"}, tree.a, "sales", by=SYSTEM, password=PASSWORD)

    answer = signin.attempt("new", PASSWORD, HOME, NOW)

    assert isinstance(answer, SignedIn)
    assert answer.must_change_password


@pytest.mark.parametrize("name", ["nobody", "", "x" * 10_000, "null\x00byte", "ann ' OR 1=1 --", "\ud800"])
def test_an_unknown_name_gets_the_answer_of_a_wrong_password(tree: Tree, name: str) -> None:
    make_user(tree.a, username="ann")

    assert signin.attempt(name, PASSWORD, HOME, NOW) == signin.attempt("ann", "wrong", HOME, NOW)


def test_an_archived_person_gets_that_answer_too(tree: Tree) -> None:
    user = make_user(tree.a, username="ann")
    changes.archive(user, tree.a, by=SYSTEM)

    assert signin.attempt("ann", PASSWORD, HOME, NOW) == signin.attempt("nobody", PASSWORD, HOME, NOW)


def test_a_blocked_person_is_told_so_only_with_the_right_password(tree: Tree) -> None:
    user = make_user(tree.a, username="ann")
    changes.block(user, tree.a, by=SYSTEM)

    with_it = signin.attempt("ann", PASSWORD, HOME, NOW)
    without = signin.attempt("ann", "wrong", HOME, NOW)

    assert isinstance(with_it, Refused)
    assert with_it.reason == "blocked"
    assert isinstance(without, Refused)
    assert without.reason == "wrong"


def test_the_fifth_failure_from_one_address_waits_and_the_owner_elsewhere_does_not(tree: Tree) -> None:
    make_user(tree.a, "owner", "ann")
    stranger = "198.51.100.9"

    for _ in range(5):
        assert signin.attempt("ann", "guess", stranger, NOW) == signin._wrong()

    refused = signin.attempt("ann", PASSWORD, stranger, NOW)
    assert refused == Refused("Too many tries. Wait 2 seconds, then try again.", "throttled", 2)
    assert isinstance(signin.attempt("ann", PASSWORD, HOME, NOW), SignedIn)

    # The recovery: two seconds later the stranger's address is heard again.
    assert isinstance(signin.attempt("ann", PASSWORD, stranger, NOW + timedelta(seconds=2)), SignedIn)


def test_after_ten_thousand_guesses_from_everywhere_the_owner_still_enters(tree: Tree) -> None:
    make_user(tree.a, "owner", "ann")
    assert isinstance(signin.attempt("ann", PASSWORD, HOME, NOW), SignedIn)
    later = NOW + timedelta(days=1)
    anywhere = SignInTally.objects.get(ip="", name_digest=signin.digest("ann"))
    anywhere.failures, anywhere.last_failed_at = 10_000, later
    anywhere.blocked_until = later + timedelta(seconds=30)
    anywhere.save()

    throttled = signin.attempt("ann", PASSWORD, "203.0.113.5", later)
    at_home = signin.attempt("ann", PASSWORD, HOME, later)
    patient = signin.attempt("ann", PASSWORD, "203.0.113.5", later + timedelta(seconds=30))

    assert isinstance(throttled, Refused)
    assert throttled.retry_after == 30
    assert isinstance(at_home, SignedIn)
    assert isinstance(patient, SignedIn)


def test_ten_thousand_guesses_get_few_looks_at_the_password(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses in one hour from one address: 4 free ones, then 2+4+…+512 s and a cap: 14 looks and a handful."""
    make_user(tree.a, username="ann")
    looks: list[str] = []
    monkeypatch.setattr(signin, "_with_password", lambda name, password: looks.append(password))

    for second in range(0, 3_600, 4):
        signin.attempt("ann", f"guess {second}", "198.51.100.9", NOW + timedelta(seconds=second))

    assert len(looks) <= 20


def test_success_wipes_the_slate(tree: Tree) -> None:
    make_user(tree.a, username="ann")
    for _ in range(4):
        signin.attempt("ann", "typo", HOME, NOW)

    assert isinstance(signin.attempt("ann", PASSWORD, HOME, NOW), SignedIn)

    for _ in range(4):
        assert signin.attempt("ann", "typo", HOME, NOW) == signin._wrong()


def test_a_name_is_tallied_by_digest_for_it_may_be_a_password() -> None:
    signin.attempt("hunter2-typed-in-the-wrong-field", "x", HOME, NOW)

    assert not any("hunter2" in str(value) for row in SignInTally.objects.values() for value in row.values())


def test_two_tries_in_the_same_moment_count_as_two(tree: Tree) -> None:
    """The second one read the tally before the first one charged it: it is turned away, not let through uncounted."""
    make_user(tree.a, username="ann")
    first = signin._tallies("ann", HOME)
    second = signin._tallies("ann", HOME)

    assert signin._charge(*first, NOW)
    assert not signin._charge(*second, NOW)


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_at_once_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads, five guesses each: no more looks at the password than one after the other would get."""
    make_user(make_account(), username="ann")
    looks: list[str] = []
    monkeypatch.setattr(signin, "_with_password", lambda name, password: looks.append(password))

    def guess(thread: int) -> None:
        try:
            for number in range(5):
                signin.attempt("ann", f"{thread}.{number}", "198.51.100.9", NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 <= len(looks) <= throttle.FREE_FROM_ONE_ADDRESS


class TestHashing:
    @pytest.fixture(autouse=True)
    def _real_hashing(self, settings) -> None:
        settings.PASSWORD_HASHERS = ["hub.users.passwords.Argon2id", "django.contrib.auth.hashers.MD5PasswordHasher"]

    def test_passwords_are_argon2id_with_the_parameters_of_the_rfc(self) -> None:
        encoded = make_password(PASSWORD)

        assert encoded.startswith("argon2$argon2id$v=19$m=65536,t=3,p=4$")

    def test_nothing_is_cut_off(self, tree: Tree) -> None:
        user = make_user(tree.a)
        user.set_password("a" * 72 + "right")

        assert user.check_password("a" * 72 + "right")
        assert not user.check_password("a" * 72 + "wrong")

    def test_an_old_hash_is_renewed_at_sign_in(self, tree: Tree) -> None:
        user = make_user(tree.a, username="ann")
        User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="md5"))

        signin.attempt("ann", PASSWORD, HOME, NOW)

        user.refresh_from_db()
        assert identify_hasher(user.password).algorithm == "argon2"

    @pytest.mark.slow
    def test_an_unknown_name_takes_as_long_as_a_wrong_password(self, tree: Tree) -> None:
        """Medians of interleaved pairs; hashing is 60 ms and all the rest is a few. Of the processor, which others may have
        meanwhile."""
        make_user(tree.a, username="ann")

        known, unknown = [], []
        for number in range(15):
            known.append(_seconds("ann", f"10.0.0.{number}"))
            unknown.append(_seconds("nobody", f"10.0.0.{number}"))

        assert statistics.median(unknown) == pytest.approx(statistics.median(known), rel=0.25)


def _seconds(name: str, ip: str) -> float:
    before = time.process_time()
    signin.attempt(name, "wrong", ip, NOW)
    return time.process_time() - before


def test_tallies_are_forgotten_when_they_say_nothing_any_more(tree: Tree) -> None:
    make_user(tree.a, username="ann")
    signin.attempt("ann", PASSWORD, HOME, NOW)
    signin.attempt("guessed-at", "x", "198.51.100.9", NOW)

    assert tidy.forget_tallies(NOW + timedelta(hours=23)) == 0
    assert tidy.forget_tallies(NOW + timedelta(hours=25)) == 3  # both of the guessed name, and Ann's from anywhere
    assert SignInTally.objects.get().ip == HOME
    assert tidy.forget_tallies(NOW + timedelta(days=31)) == 1
