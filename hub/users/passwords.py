"""How passwords are kept: Argon2id with the parameters of RFC 9106's second recommended option."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hub.db.texts import storable

LONGEST = 256  # characters; far beyond the 64 that must be allowed, and short enough to hash without strain


class Argon2id(Argon2PasswordHasher):
    """64 MiB, three passes, four lanes (RFC 9106 section 4): about 60 ms here."""

    time_cost = 3
    memory_cost = 64 * 1024  # KiB
    parallelism = 4


class LongestAllowed:
    """Refuses passwords so long that hashing them would be the attack. Nothing is ever cut off silently."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")
        if not storable(password):
            raise ValidationError(_("This password holds a character that cannot be kept."), code="password_unstorable")

    def get_help_text(self) -> str:
        return _("Use at most %(longest)s characters.") % {"longest": LONGEST}
