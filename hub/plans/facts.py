"""Facts of an account for plugins and tokens, the same for the engine and the preview."""

from __future__ import annotations

from hub.accounts.models import Account
from hub.core import facts

_NAMES = tuple(name for name in facts.Account.model_fields if name != "id")


def account_facts(account: Account) -> facts.Account:
    """What a plugin may know of the account."""
    return facts.Account(id=str(account.pk), **{name: getattr(account, name) for name in _NAMES})
