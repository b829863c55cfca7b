"""Secrets at rest: unreadable, bound to their place, and moved to a new key while the hub runs."""

from __future__ import annotations

import json
import pickle

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from hub.addons.models import Connection
from hub.core import redact
from hub.db import clock, sealing
from hub.db.rotation import rotate_keys, sealed_columns
from hub.db.sealing import UnknownKey, WrongPlace
from tests.support.people import make_account

HERE = ("addons_connection", "secrets", 7, "mailbox_power")
SECRET = {"api_key": "mbp-live-0123456789"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda it: st.lists(it) | st.dictionaries(st.text(), it)
    )
)
def test_what_is_sealed_opens_as_it_was(value: object) -> None:
    value = json.loads(json.dumps(value))

    assert sealing.open(sealing.seal(value, HERE), HERE) == value


def test_nothing_of_it_can_be_read() -> None:
    blob = sealing.seal(SECRET, HERE)

    assert "mbp" not in blob
    assert "mailbox_power" not in blob
    assert blob.startswith(sealing.current_prefix())


@pytest.mark.parametrize(
    "elsewhere",
    [("addons_connection", "secrets", 8, "mailbox_power"), ("addons_connection", "secrets", 7, "clubready"), HERE[:3]],
)
def test_a_blob_that_was_moved_is_refused(elsewhere: tuple[object, ...]) -> None:
    blob = sealing.seal(SECRET, HERE)

    with pytest.raises(WrongPlace):
        sealing.open(blob, elsewhere)  # type: ignore[arg-type]


@pytest.mark.parametrize("broken", ["", "x", "1.abc", "1.abcdef01.notatoken", "2.aa.bb"])
def test_what_is_no_blob_is_refused(broken: str) -> None:
    with pytest.raises(UnknownKey):
        sealing.open(broken, HERE)


def test_a_changed_blob_is_refused() -> None:
    blob = sealing.seal(SECRET, HERE)

    with pytest.raises(UnknownKey):
        sealing.open(blob[:-6] + ("AAAAAA" if not blob.endswith("AAAAAA") else "BBBBBB"), HERE)


def test_without_the_old_key_nothing_opens(settings) -> None:
    blob = sealing.seal(SECRET, HERE)
    settings.HUB_SECRET_KEYS = (Fernet.generate_key().decode(),)

    with pytest.raises(UnknownKey):
        sealing.open(blob, HERE)


def make_connection(**more: object) -> Connection:
    return Connection.objects.create(
        account=make_account(), addon="mailbox_power", secrets=SECRET, changed_at=clock.now(), **more
    )


def stored(pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM addons_connection WHERE id = %s", [pk])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
class TestTheField:
    def test_it_is_sealed_in_the_row_and_revealed_on_asking(self) -> None:
        row = make_connection()

        again = Connection.objects.get(pk=row.pk)

        assert "mbp" not in stored(row.pk)
        assert again.secrets.reveal() == SECRET
        assert row.secrets.reveal() == SECRET

    def test_it_shows_nothing_by_accident(self) -> None:
        row = Connection.objects.get(pk=make_connection().pk)

        assert [repr(row.secrets), str(row.secrets), f"{row.secrets}"] == ["<Sealed>"] * 3
        assert "mbp" not in repr(row.__dict__)
        with pytest.raises(TypeError):
            pickle.dumps(row.secrets)
        with pytest.raises(TypeError):
            json.dumps(row.secrets)

    def test_it_is_quiet_before_it_is_saved_too(self) -> None:
        row = Connection(account=make_account(), addon="x", secrets=SECRET)

        assert repr(row.secrets) == "<Sealed>"
        assert row.secrets.reveal() == SECRET

    def test_what_was_revealed_is_redacted_from_then_on(self) -> None:
        row = make_connection()

        row.secrets.reveal()

        assert "mbp-live" not in redact.text("the key is mbp-live-0123456789, honestly")

    def test_a_blob_copied_into_another_account_is_refused(self) -> None:
        mine, theirs = make_connection(), make_connection()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE addons_connection SET secrets = %s WHERE id = %s", [stored(mine.pk), theirs.pk])

        with pytest.raises(WrongPlace):
            Connection.objects.get(pk=theirs.pk).secrets.reveal()

    def test_saving_a_row_again_keeps_it(self) -> None:
        row = Connection.objects.get(pk=make_connection().pk)
        before = stored(row.pk)

        row.save()

        assert stored(row.pk) == before

    def test_it_is_replaced_and_emptied(self) -> None:
        row = make_connection()

        row.secrets = {"api_key": "another-key-999"}
        row.save()
        assert Connection.objects.get(pk=row.pk).secrets.reveal() == {"api_key": "another-key-999"}

        row.secrets = None
        row.save()
        assert Connection.objects.get(pk=row.pk).secrets is None

    def test_it_is_loaded_late_when_it_was_deferred(self) -> None:
        row = Connection.objects.defer("secrets").get(pk=make_connection().pk)

        assert row.secrets.reveal() == SECRET

    @pytest.mark.parametrize(
        "misuse",
        [
            lambda: Connection.objects.filter(secrets={"api_key": "x"}).exists(),
            lambda: Connection.objects.update(secrets={"api_key": "x"}),
        ],
    )
    def test_it_is_neither_searched_nor_written_in_bulk_in_plain(self, misuse) -> None:
        make_connection()

        with pytest.raises(TypeError, match="sealed"):
            misuse()

    def test_many_rows_at_once_are_sealed_each_for_itself(self) -> None:
        now = clock.now()
        rows = [
            Connection(account=make_account(), addon="x", secrets={"n": number}, changed_at=now) for number in range(3)
        ]
        Connection.objects.bulk_create(rows)

        found = Connection.objects.order_by("id")

        assert [row.secrets.reveal() for row in found] == [{"n": 0}, {"n": 1}, {"n": 2}]


class SealedBefore:
    """A value as the hub's first version sealed it."""

    @staticmethod
    def put(row: Connection, key: str) -> None:
        place = ["addons_connection", "secrets", str(row.account_id), row.addon]
        payload = json.dumps({"for": place, "value": SECRET}).encode()
        blob = f"1.{sealing.key_id(key)}.{Fernet(key).encrypt(payload).decode()}"
        with connection.cursor() as cursor:
            cursor.execute("UPDATE addons_connection SET secrets = %s WHERE id = %s", [blob, row.pk])


@pytest.mark.django_db
class TestRotation:
    def test_every_sealed_column_is_known(self) -> None:
        assert (Connection, "secrets") in list(sealed_columns())

    def test_a_new_key_takes_over_and_the_old_one_can_go(self, settings) -> None:
        rows = [make_connection() for _ in range(5)]
        (old,) = settings.HUB_SECRET_KEYS
        new = Fernet.generate_key().decode()

        settings.HUB_SECRET_KEYS = (new, old)
        assert rows[0].secrets.reveal() == SECRET
        report = rotate_keys(batch=2)

        assert report.finished
        assert report.resealed == 5
        settings.HUB_SECRET_KEYS = (new,)
        assert [Connection.objects.get(pk=row.pk).secrets.reveal() for row in rows] == [SECRET] * 5

    def test_a_value_of_the_first_form_opens_and_is_moved_to_the_present_one(self, settings) -> None:
        row = make_connection()
        (key,) = settings.HUB_SECRET_KEYS
        SealedBefore.put(row, key)

        assert Connection.objects.get(pk=row.pk).secrets.reveal() == SECRET
        report = rotate_keys()

        assert (report.resealed, report.finished) == (1, True)
        assert stored(row.pk).startswith(sealing.current_prefix())
        assert Connection.objects.get(pk=row.pk).secrets.reveal() == SECRET

    def test_run_again_there_is_nothing_to_do(self, settings) -> None:
        make_connection()
        settings.HUB_SECRET_KEYS = (Fernet.generate_key().decode(), *settings.HUB_SECRET_KEYS)
        rotate_keys()

        assert rotate_keys().resealed == 0

    def test_cut_off_half_way_it_is_simply_run_again(self, settings, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(4):
            make_connection()
        settings.HUB_SECRET_KEYS = (Fernet.generate_key().decode(), *settings.HUB_SECRET_KEYS)
        reseal, calls = sealing.reseal, []

        def dies_at_the_third(blob: str) -> str:
            calls.append(blob)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return reseal(blob)

        monkeypatch.setattr(sealing, "reseal", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            rotate_keys()
        monkeypatch.setattr(sealing, "reseal", reseal)

        report = rotate_keys()

        assert (report.resealed, report.left, report.finished) == (2, 0, True)

    def test_a_save_in_between_wins(self, settings, monkeypatch: pytest.MonkeyPatch) -> None:
        row = make_connection()
        settings.HUB_SECRET_KEYS = (Fernet.generate_key().decode(), *settings.HUB_SECRET_KEYS)
        reseal = sealing.reseal

        def somebody_saves_meanwhile(blob: str) -> str:
            row.secrets = {"api_key": "typed meanwhile"}
            row.save()
            return reseal(blob)

        monkeypatch.setattr(sealing, "reseal", somebody_saves_meanwhile)
        report = rotate_keys()

        assert Connection.objects.get(pk=row.pk).secrets.reveal() == {"api_key": "typed meanwhile"}
        assert report.finished

    def test_what_no_key_opens_is_reported_and_left_alone(self, settings) -> None:
        lost = make_connection()
        settings.HUB_SECRET_KEYS = (Fernet.generate_key().decode(),)
        make_connection()
        before = stored(lost.pk)

        report = rotate_keys()

        assert not report.finished
        assert report.unreadable == [f"addons.Connection.secrets {lost.pk}"]
        assert stored(lost.pk) == before
