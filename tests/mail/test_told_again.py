"""A mailer's traffic, recorded and played again: as data like any vendor's, and without the password."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_smtp_custom import addon

from hub.core import redact
from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.dispatch.post.said import Stage
from hub.dispatch.states import State
from hub.testing import mail_faults as faults
from hub.testing.cassette import record, replay
from hub.testing.kit import Kit
from hub.testing.mail import MailServer
from hub.testing.playing import Unplayed
from tests.support.canary import CANARY, FORMS

SETTINGS = {"address": "ada@fastmail.com", "password": CANARY, "files_sent": True}


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cassettes" / "mail.jsonl"
    redact.forget([CANARY])


def recorded(path: Path, *troubles: faults.MailFault) -> str:
    """A mail, and the connection test, at a mail server that has troubles."""
    way_out = Outside(Egress())
    server = MailServer()
    way_out.office = server
    server.fail(*troubles)
    with record(addon, path, SETTINGS, outside=way_out) as hub:
        return story(hub)


def story(hub: Kit, subject: str = "Hello") -> str:
    run = hub.rest(hub.run("smtp_custom.mail", subject=subject, text="Hi {{client.firstName}}"))
    return f"{run.state} {run.note} {hub.check()}"


def test_a_mail_whose_answer_was_lost_plays_again_to_the_same_end(path: Path) -> None:
    then = recorded(path, faults.dropped_after(acts=True))

    with replay(path, addon) as hub:
        now = story(hub)

    assert now == then
    assert now.startswith(str(State.DONE))


def test_another_mail_is_not_the_one_that_was_recorded(path: Path) -> None:
    recorded(path)

    with pytest.raises(Unplayed, match="Hallo"), replay(path, addon) as hub:
        story(hub, "Hallo")


def test_what_is_kept_of_a_mail_is_readable_so_that_names_and_secrets_are_found_in_it(path: Path) -> None:
    way_out = Outside(Egress())
    way_out.office = MailServer()
    with record(addon, path, SETTINGS, outside=way_out) as hub:
        hub.run("smtp_custom.mail", subject=f"Grüße {CANARY}", text=f"Straße {CANARY} " * 40)

    text = path.read_text(encoding="utf-8")
    assert "Gr" in text
    assert not [form for form in FORMS if form in text]
    assert json.loads(text.splitlines()[-1])["request"]["mail"]["headers"]["Subject"].startswith("Grüße")


def test_the_recording_holds_no_password(path: Path) -> None:
    echo = faults.said("echo", Stage.LOGIN, 454, f"4.7.0 not with {CANARY}")
    recorded(path, echo)

    text = path.read_text(encoding="utf-8")
    assert "smtps://smtp.fastmail.com:465" in text
    assert not [form for form in FORMS if form in text]
