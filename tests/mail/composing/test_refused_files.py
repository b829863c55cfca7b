"""Which refusals a mail with files may owe to its files: what each provider says, in its own words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hub_gmail.endpoints import GoogleError
from hub_gmail.refusals import better
from hub_outlook.refusals import MEANINGS

from hub.core.errors import Refused
from hub.core.mail import Attachment, Message
from hub.core.outcomes import Outcome, Rejected, Wait
from hub.dispatch.post.meanings import meaning
from hub.dispatch.post.said import Said, Stage
from hub.mail.files import refused
from hub.mail.files.reads import Enclosed

PDF = Enclosed("a.pdf", "application/pdf", 9, b"%PDF-1.4 ", "https://hub.test/f")
WITH_IT = Message(
    message_id="<m@hub.test>", sender="a@hub.test", to=("b@x.test",), text="x",
    attachments=(Attachment.of(PDF.name, PDF.kind, PDF.content),),
)  # fmt: skip


def by_post(stage: Stage, code: int, words: str) -> Outcome:
    return meaning(Said(stage=stage, code=code, words=words), "mail.test")


def by_gmail(words: str) -> Outcome:
    said = GoogleError.model_validate({"error": {"message": words, "errors": [{"reason": "invalidArgument"}]}})
    return better(Refused(Rejected(words), 400, said), datetime(2026, 3, 2, tzinfo=UTC)).outcome


@pytest.mark.parametrize(
    ("outcome", "owes"),
    [
        (by_post(Stage.DOT, 552, "5.7.0 This message was blocked because its content presents a risk"), True),
        (by_post(Stage.DOT, 554, "5.7.1 attachment type not allowed"), True),
        (by_post(Stage.DOT, 550, "5.6.11 SMTPSEND.BareLinefeedsAreIllegal"), True),
        (by_post(Stage.SIZE, 552, "it takes 10 kB at most"), True),
        (by_gmail("Invalid attachment"), True),
        (MEANINGS["ErrorMessageSizeExceeded"], True),
        (by_post(Stage.RECIPIENT, 550, "5.1.1 no such user"), False),
        (by_post(Stage.DOT, 552, "5.2.2 mailbox full"), False),
        (by_post(Stage.DOT, 451, "4.3.0 try again"), False),
        (by_post(Stage.LOGIN, 535, "5.7.8 authentication failed"), False),
        (by_gmail("Invalid To header"), False),
        (MEANINGS["ErrorInvalidRecipients"], False),
        (MEANINGS["ErrorQuotaExceeded"], False),
        (Wait("later"), False),
    ],
)  # fmt: skip
def test_what_may_be_owed_to_a_file(outcome: Outcome, owes: bool) -> None:
    assert refused.may_be_why(outcome, WITH_IT, [PDF]) is owes


def test_a_mail_without_attachments_or_links_to_give_is_refused_for_itself() -> None:
    no = Rejected("refused")

    assert not refused.may_be_why(no, WITH_IT.model_copy(update={"attachments": ()}), [PDF])
    assert not refused.may_be_why(no, WITH_IT, [PDF._replace(address="")])
