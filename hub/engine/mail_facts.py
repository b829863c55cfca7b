"""What is known of the e-mails among claimed runs: who carries each, what it brings along, what keeps it from its contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.accounts.models import Account
from hub.contacts.facts import Found
from hub.engine.claim import Claimed
from hub.engine.models import Attempt
from hub.engine.step_facts import StepFacts
from hub.mail import minding, resolving
from hub.mail.loading import NO_FILES, Files, files_of
from hub.mail.resolving import Route


@dataclass(frozen=True, slots=True)
class MailFacts:
    """By the run's id; a run that is no e-mail is in none of them."""

    routes: Mapping[UUID | int, Route]
    files: Mapping[UUID | int, Files]
    words: Mapping[UUID | int, minding.Word]

    def of_run(self, run_id: UUID) -> tuple[Route | None, Files, minding.Word]:
        """What there is to say of one run, whether it is an e-mail or not."""
        return self.routes.get(run_id), self.files.get(run_id, NO_FILES), self.words.get(run_id, minding.NOTHING)


def of(
    runs: Sequence[Claimed],
    steps: Mapping[int, StepFacts],
    accounts: Mapping[int, Account],
    people: Mapping[int, Found],
    attempts: Mapping[UUID, Attempt],
) -> MailFacts:
    """Nobody is asked where there is no e-mail."""
    mails = [run for run in runs if run.action_type == resolving.SEND]
    files = files_of((run.id, run.account_id, steps[run.plan_step_id].options) for run in mails)
    return MailFacts(_routes(mails, steps, people, attempts), files, _words(mails, steps, accounts, people, files))


def _routes(
    mails: Sequence[Claimed],
    steps: Mapping[int, StepFacts],
    people: Mapping[int, Found],
    attempts: Mapping[UUID, Attempt],
) -> dict[UUID | int, Route]:
    """By which mailbox each goes."""
    return resolving.of(
        resolving.Ask(
            run.id, run.account_id, _assigned(people.get(run.contact_id)),
            str(steps[run.plan_step_id].options.get("sender") or ""), _left_by(attempts.get(run.id)),
        )
        for run in mails
    )  # fmt: skip


def _assigned(person: Found | None) -> int | None:
    user = person.facts.assigned_user if person else None
    return int(user.id) if user else None


def _left_by(attempt: Attempt | None) -> int | None:
    return None if attempt is None else attempt.connection_id or 0


def _words(
    mails: Sequence[Claimed],
    steps: Mapping[int, StepFacts],
    accounts: Mapping[int, Account],
    people: Mapping[int, Found],
    files: Mapping[UUID | int, Files],
) -> dict[UUID | int, minding.Word]:
    """What their contacts have to say; one that may have left already is looked up, whatever they say."""
    return minding.of(
        minding.Ask(
            run.id, accounts[run.account_id], run.contact_id, people[run.contact_id].facts,
            steps[run.plan_step_id].options, files.get(run.id, NO_FILES),
        )
        for run in mails
        if not run.open_attempts and run.contact_id in people
    )  # fmt: skip
