"""What accounts have chosen for all of their mail."""

from __future__ import annotations

from collections.abc import Iterable

from hub.mail.models import USUAL_MOST, MailHabits


def most_a_day(account_ids: Iterable[int]) -> dict[int, int]:
    """By account: how many e-mails one contact gets in a day. One query, none for no account."""
    wanted = set(account_ids)
    rows = MailHabits.objects.filter(account_id__in=wanted).values_list("account_id", "most_a_day") if wanted else ()
    return dict.fromkeys(wanted, USUAL_MOST) | dict(rows)
