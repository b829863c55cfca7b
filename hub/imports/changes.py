"""Every step a person takes with an import: upload, say what the columns are, check, start, cancel, go on, undo.

Nothing here reads rows: starting only sets the state and the first lease, and whoever called rings the bell for the first
page (``actors.ring``) after the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import acts, lists, normalising
from hub.contacts import changes as contact_changes
from hub.contacts.many import Done
from hub.contacts.visibility import EVERYTHING
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound
from hub.db.scoping import id_of
from hub.imports import alone, files, mapping, reads, untouched, upload
from hub.imports.ending import taken_ids
from hub.imports.models import WORKING, Import, ImportRow
from hub.imports.options import Options
from hub.imports.pages import LEASE
from hub.imports.vendor import enrolling
from hub.plans import stopping
from hub.plans.models import Enrollment, EnrollmentBatch, Plan, PlanKind

KEPT_DAYS = 30  # how long an uploaded file stays after its import ended

State = Import.State
_STARTABLE = (State.MAPPING, State.CHECKED)
_RESUMABLE = (State.CANCELLED, State.FAILED)


def receive(account: Account | int, name: str, chunks: Iterable[bytes], *, by: Actor) -> Import:
    """Take an uploaded file in and guess what its columns are. Raises ``Problem`` for what is no CSV file."""
    stored = upload.store(chunks)
    row = Import(
        account_id=id_of(account),
        name=normalising.line(name)[:200] or "contacts.csv",
        file=stored.file,
        size=stored.size,
        encoding=stored.encoding,
        delimiter=stored.layout.delimiter,
        header=list(stored.layout.header),
        rows_estimate=stored.rows,
        mapping={
            "columns": mapping.guess(stored.layout.header, lists.custom_labels(account)),
            "start": {"offset": stored.offset, "line": stored.line},
        },
        by=asdict(by),
        created_at=clock.now(),
    )
    row.save(force_insert=True)
    data = {"name": row.name, "bytes": row.size}
    record("uploaded", "import", row.pk, by=by, account_id=row.account_id, data=data)
    return row


def save_choices(
    account: Account | int, import_id: Any, columns: Sequence[str], options: Options, *, by: Actor
) -> Import:
    """What the columns are and what everybody gets. Raises ``Invalid``; ``Conflict`` once the import has begun."""
    row = _file(account, import_id)
    _only_in(row, _STARTABLE, "Its columns can no longer be changed.")
    row.mapping = row.mapping | {"columns": mapping.check(row.header, columns)}
    _check_options(account, options)
    row.options = options.model_dump(mode="json")
    row.state = State.MAPPING
    row.save(update_fields=["mapping", "options", "state"])
    data = {"columns": list(columns), "options": row.options}
    record("mapped", "import", row.pk, by=by, account_id=row.account_id, data=data)
    return row


def check(account: Account | int, import_id: Any, *, by: Actor) -> Import:
    """Begin a dry run: everything is read and decided, nothing is written but counts and problems.

    Nobody is made, so a person who stands in the file twice, a thousand rows apart, is counted as new twice.
    """
    return _begin(account, import_id, State.CHECKING, by)


def start(account: Account | int, import_id: Any, *, by: Actor) -> Import:
    """Begin the import. Raises ``Conflict`` while another one of this account is at work."""
    return _begin(account, import_id, State.RUNNING, by)


def cancel(account: Account | int, import_id: Any, *, by: Actor) -> Import:
    """Stop after the page that is being read. What was taken in stays; a dry run goes back to its columns."""
    row = _held(account, import_id)
    _only_in(row, WORKING, "There is nothing to cancel.")
    has_columns = row.kind == Import.Kind.CSV
    row.state = State.MAPPING if has_columns and row.state == State.CHECKING else State.CANCELLED
    row.ended_at, row.lease_until, row.waits = clock.now(), None, ""
    row.save(update_fields=["state", "ended_at", "lease_until", "waits"])
    record("cancelled", "import", row.pk, by=by, account_id=row.account_id, data=dict(row.counts))
    return row


def resume(account: Account | int, import_id: Any, *, by: Actor) -> Import:
    """Go on with a cancelled or failed import where it stopped, as whoever asks now. Raises ``Conflict`` where it cannot."""
    row = _held(account, import_id)
    _only_in(row, _RESUMABLE, "It cannot go on.")
    if row.file and not files.path_of(row.file).exists():
        raise Conflict("The uploaded file is gone.", next="Upload it again; contacts that came in are recognised.")
    alone.refuse_another(row)
    row.state, row.ended_at, row.problem, row.tries = State.CHECKING if row.dry else State.RUNNING, None, "", 0
    row.lease_until, row.by = clock.now() + LEASE, asdict(by)
    row.save(update_fields=["state", "ended_at", "problem", "tries", "lease_until", "by"])
    record("resumed", "import", row.pk, by=by, account_id=row.account_id)
    return row


def undo(account: Account | int, import_id: Any, *, by: Actor, most: int | None = None) -> Done:
    """Archive the contacts that the import made and nobody has touched since. Those it updated stay as they are; what a vendor's
    import started is stopped for all of them.

    With ``most`` only so many; whoever asks calls again, in a transaction of its own, until the import's state is *undone*.
    Raises ``Refused`` where contacts may not be deleted, ``Conflict`` where there is nothing to undo.
    """
    row = _held(account, import_id)
    _only_in(row, (State.DONE, State.CANCELLED, State.FAILED), "There is nothing to undo.")
    if row.dry:
        raise Conflict("This was a dry run: nothing was written.", code="imports.wrong_state")
    if stopped := _stop_plans(row, most, by):
        return Done(asked=stopped, changed=0)
    made = taken_ids(row.pk, matched=False)
    left = untouched.of(row, made)
    done = contact_changes.archive_many(account, EVERYTHING, left[:most], by=by)
    undone = row.counts.get("undone", 0) + done.changed
    row.counts = row.counts | {"undone": undone, "left": len(made) - undone}
    if most is not None and len(left) > most:
        row.save(update_fields=["counts"])
        return done
    row.state = State.UNDONE
    row.save(update_fields=["state", "counts"])
    data = {"archived": undone, "left": len(made) - undone}
    record("undone", "import", row.pk, by=by, account_id=row.account_id, data=data)
    return done


def _stop_plans(row: Import, most: int | None, by: Actor) -> int:
    """Stop the enrolments that were begun page by page, so many at a time. How many were stopped; none when all are."""
    batches = EnrollmentBatch.objects.filter(account_id=row.account_id, token__startswith=enrolling.token(row.pk))
    running = Enrollment.objects.filter(batch__in=batches, state=Enrollment.State.RUNNING).order_by("pk")
    ids = list(running.values_list("pk", flat=True)[:most])
    if ids:
        stopping.stop(row.account_id, ids, reason="The import was undone", by=by)
    return len(ids) if most is not None else 0


def forget_files(*, by: Actor) -> int:
    """The job of a day: remove files whose import ended long ago, and files that no import names. Says how many went."""
    now = clock.now()
    old = Import.objects.filter(ended_at__lt=now - timedelta(days=KEPT_DAYS)).exclude(state__in=WORKING)
    gone = 0
    for name in old.exclude(file="").values_list("file", flat=True):
        if files.path_of(name).exists():
            files.remove(name)
            gone += 1
    gone += files.remove_orphans(set(Import.objects.values_list("file", flat=True)), now)
    if gone:
        record("forgotten", "import_files", "", by=by, data={"files": gone})
    return gone


def _begin(account: Account | int, import_id: Any, state: Import.State, by: Actor) -> Import:
    row = _file(account, import_id)
    _only_in(row, _STARTABLE, "It has begun already.")
    mapping.check(row.header, row.mapping["columns"])
    _check_options(account, Options.model_validate(row.options))
    alone.refuse_another(row)
    ImportRow.objects.filter(of=row).delete()
    now = clock.now()
    row.state, row.cursor, row.counts = state, dict(row.mapping["start"]), {}
    row.started_at, row.ended_at, row.problem, row.dry = now, None, "", state == State.CHECKING
    # A new number for the first page, so that a message left over from a dry run before finds nothing to do.
    row.page, row.tries, row.lease_until, row.by = row.page + 1, 0, now + LEASE, asdict(by)
    row.save()
    record(str(state), "import", row.pk, by=by, account_id=row.account_id, data={"name": row.name})
    return row


def _held(account: Account | int, import_id: Any) -> Import:
    found = reads.get(account, import_id)
    return Import.objects.select_for_update().get(pk=found.pk)


def _file(account: Account | int, import_id: Any) -> Import:
    """The import of a file; one of a vendor has no columns."""
    row = _held(account, import_id)
    if row.kind != Import.Kind.CSV:
        raise NotFound
    return row


def _only_in(row: Import, states: Iterable[str], what: str) -> None:
    if row.state not in set(states):
        raise Conflict(f"This import is {row.get_state_display().lower()}. {what}", code="imports.wrong_state")


def _check_options(account: Account | int, options: Options) -> None:
    """Every choice is one that this account has. Raises ``Invalid``."""
    in_force = lists.of(account)
    wrong: dict[str, str] = {}
    for name, choices in (("lead_source_id", in_force.sources), ("sales_cycle_id", in_force.cycles)):
        chosen = getattr(options, name)
        if chosen is not None and chosen not in {choice.id for choice in choices.values()}:
            wrong[name] = "Choose one from the list."
    if options.assigned_user_id is not None:
        acts.assignable(account, options.assigned_user_id)
    own = Plan.objects.filter(account_id=id_of(account), kind=PlanKind.PLAN, pk=options.plan_id or 0)
    if options.plan_id is not None and not own.exists():
        wrong["plan_id"] = "Choose a plan of this account."
    if any(not tag.strip() or len(tag) > 60 for tag in options.tags):
        wrong["tags"] = "A tag has 1 to 60 characters."
    if wrong:
        raise Invalid(wrong)
