"""The add-on: a form, a credential, a mailer. Everything else is the hub's."""

from __future__ import annotations

from hub.core import AddOn, MailboxLogin, Mailer, Rate, mailbox_form
from hub.core.mail_parser import ParserMail, find_lines, send_lines
from hub_smtp_custom.presets import PRESETS

addon = AddOn(
    "smtp_custom",
    title="E-mail (SMTP and IMAP)",
    summary="Sends the mails of your plans from your own mail account, and reads the answers.",
    settings=mailbox_form(PRESETS, custom=True),
    auth=MailboxLogin("address", "password"),
    # No provider tells its limit in a form that could be kept here; this is under all that are known.
    rate=Rate(10, per="minute", burst=5),
    aliases=("SMTP", "IMAP", "Custom SMTP", "iCloud", "Yahoo", "AOL", "Zoho", "Fastmail", "GMX"),
    help=(
        "Type the e-mail address and the password that your provider makes for other programs, then press Test.",
        "The provider is found out from the address. For a domain of your own choose the provider, or Custom with its servers.",
        "Mail is sent from this address, and a copy is put into your folder of sent mail.",
    ),
    logo="mail",
)

mailer = addon.mailer(Mailer("smtp_custom.mail", "E-mail (SMTP)", presets=PRESETS, custom=True))

parser_mail = addon.action(
    "parser_mail",
    ParserMail,
    title="Zapier parser e-mail",
    advice="Make the mailbox at Zapier's e-mail parser first. Send a test, teach the parser where each value stands, and send "
    "another.",
    icon="mail",
)(send_lines)
parser_mail.reconcile(find_lines)
