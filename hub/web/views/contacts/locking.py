"""Why a list cannot be changed here, and who can: a sentence beside the field it is about."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.contacts.lists import Lists


def explained(in_force: Lists, subject: str) -> str:
    """What a lock from above means for a field; empty when there is none."""
    lock = in_force.locked(subject)
    if lock is None:
        return ""
    above = lock.account_name or _("An account above")
    words = {
        "lead_sources": _("%(above)s keeps this list for the accounts beneath; an admin there can change it."),
        "sales_cycle": _("%(above)s keeps the sales cycle for the accounts beneath; an admin there can change it."),
        "tags": _("%(above)s keeps the tags: only tags of that list can be added. An admin there can add to it."),
        "custom_fields": _("%(above)s keeps the custom fields; an admin there can change which there are."),
        "contact_deletion": _(
            "%(above)s has locked this: contacts cannot be archived here. An admin there can unlock it."
        ),
    }
    return words[subject] % {"above": above}
