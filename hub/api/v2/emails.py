"""An e-mail to a client: *Create Manual Email*. The call's own name and those of its parameters are assumed."""

from __future__ import annotations

from datetime import datetime

from hub.api.request import ApiRequest
from hub.api.v2 import codes, finding
from hub.api.v2.codes import Said
from hub.api.v2.door import Rows, call
from hub.api.v2.parameters import Parameters
from hub.plans import letters
from hub.plans.letters import Letter
from hub.plans.zones import on_the_clock, zone_of

CLOCK = "%Y-%m-%d %H:%M:%S"


@call("POST", "create_manual_email", "v2.create_manual_email", "send e-mails by API 2.0")
def create_manual_email(request: ApiRequest, given: Parameters) -> Rows:
    """Have an e-mail sent to a client, at once or at a time of the account's clock."""
    given.required("client_id", "subject", "body")
    row = finding.client(request, given.id("client_id"))
    letter = Letter(given.text("subject"), given.text("body"), due=_when(request, given.text("date_time")))
    run_id = letters.ask(request.account, row, letter, by=request.actor, now=request.now)
    return Rows([finding.reference(row) | {"email_id": str(run_id)}])


def _when(request: ApiRequest, text: str) -> datetime | None:
    if not text:
        return None
    try:
        wall = datetime.strptime(text, CLOCK)
    except ValueError:
        raise Said(codes.BAD_REQUEST, "date_time is written YYYY-MM-DD HH:MM:SS.") from None
    return on_the_clock(wall.date(), wall.time(), zone_of(request.account.time_zone))
