"""What vendors' limits make of a plan, in sentences: “Mailbox Power takes 60 a minute: 500 contacts take about 9 minutes.”"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from django.utils.translation import gettext as _

from hub.addons import catalog
from hub.plans import pace
from hub.plans.models import PlanVersion
from hub.web.design.progress import span_in_words

WORTH_SAYING = timedelta(minutes=1)
"""What goes faster is not noticed."""


def lines(version: PlanVersion | None, contacts: int) -> list[str]:
    """A sentence for each add-on of the plan whose vendor makes so many contacts wait."""
    return list(_lines(version, contacts)) if version is not None else []


def _lines(version: PlanVersion, contacts: int) -> Iterator[str]:
    types = version.steps.order_by("position").values_list("action_type", flat=True)
    for addon in dict.fromkeys(type_.partition(".")[0] for type_ in types):
        manifest = catalog.manifest(addon)
        rate = pace.rate_of(manifest.rate) if manifest else None
        if manifest and rate and pace.takes(rate, contacts) > WORTH_SAYING:
            yield _("%(addon)s takes %(rate)s: a step of %(contacts)s contacts takes about %(span)s.") % {
                "addon": manifest.title, "rate": pace.words(rate), "contacts": f"{contacts:,}",
                "span": span_in_words(_rounded(pace.takes(rate, contacts))),
            }  # fmt: skip


def _rounded(span: timedelta) -> timedelta:
    """To the next whole minute, and from two hours on to the next whole hour: words leave the rest away."""
    unit = timedelta(hours=1) if span > timedelta(hours=2) else timedelta(minutes=1)
    return unit * ceil(span / unit)
