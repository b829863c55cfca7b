"""Bringing a backup back. Everything is done to a copy; only when that is ready does it take the database's place.

In order: nobody may be running; the backup is unpacked and judged; its secrets must open with a key we have; it is brought up to
this version; it becomes another installation (a new reference, so that no reference ever travels twice); what may have been sent
since is put before people (:mod:`hub.engine.doubt`); whatever would send more by itself stops; sessions end, and sign-ins at
vendors are in doubt. Why:
``docs/decisions/restore.md``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from hub.addons.models import OAuthState
from hub.addons.oauth import keeping as sign_ins
from hub.arrivals.models import Arrival
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock, installation, migrated, rotation, sealing
from hub.db.models import Installation
from hub.engine import doubt, lock
from hub.engine.replaying.models import Replay
from hub.imports.models import WORKING, Import
from hub.imports.vendor import changes as vendor_imports
from hub.process import alone, archive, attached, keys, start
from hub.process.archive import About
from hub.process.attached import Attached
from hub.process.start import Refusal
from hub.users.models import Session


@dataclass(frozen=True, slots=True)
class Stopped:
    """How many there were of what would have gone on by itself, and now waits for a person.

    Attributes:
        timetables: of imports, which are off now.
        deliveries: that vendors had pushed, and nobody had handled.
        replays: of steps that had failed.
    """

    imports: int = 0
    timetables: int = 0
    deliveries: int = 0
    replays: int = 0


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to.

    Attributes:
        asked: step runs that wait for a person now.
        stopped: imports that were stopped, and whatever else would have gone on by itself.
        ref: the new reference.
        aside: where the database from before lies; None when there was none.
        files: the uploaded files that came back; None when the backup held none.
        files_aside: where those from before lie.
    """

    asked: int
    stopped: Stopped
    ref: str
    aside: Path | None
    files: Attached | None = None
    files_aside: Sequence[Path] = ()


def database() -> Path:
    """The file of the embedded store.

    Raises:
        Refusal: the database is a server, whose own tools save and restore it.
    """
    if not settings.HUB_EMBEDDED:
        raise Refusal(
            "This hub's database is PostgreSQL. Save and restore it with pg_dump and pg_restore; see docs/operations.md."
        )
    return Path(settings.DATABASES["default"]["NAME"])


def see_that_nobody_works() -> None:
    """No hub runs on the folder, and no worker holds its lock.

    Raises:
        Refusal: somebody does.
    """
    if alone.is_running(settings.HUB_HOME):
        raise Refusal(_RUNS)
    for file in sorted(lock.run_folder().glob("worker-*")):
        if alone.is_locked(file):
            raise Refusal(f"Worker {file.name.removeprefix('worker-')} is still alive. Stop it first, then restore.")


_RUNS = "The hub is running. Stop it first; a restore under a running hub would lose what it is doing."


def see_that_the_clock_is_right(told: About) -> None:
    """What may have been sent is reckoned up to now. By a clock that is behind, what was due since would go out once more.

    Raises:
        Refusal: the backup is of a time that is not yet.
    """
    now = clock.real_now()
    if told.made > now + doubt.MARGIN:
        raise Refusal(
            f"The backup was made at {told.made:%Y-%m-%d %H:%M} UTC, and by this machine's clock it is {now:%Y-%m-%d %H:%M} UTC. "
            "What was sent since could not be told by such a clock. Nothing was changed: set it right, then restore."
        )


def restore(file: Path, told: About, *, take_keys: bool, by: Actor) -> Restored:
    """Bring a backup back.

    Args:
        take_keys: add the keys in the backup behind ours, where there are any.

    Raises:
        Refusal, archive.BadBackup: nothing was changed.
    """
    target = database()
    see_that_nobody_works()
    see_that_the_clock_is_right(told)
    with _nobody_begins():
        return _restored(file, target, told, take_keys=take_keys, by=by)


@contextmanager
def _nobody_begins() -> Iterator[None]:
    """A hub that was started now would go on with a database that is about to be taken from under it."""
    ours = alone.Lock(settings.HUB_HOME)
    if not ours.take():
        raise Refusal(_RUNS)
    try:
        yield
    finally:
        ours.release()


def _restored(file: Path, target: Path, told: About, *, take_keys: bool, by: Actor) -> Restored:
    copy = target.with_name(f".restoring-{secrets.token_hex(4)}.sqlite3")
    fresh = Path(settings.HUB_HOME) / f".restoring-{secrets.token_hex(4)}.files"
    try:
        archive.unpack(file, copy)
        files = archive.unpack_files(file, fresh)
        if take_keys:
            _add_keys(archive.keys(file))
        with _in_force(copy):
            asked, stopped, ref = _make_ours(told, by)
        aside = _swap(copy, target)
        files_aside = attached.swap(fresh, Path(settings.HUB_HOME), _stamp()) if files is not None else []
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        for path in (copy, *(copy.with_name(copy.name + end) for end in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)
    installation.ref.cache_clear()
    return Restored(asked, stopped, ref, aside, files, files_aside)


def _make_ours(told: About, by: Actor) -> tuple[int, Stopped, str]:
    _see_that_it_is_known()
    start.migrate()
    _see_that_secrets_open()
    now = clock.now()
    with transaction.atomic():
        ref = installation.new_ref()
        Installation.objects.update_or_create(id=1, defaults={"ref": ref, "created_at": now})
        asked = doubt.begin(told.made, now)
        stopped = stop_what_would_send(now, by)
        Session.objects.all().delete()
        OAuthState.objects.all().delete()
        sign_ins.doubt_all()
        data = {"backup_of": told.made_at, "was": told.ref, "asked": asked, **asdict(stopped)}
        record("restored", "installation", ref, by=by, data=data)
    return asked, stopped, ref


def stop_what_would_send(now: datetime, by: Actor) -> Stopped:
    """What puts contacts on plans, or tries steps again, without anybody asking. The hub that is lost may have gone through with
    it, and its first steps would leave a second time. What a timetable brought since is not here any more: it would come as if it
    were new."""
    return Stopped(
        Import.objects.filter(state__in=WORKING).update(
            state=Import.State.CANCELLED, ended_at=now, lease_until=None, problem=_AT_WORK.format(what="import")
        ),
        vendor_imports.switch_all_off(_TIMETABLE, by=by),
        Arrival.objects.filter(state=Arrival.State.WAITING).update(
            state=Arrival.State.FAILED, handled_at=now, waits="",
            problem=_PUSHED,
        ),
        Replay.objects.filter(state=Replay.State.RUNNING).update(
            state=Replay.State.CANCELLED, ended_at=now, lease_until=None, problem=_AT_WORK.format(what="replay")
        ),
    )  # fmt: skip


_PUSHED = "The hub was restored from a backup, and this may have been handled since. Look first, then play it again."
_AT_WORK = "The hub was restored from a backup while this {what} was at work."
_TIMETABLE = (
    "the hub was restored from a backup, and whoever came since would come as if new, and be put on plans once more. The "
    "timetable is off: see what they got already, import once by hand, then switch it on."
)


def _see_that_it_is_known() -> None:
    """The backup's tables must not be ahead of this version."""
    if migrated.ahead():
        raise Refusal("The backup was made by a newer version of the hub. Install that version, then restore.")


def _see_that_secrets_open() -> None:
    """A secret that no key opens would only be found out when its step is due."""
    ours = {f"{sealing.VERSION}.{sealing.key_id(key)}." for key in settings.HUB_SECRET_KEYS}
    for model, column in rotation.sealed_columns():
        rows = model._base_manager.annotate(sealed_text=Cast(column, TextField())).filter(sealed_text__isnull=False)
        for prefix in ours:
            rows = rows.exclude(sealed_text__startswith=prefix)
        if rows.exists():
            raise Refusal(
                "The secrets in this backup are sealed with a key that this hub does not have. Put the key file of the hub that "
                f"made the backup at {keys.path()} or take a backup that was made with --keys."
            )


def _add_keys(found: tuple[str, ...]) -> None:
    fresh = [key for key in found if key not in settings.HUB_SECRET_KEYS]
    if fresh:
        keys.see_that_they_are_in_the_file()
        keys.write([*settings.HUB_SECRET_KEYS, *fresh])


@contextmanager
def _in_force(copy: Path) -> Iterator[None]:
    """Every query goes to the copy until the block ends."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(copy)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _swap(copy: Path, target: Path) -> Path | None:
    """Put the copy in the database's place. What was there is kept beside it under another name."""
    _close_log(copy)
    aside = None
    if target.exists():
        _close_log(target)
        aside = target.with_name(f"{target.stem}.before-restore-{_stamp()}-{secrets.token_hex(2)}{target.suffix}")
        os.link(target, aside)
    os.replace(copy, target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return aside


def _stamp() -> str:
    return f"{clock.real_now():%Y%m%d-%H%M%S}"


def _close_log(path: Path) -> None:
    """Fold the write-ahead log into the file: a log left behind would be taken for the other database's."""
    file = sqlite3.connect(path, isolation_level=None)
    try:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError:
        # It is damaged, which may be why a backup is wanted. Its log goes aside under its own name with the next line.
        for end in ("-wal", "-shm"):
            beside = path.with_name(path.name + end)
            if beside.exists():
                beside.rename(path.with_name(f"{path.name}{end}.damaged-{secrets.token_hex(2)}"))
    finally:
        file.close()
