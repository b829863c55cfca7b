"""A mail to somebody else whose author closes each value with a double bar is read by a program: no value moves its layout."""

from __future__ import annotations

import pytest

from hub.history.models import Note
from tests.mail.room.office import Office

pytestmark = pytest.mark.django_db(transaction=True)

LINES = "Name: {{client.firstName}} ||\nStreet: {{client.address}} ||\nNotes: {{client.whiteboard}} ||"
VALUES = {"first_name": "Ada || Byron", "whiteboard": "calls\r\nat noon"}


def note_of(office: Office) -> str:
    return str(Note.objects.get(kind="step.done").data["text"])


def test_values_are_flattened_and_the_history_says_of_which(office: Office) -> None:
    office.mailbox()
    office.plan(to="crew@robot.zapier.test", subject="{{client.firstName}}", text=LINES)

    office.after(office.enroll(**VALUES))

    assert office.mail.outbox[0].text == "Name: Ada  Byron ||\nStreet: 1 High St ||\nNotes: calls at noon ||"
    warning = "Line breaks and double bars were taken out of: client.firstName, client.whiteboard."
    assert note_of(office).endswith(warning)


def test_so_are_those_of_a_text_with_formatting(office: Office) -> None:
    office.mailbox()
    office.plan(to="crew@robot.zapier.test", text="", html="<p>Notes: {{client.whiteboard}} ||</p><p>End ||</p>")

    office.after(office.enroll(**VALUES))

    assert "Notes: calls at noon ||" in office.mail.outbox[0].text
    assert note_of(office).endswith("taken out of: client.whiteboard.")


@pytest.mark.parametrize(
    "options",
    [{"text": LINES}, {"to": "crew@partner.test", "text": LINES.replace("||", "|")}],
    ids=["contact", "no bars"],
)
def test_what_people_read_stays_as_it_is(office: Office, options: dict[str, str]) -> None:
    office.mailbox()
    office.plan(kind="personal", **options)

    office.after(office.enroll("ada@example.com", **VALUES))

    assert "calls\nat noon" in office.mail.outbox[0].text
    assert "Ada || Byron" in office.mail.outbox[0].text
    assert "taken out" not in note_of(office)
