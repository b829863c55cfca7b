"""Files: looked at when they come in, attached or linked as it fits, fetched by whoever has the link, gone when taken away."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hub.audit.actor import SYSTEM
from hub.core.mail import Mailer, MailPreset
from hub.db.errors import Invalid
from hub.mail.files import looking
from hub.mail.files.enclosing import MOST_ATTACHED, split
from hub.mail.files.reads import Enclosed

PDF = b"%PDF-1.4 prices"
ZIP = b"PK\x03\x04rest"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"), ("a.PDF", PDF, "application/pdf"), ("a.png", b"\x89PNG\r\n\x1a\nx", "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"), ("a.txt", "prices \u20ac".encode(), "text/plain"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.pdf", b"MZ\x90\x00", ""), ("a.exe", b"MZ\x90\x00", ""), ("a.html", b"<p>x", ""), ("a.txt", b"<!DOCTYPE html>", ""),
        ("a.svg", b"<svg/>", ""), ("a.zip", ZIP, ""), ("a.docm", ZIP, ""), ("a", PDF, ""), ("a.txt", b"\xff\xfe\x00", ""),
        ("a.png", PDF, ""),
    ],
)  # fmt: skip
def test_what_a_file_is_its_bytes_say(name: str, content: bytes, kind: str) -> None:
    assert looking.kind_of(name, content) == kind
    assert looking.kind_of("a.docx", ZIP).endswith("wordprocessingml.document")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd.txt", "passwd.txt"), ("C:\\docs\\Price list.pdf", "Price list.pdf"), ("a\r\nBcc: x.pdf", "aBcc x.pdf"),
        ("\u202efdp.exe", "fdp.exe"), (" .. ", "file"), ("x" * 500 + ".pdf", "x" * 120 + ".pdf"), ('a"b<c>.pdf', "abc.pdf"),
        ("", "file"),
    ],
)  # fmt: skip
def test_a_name_is_one_plain_line_without_a_folder(given: str, name: str) -> None:
    assert looking.name_of(given) == name


def one(kind: str = "image/png", size: int = 1_000, address: str = "https://hub.test/f") -> Enclosed:
    return Enclosed(f"f.{size}", kind, size, b"x", address)


ADVISES = Mailer("post.mail", "Mail", presets=(MailPreset("p", "P", "smtp.test"),), as_links=("application/pdf",))


@pytest.mark.parametrize(
    ("how", "mailbox", "linked"),
    [("as advised", None, [True, False]), ("as advised", True, [True, True]), ("as advised", False, [False, False]),
     ("attached", True, [False, False]), ("as links", False, [True, True])],
)  # fmt: skip
def test_the_step_s_word_counts_then_the_mailbox_s_then_the_mailer_s(
    how: str, mailbox: bool | None, linked: list[bool]
) -> None:
    files = (one("application/pdf"), one("image/png", 2_000))

    attached, links = split(files, how, ADVISES, mailbox)

    assert [file in links for file in files] == linked
    assert set(attached) | set(links) == set(files)


def test_what_does_not_fit_is_linked_and_what_has_no_link_is_attached() -> None:
    large = one(size=MOST_ATTACHED)

    assert split((one(), large), "attached", None, None) == ((one(),), (large,))
    assert split((one(address=""),), "as links", None, None) == ((one(address=""),), ())


@pytest.mark.django_db
class TestTheLink:
    @pytest.fixture
    def row(self, settings: Any) -> Any:
        from hub.mail.files import changes
        from tests.support.people import make_account

        settings.HUB_PUBLIC_URL = "https://hub.test"
        return changes.add(make_account("Engines"), "Pr\u00e9cis \u20ac.pdf", PDF, by=SYSTEM)

    def where(self, row: Any) -> str:
        from hub.mail.files import links

        return links.address(row.uid).removeprefix("https://hub.test")

    def test_it_gives_the_file_to_be_kept_and_not_opened(self, row: Any) -> None:
        answer = Client().get(self.where(row))

        assert (answer.status_code, answer.content) == (200, PDF)
        assert answer["Content-Disposition"].startswith('attachment; filename="Precis.pdf"')
        assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store, private")

    def test_it_dies_with_the_file_after_ninety_days_and_when_it_is_cut(self, row: Any, monkeypatch: Any) -> None:
        import time

        from hub.mail.files import changes

        way = self.where(row)
        assert Client().get(way[:-1]).status_code == 404
        later = time.time() + 91 * 86_400
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
        assert Client().get(way).status_code == 404
        monkeypatch.undo()
        assert Client().get(way).status_code == 200
        changes.withdraw(row.account, row.pk, by=SYSTEM)
        assert Client().get(way).status_code == 404

    @pytest.mark.parametrize(
        ("name", "content"), [("a.pdf", b""), ("a.exe", b"MZ"), ("a.pdf", PDF + b"x" * looking.MOST_BYTES)]
    )
    def test_what_is_no_such_file_is_not_kept(self, row: Any, name: str, content: bytes) -> None:
        from hub.mail.files import changes

        with pytest.raises(Invalid):
            changes.add(row.account, name, content, by=SYSTEM)
        assert changes.add(row.account, row.name, PDF, by=SYSTEM) == row
