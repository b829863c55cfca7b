"""Declaring a mailer: mistakes are told while the author is looking."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core import AddOn, DeclarationError, MailboxLogin, Mailer, MailPreset, mailbox_form
from hub.core.mail_form import DETECT
from hub.core.registry import from_objects
from hub.core.settings import fields_of

LARK = MailPreset("lark", "Larkmail", "smtp.lark.example", imap_host="imap.lark.example", domains=("lark.example",))


async def send(vendor: Any, message: Any) -> None: ...


async def find(vendor: Any) -> None: ...


def send_now(vendor: Any, message: Any) -> None: ...


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Mailer("larkmail", "Mail", presets=(LARK,)), "write 'addon.mailer'"),
        (lambda: Mailer("lark.mail", "Mail"), "neither which servers it knows nor how it sends"),
        (lambda: Mailer("lark.mail", "Mail", send_now), "must be an async function"),
        (lambda: Mailer("lark.mail", "Mail", send, find), "must take (vendor, message_id)"),
        (lambda: Mailer("lark.mail", "Mail", send, read=send), "yields pages"),
        (lambda: Mailer("lark.mail", "Mail", presets=(LARK, LARK)), "Larkmail, lark, lark.example stands for two"),
        (lambda: Mailer("lark.mail", "Mail", presets=(LARK,), settle="soon"), "soon"),
        (lambda: Mailer("lark.mail", "Mail", presets=(LARK,), largest=-1), "is no number of bytes"),
        (lambda: Mailer("lark.mail", "Mail", presets=(LARK,), as_links=("PDF",)), "application/pdf"),
        (lambda: MailPreset("x", "X"), "must give its servers, or say what to use instead"),
        (lambda: MailPreset("x", "X", "smtp.x.example", instead="Use Y."), "must give its servers"),
        (lambda: MailPreset("x", "X", "smtp.x.example", smtp_user="ada"), "{address} or {local}"),
        (lambda: MailPreset("x", "X", "smtp.x.example", href="javascript:1"), "https://"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(make: Any, words: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        make()

    assert words in str(refused.value)


def test_the_form_holds_the_presets_and_custom_servers_only_where_asked() -> None:
    plain = {spec.name: spec for spec in fields_of(mailbox_form((LARK,)))}
    custom = {spec.name: spec for spec in fields_of(mailbox_form((LARK,), custom=True))}

    assert [value for value, _ in plain["provider"].choices] == [DETECT, "Larkmail"]
    assert [value for value, _ in custom["provider"].choices] == [DETECT, "Larkmail", "Custom"]
    assert "smtp_host" not in plain
    assert custom["smtp_port"].default == 587


def test_a_mailer_is_a_step_with_its_own_form() -> None:
    made = AddOn("larkmail", title="Larkmail", settings=mailbox_form((LARK,)), auth=MailboxLogin())
    made.mailer(Mailer("larkmail.mail", "Larkmail", presets=(LARK,)))

    plugin = from_objects([made]).plugins["larkmail"]

    (action,) = plugin.actions
    assert (action.type, action.title, action.needs) == ("larkmail.mail", "Larkmail", ("email",))
    assert [spec.name for spec in fields_of(action.settings, step=True) if spec.tokens] == ["subject", "text"]
    assert plugin.info.check is not None, "signing in is the connection test"


def test_a_mailer_of_another_s_name_is_not_loaded() -> None:
    made = AddOn("larkmail", title="Larkmail", settings=mailbox_form((LARK,)), auth=MailboxLogin())
    made.mailer(Mailer("others.mail", "Larkmail", presets=(LARK,)))

    (trouble,) = from_objects([made]).troubles

    assert "it claims others.mail" in trouble.reason
