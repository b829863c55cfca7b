"""From what people and vendors type to what we store and compare. Pure: no database, no clock, no network.

Two kinds of result: a value to keep (trimmed, without control characters, a phone as E.164) and a *key* to compare by, folded
so that ``JOSÉ`` finds ``José`` and an address is the same in capitals. The quick paths at the top of ``email`` and ``phone``
answer for the many; what they do not know goes to the libraries, and a test holds the two to the same answer.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import phonenumbers

LONGEST_KEY = 220
LONGEST_SEARCH_TEXT = 800

# Controls, direction overrides, lone surrogates. NUL and surrogates would be refused by PostgreSQL.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_'+-]+(?:\.[A-Za-z0-9_'+-]+)*@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"
)
_PHONE_PUNCTUATION = str.maketrans("", "", " ().-\u00a0")
_NORTH_AMERICAN = re.compile(r"(\+1|1)?([2-9][0-9]{2}[2-9][0-9]{6})")
_NORTH_AMERICA = frozenset({"US", "CA"})
_HAS_DIGIT = re.compile(r"\d")
_NOT_DIGITS = re.compile(r"[^0-9]")


class Unusable(ValueError):
    """A value that cannot be what its field says; the message is for people."""


def line(value: object) -> str:
    """One line of text: trimmed, inner white space as single spaces, no control characters."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if text.isprintable() and "  " not in text:  # nearly always
        return text.strip()
    return _SPACES.sub(" ", _UNWANTED.sub("", _SPACES.sub(" ", text))).strip()


def lines(value: object) -> str:
    """Text that may have several lines."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def fold(text: str) -> str:
    """For comparing: without case, accents and surplus spaces. Folding twice changes nothing more."""
    if text.isascii():
        return " ".join(text.lower().split())
    for _ in range(2):  # folding a letter may uncover another mark, as with the dotted capital I
        bare = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
        text = bare.casefold()
    return " ".join(text.split())


def email(text: str) -> str:
    """An e-mail address with its domain in small letters. Raises ``Unusable``."""
    plain = _PLAIN_EMAIL.fullmatch(text)
    if plain and plain.start(1) <= 65 and len(text) <= 254:
        return text[: plain.start(1)] + plain.group(1).lower()
    from email_validator import EmailNotValidError, validate_email  # a twentieth of the hub's start, for few addresses

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Unusable("This is not an e-mail address.") from None


def email_key(address: str) -> str:
    """The same for every spelling of one address in capitals and small letters. Accents count."""
    return (address.lower() if address.isascii() else unicodedata.normalize("NFC", address.casefold()))[:254]


def phone(text: str, region: str) -> tuple[str, bool]:
    """A number as E.164 where it can be read so, and whether it could; else as it was typed.

    ``region`` is the account's country, for numbers without a country code. An extension stays behind ``" x"``.
    """
    digits = text.translate(_PHONE_PUNCTUATION)
    quick = _NORTH_AMERICAN.fullmatch(digits)
    if quick and (quick.group(1) == "+1" or region in _NORTH_AMERICA):
        return f"+1{quick.group(2)}", True
    return _any_phone(text, region)


@lru_cache(maxsize=4096)
def _any_phone(text: str, region: str) -> tuple[str, bool]:
    if not _HAS_DIGIT.search(text):
        return text, False
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return text, False
    if not phonenumbers.is_possible_number(number):
        return text, False
    told = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return (f"{told} x{number.extension}" if number.extension else told), True


_AMOUNT = re.compile(
    r"(?:[A-Z]{3}|kr\.?)?\s*[^\w\s.,+-]?\s*([+-]?)\s*[^\w\s.,+-]?\s*([\d.,'’\s]+?)\s*(?:[^\w\s.,+-]|[A-Z]{3}|kr\.?)?"
)
"""An amount, with a sign of money or a currency's letters before or behind it, and nothing else: ``5k`` is not five."""


def money(text: str) -> Decimal:
    """An amount such as ``$1,234.50``, ``1.234,50 €`` or ``CHF 1'234.50``, to the cent. Raises ``Unusable``."""
    found = _AMOUNT.fullmatch(text.strip()[:80])
    if found is None:
        raise Unusable("This is not an amount.")
    bare = found[1] + re.sub(r"[^0-9.,]", "", found[2])
    comma, dot = bare.rfind(","), bare.rfind(".")
    if comma > dot and (dot >= 0 or len(bare) - comma != 4):
        bare = bare.replace(".", "").replace(",", ".")
    try:
        amount = Decimal(bare.replace(",", "")).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Unusable("This is not an amount.") from None
    if abs(amount) >= Decimal(10) ** 12:
        raise Unusable("This amount is too large.")
    return amount


YES = frozenset({"yes", "y", "true", "1", "on", "opted in", "opt in", "optin", "subscribed", "x"})
NO = frozenset({"no", "n", "false", "0", "off", "opted out", "opt out", "optout", "unsubscribed", "never"})


def yes_or_no(text: str) -> bool | None:
    """What a consent column means; None when it says nothing we know."""
    word = fold(text.replace("-", " ").replace("_", " "))
    return True if word in YES else False if word in NO else None


def name_key(first: str, last: str, company: str, address: str) -> str:
    """What a list by name sorts by: last name, first name; else the company; else the e-mail address."""
    return fold(f"{last} {first}" if last or first else company or address)[:LONGEST_KEY]


def search_text(first: str, last: str, address: str, company: str, phones: tuple[str, ...]) -> str:
    """All that the search box looks through, folded; phones as bare digits."""
    words = fold(f"{first} {last} {address} {company}")[: LONGEST_SEARCH_TEXT - 100]
    numbers = " ".join(_NOT_DIGITS.sub("", number) for number in phones if number)
    return f"{words} {numbers}".strip()[:LONGEST_SEARCH_TEXT]


def search_words(text: str) -> list[str]:
    """The pieces that must all be found, for what somebody typed; a number typed with blanks is one piece."""
    folded = fold(line(text[:200]))
    digits = _NOT_DIGITS.sub("", folded)
    if len(digits) >= 4 and not re.search(r"[^0-9\s().+-]", folded):
        return [digits]
    return folded.split()[:8]
