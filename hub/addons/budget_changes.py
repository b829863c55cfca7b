"""Setting what an account may spend."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import budgets
from hub.addons.budgets import ALL, MOST_PER_DAY, REPEAT_DAYS, Limits
from hub.addons.models import Budget
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db.errors import Invalid


def set_limits(account: Account, limits: Limits, *, by: Actor) -> bool:
    """Keep these limits and no others. False: they were these already. Steps that wait for room go on by themselves.

    Raises:
        Invalid: a number is out of its bounds; by ``per_day.<add-on>`` and ``repeat_days``.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    _check(limits)
    before = budgets.of([account.pk])[account.pk]
    if before == limits:
        return False
    Budget.objects.filter(account=account).delete()
    Budget.objects.bulk_create(
        Budget(account=account, addon=addon, per_day=limits.per_day.get(addon), repeat_days=_days(addon, limits))
        for addon in {ALL, *limits.per_day}
    )
    data = {"per_day": dict(limits.per_day), "repeat_days": limits.repeat_days, "was": dict(before.per_day)}
    record("budget_set", "account", account.pk, by=by, account_id=account.pk, data=data)
    return True


def _days(addon: str, limits: Limits) -> int | None:
    """Kept only where it is not the usual, so that another usual counts for whoever said nothing."""
    return limits.repeat_days if addon == ALL and limits.repeat_days != REPEAT_DAYS else None


def _check(limits: Limits) -> None:
    problems = {
        f"per_day.{addon}": _("Enter a whole number up to %(most)s, or nothing.") % {"most": f"{MOST_PER_DAY:,}"}
        for addon, number in sorted(limits.per_day.items())
        if not 0 <= number <= MOST_PER_DAY
    }
    if not 0 <= limits.repeat_days <= budgets.longest_repeat_days():
        problems["repeat_days"] = _("Enter a number of days up to %(most)s.") % {"most": budgets.longest_repeat_days()}
    if problems:
        raise Invalid(problems)
