"""`docs/mailers.md` holds every trouble, every handle of the played mail server and every call of the post room."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.mail_post import Post
from hub.testing import mail_faults as faults
from hub.testing.mail import MailServer

PAGE = (Path(__file__).parents[2] / "docs" / "mailers.md").read_text(encoding="utf-8")

TROUBLES = [
    *faults.PASSING, *faults.FOR_ADMIN, *faults.FOR_CONTACT, *faults.ON_LOOK_UP, *faults.ambiguous(), faults.refused(),
    faults.unknown_host(),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted({trouble.name for trouble in TROUBLES}))
def test_every_trouble_has_its_place_in_the_table(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", [name for name in vars(MailServer()) | vars(MailServer) if not name.startswith("_")])
def test_every_handle_of_the_played_server_is_told(name: str) -> None:
    if name not in ("exchange", "close"):  # the post room's own protocol
        assert f"`{name}" in PAGE


@pytest.mark.parametrize("name", [name for name in vars(Post) if not name.startswith("_")])
def test_every_call_of_the_post_room_is_told(name: str) -> None:
    assert f"vendor.post.{name}(" in PAGE
