"""Whether whoever began an import may still do so, asked before each page as for bulk changes (``hub.contacts.bulk.whose``): what
somebody may no longer do ends while it is at work, too."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.accounts.models import Switch
from hub.contacts.bulk import whose
from hub.db.errors import Problem, Refused
from hub.imports import ending
from hub.imports.models import WORKING, Import
from hub.imports.vendor import ending as vendor_ending

ALL = "all"
"""An import is compared with every contact of the account."""


def may_go_on(import_id: int, page: int) -> bool:
    """End the import with the reason where they may not. Inside a transaction, and while the account is not locked."""
    rows = Import.objects.select_for_update(of=("self",)).filter(pk=import_id, page=page, state__in=WORKING)
    row = rows.first()
    if row is None:
        return False
    try:
        _check(row)
    except Problem as problem:
        if Switch.objects.filter(account_id=row.account_id, locked=True).exists():
            return False  # nobody may while it is; the sweep rings again when it no longer is
        end = vendor_ending if row.kind == Import.Kind.VENDOR else ending
        end.fail(row, problem.sentence)
        return False
    return True


def _check(row: Import) -> None:
    if whose.viewer_for(row, "contacts.import").sees != ALL:
        who = row.by.get("label", "")
        raise Refused(
            _("%(name)s no longer sees all contacts of the account, and an import is compared with every one of them.")
            % {"name": who},
            _("An admin can go on with it."),
            reason="visibility",
        )
