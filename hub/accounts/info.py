"""What people type on Account Info, checked and brought into one form. Pure.

``clean`` takes any subset of the fields and returns the same subset, ready to store; everything wrong is reported at once,
each field with its own sentence. A field that is not listed here cannot be set this way, whatever a form sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from django.utils.translation import gettext as _

from hub.db.errors import Invalid
from hub.db.texts import one_line

DEFAULT_REGION = "US"
LONGEST_TEXT = {
    "name": 120,
    "first_name": 60,
    "last_name": 60,
    "account_holder": 120,
    "company": 120,
    "office_phone": 40,
    "address1": 120,
    "address2": 120,
    "address3": 120,
    "city": 80,
    "state": 80,
    "zip": 20,
}
BRAND_FIELDS = ("theme_text", "header_color", "footer_color")
LONGEST_RETENTION_DAYS = 3_650

Values = Mapping[str, Any]


class Wrong(ValueError):
    """One field is wrong; the message is for the person who typed it."""


def clean(values: Values, region: str = DEFAULT_REGION) -> dict[str, Any]:
    """The values ready to store. ``region`` is the country of telephone numbers typed without one. Raises ``Invalid``."""
    region = str(values.get("country") or region or DEFAULT_REGION).upper()
    cleaned: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        try:
            cleaned[name] = _field(name, value, region)
        except Wrong as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid(wrong)
    return cleaned


def phone(text: str, region: str = DEFAULT_REGION) -> str:
    """A telephone number as E.164 (``+18015550123``); empty stays empty. Raises ``Wrong``."""
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise Wrong(
            _("This is not a telephone number. Type it with its country code, such as +1 801 555 0123.")
        ) from None
    if not phonenumbers.is_possible_number(number):
        raise Wrong(_("This telephone number has too few or too many digits."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(text: str) -> str:
    """An e-mail address in its normal form; empty stays empty. Nothing is asked of the network. Raises ``Wrong``."""
    if not text:
        return ""
    from email_validator import EmailNotValidError, validate_email  # a twentieth of the hub's start, for few addresses

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Wrong(_("This is not an e-mail address.")) from None


def time_zone(text: str) -> str:
    """An IANA time zone name. Raises ``Wrong``."""
    if text not in _zones():
        raise Wrong(_("Choose a time zone from the list, such as America/Denver."))
    return text


def website(text: str) -> str:
    """An http or https address; a bare host name gets https. Raises ``Wrong``."""
    if not text:
        return ""
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and not parts.username
    except ValueError:
        good = False
    if not good or len(address) > 300 or re.search(r"\s", address):
        raise Wrong(_("This is not a web address. Type it as https://example.com."))
    return address


def colour(text: str) -> str:
    """A colour as ``#rrggbb``; empty stays empty. Raises ``Wrong``."""
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise Wrong(_("Type a colour as # and six hex digits, such as #1a2b3c."))
    return text.lower()


def country(text: str) -> str:
    """A two-letter country code; empty stays empty. Raises ``Wrong``."""
    code = text.upper()
    if code and code not in phonenumbers.SUPPORTED_REGIONS:
        raise Wrong(_("Choose a country from the list."))
    return code


def _days(value: Any) -> int:
    text = str(value if value is not None else "").strip() or "0"
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) > LONGEST_RETENTION_DAYS:
        raise Wrong(_("Type a whole number of days, at most 3650; 0 keeps notifications for ever."))
    return int(text)


def _row_id(value: Any) -> int | None:
    if value in (None, ""):
        return None
    if not re.fullmatch(r"[0-9]{1,18}", str(value)):
        raise Wrong(_("Choose one from the list."))
    return int(str(value))


_TEXTS: dict[str, Callable[[str], str]] = {
    "email": email,
    "time_zone": time_zone,
    "website": website,
    "country": country,
    **dict.fromkeys(BRAND_FIELDS, colour),
}


def _field(name: str, value: Any, region: str) -> Any:
    if name == "notification_delete_days":
        return _days(value)
    if name == "default_lead_source_id":
        return _row_id(value)
    text = _plain(value)
    if name == "phone":
        return phone(text, region)
    if name in _TEXTS:
        return _TEXTS[name](text)
    if name not in LONGEST_TEXT:
        raise Wrong(_("This field cannot be changed here."))
    if name == "name" and not text:
        raise Wrong(_("An account needs a name."))
    if len(text) > LONGEST_TEXT[name]:
        raise Wrong(_("Use at most %(most)s characters.") % {"most": LONGEST_TEXT[name]})
    return text


def _plain(value: Any) -> str:
    text = "" if value is None else str(value).strip()
    if not one_line(text):
        raise Wrong(_("Remove line breaks and control characters."))
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
