"""The providers whose servers are known.

Hosts, ports and user names are those of Thunderbird's provider database (March 2026) unless a line says otherwise. Which of
them file sent mail by themselves is attested nowhere, so none is said to: the hub puts the copy into *Sent*, and an account whose
provider does it as well says so in its form.

``exchangers`` are the hosts that providers tell their customers to enter as MX records of own domains, as the papers about it had
them in November 2026. Mailboxes of AOL and Yahoo are taken in by the same machines under names of their own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hub.core import MailPreset

APP = "Its password for other programs is an app password, made in the security settings of the account."
SWITCH = "IMAP must be switched on in the settings of the mailbox."

_implicit: Any = partial(MailPreset, smtp_port=465, smtp_tls="implicit")
"""TLS from the first byte, which most providers prefer."""


def _zoho(name: str, title: str, word: str, ending: str, *domains: str, taken_in: bool = False) -> MailPreset:
    """Zoho has a set of servers in each region. With ``taken_in`` it is the one for own domains there."""
    smtp, imap = f"smtp{word}.zoho.{ending}", f"imap{word}.zoho.{ending}"
    exchangers = (f"zoho.{ending}",) if taken_in else ()
    found: MailPreset = _implicit(
        name, title, smtp, imap_host=imap, domains=domains, exchangers=exchangers, help=f"{SWITCH} {APP}"
    )
    return found


PRESETS: tuple[MailPreset, ...] = (
    # Apple takes the whole address for sending and its first part for reading.
    MailPreset("icloud", "iCloud", "smtp.mail.me.com", 587, "imap.mail.me.com", domains=("icloud.com", "me.com", "mac.com"),
               exchangers=("mail.icloud.com",), imap_user="{local}", help=f"{APP} Two-factor authentication must be on.",
               href="https://account.apple.com/"),
    _implicit("yahoo", "Yahoo", "smtp.mail.yahoo.com", imap_host="imap.mail.yahoo.com", help=APP,
              exchangers=("yahoodns.net", "biz.mail.yahoo.com"),
              domains=("yahoo.com", "yahoo.co.uk", "yahoo.ca", "yahoo.de", "yahoo.fr", "ymail.com", "rocketmail.com")),
    _implicit("aol", "AOL", "smtp.aol.com", imap_host="imap.aol.com", domains=("aol.com", "aim.com", "verizon.net"), help=APP,
              exchangers=("mx-aol.mail.gm0.yahoodns.net",)),
    _implicit("att", "AT&T", "smtp.mail.att.net", imap_host="imap.mail.att.net", help="Its password is a secure mail key.",
              domains=("att.net", "sbcglobal.net", "bellsouth.net")),
    _zoho("zoho", "Zoho Mail", "", "com", "zoho.com", "zohomail.com"),
    _zoho("zoho_eu", "Zoho Mail (Europe)", "", "eu", "zoho.eu", "zohomail.eu"),
    _zoho("zoho_in", "Zoho Mail (India)", "", "in", "zoho.in", "zohomail.in", taken_in=True),
    _zoho("zoho_au", "Zoho Mail (Australia)", "", "com.au", taken_in=True),
    _zoho("zoho_jp", "Zoho Mail (Japan)", "", "jp", taken_in=True),
    _zoho("zoho_pro", "Zoho Mail, own domain", "pro", "com", taken_in=True),
    _zoho("zoho_pro_eu", "Zoho Mail, own domain (Europe)", "pro", "eu", taken_in=True),
    _implicit("fastmail", "Fastmail", "smtp.fastmail.com", imap_host="imap.fastmail.com", domains=("fastmail.com", "fastmail.fm"),
              exchangers=("messagingengine.com",), help=APP),
    _implicit("godaddy", "GoDaddy Workspace", "smtpout.secureserver.net", imap_host="imap.secureserver.net", app_password=False,
              exchangers=("secureserver.net",), help="The mailbox's own password."),
    _implicit("rackspace", "Rackspace", "secure.emailsrvr.com", imap_host="secure.emailsrvr.com", app_password=False,
              exchangers=("emailsrvr.com",), help="The mailbox's own password."),
    _implicit("yandex", "Yandex", "smtp.yandex.com", imap_host="imap.yandex.com", domains=("yandex.com", "yandex.ru", "ya.ru"),
              exchangers=("mx.yandex.net", "mx.yandex.ru"), help=f"{SWITCH} {APP}"),
    MailPreset("gmx_com", "GMX (.com)", "mail.gmx.com", 587, "imap.gmx.com", domains=("gmx.com", "gmx.us"), app_password=False,
               help=f"{SWITCH} With two-factor authentication an app password is needed."),
    MailPreset("gmx_net", "GMX (.net, .de)", "mail.gmx.net", 587, "imap.gmx.net", app_password=False,
               domains=("gmx.net", "gmx.de", "gmx.at", "gmx.ch"),
               help=f"{SWITCH} With two-factor authentication an app password is needed."),
    MailPreset("web_de", "WEB.DE", "smtp.web.de", 587, "imap.web.de", domains=("web.de",), app_password=False,
               smtp_user="{local}", imap_user="{local}", help=SWITCH),
    MailPreset("mail_com", "mail.com", "smtp.mail.com", 587, "imap.mail.com", domains=("mail.com",), app_password=False,
               exchangers=("mx00.mail.com", "mx01.mail.com"), help=SWITCH),
    MailPreset("comcast", "Comcast Xfinity", "smtp.comcast.net", 587, "imap.comcast.net", app_password=False,
               domains=("comcast.net",), help="Access for other programs must be switched on in the security settings."),
    _implicit("mail_ru", "Mail.ru", "smtp.mail.ru", imap_host="imap.mail.ru", domains=("mail.ru", "bk.ru", "inbox.ru", "list.ru"),
              exchangers=("emx.mail.ru", "mxs.mail.ru"), help=APP),
    # Signposts: these take no password from other programs, or have an add-on of their own.
    MailPreset("gmail", "Gmail", domains=("gmail.com", "googlemail.com"),
               instead="Use the Gmail add-on, or choose Custom with smtp.gmail.com, port 587, and an app password."),
    MailPreset("outlook", "Outlook.com and Microsoft 365", domains=("outlook.com", "hotmail.com", "live.com", "msn.com"),
               instead="Use the Outlook add-on: Microsoft takes no password from other programs."),
    MailPreset("godaddy_365", "GoDaddy Microsoft 365",
               instead="Use the Outlook add-on: these mailboxes are Microsoft's, which takes no password from other programs."),
)  # fmt: skip
"""Also the order of the drop-down."""
