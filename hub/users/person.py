"""What people type about a user, checked and brought into one form. Pure but for the password rules' word lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hub.accounts import info
from hub.db.errors import Invalid
from hub.db.texts import one_line
from hub.users.models import User

FIELDS = ("username", "email", "first_name", "last_name", "phone", "landing_page")
LONGEST = {"username": 150, "first_name": 60, "last_name": 60, "landing_page": 60}


def clean(values: Mapping[str, Any], region: str = info.DEFAULT_REGION) -> dict[str, str]:
    """The values ready to store; everything wrong at once as ``Invalid``. Other fields than these are refused."""
    cleaned: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        try:
            cleaned[name] = _field(name, "" if value is None else str(value).strip(), region)
        except info.Wrong as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid(wrong)
    return cleaned


def check_password(password: str, user: User) -> None:
    """The rules for a new password. Raises ``Invalid`` with every reason."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": " ".join(error.messages)}) from None


def check_repeated(password: str, repeated: str) -> None:
    """The password and its repetition must be the same."""
    if password != repeated:
        raise Invalid({"repeated": _("The two passwords are not the same.")})


def _field(name: str, text: str, region: str) -> str:
    if not one_line(text):
        raise info.Wrong(_("Remove line breaks and control characters."))
    if name == "email":
        return info.email(text)
    if name == "phone":
        return info.phone(text, region)
    if name not in FIELDS:
        raise info.Wrong(_("This field cannot be changed here."))
    if name == "username" and not re.fullmatch(r"\S+", text):
        raise info.Wrong(_("Choose a user name without spaces."))
    if len(text) > LONGEST[name]:
        raise info.Wrong(_("Use at most %(most)s characters.") % {"most": LONGEST[name]})
    return text
