"""What the answer to a cell was, and everything about it that is not as written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.http import HttpResponse

from tests.isolation.cells import ANY, AWAY, HIDDEN, OPEN, REFUSED, Cell
from tests.isolation.rows import Watch
from tests.isolation.world import Who, World

VARYING = re.compile(
    r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|hx-headers=\'[^\']*\'|"instance":"[^"]*"|"reference":\s*"[^"]*"'
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{12,32}\b|\b7\d{7}\b"
)
"""What differs between two answers although they say the same: numbers of the request, and the ids asked for."""


@dataclass
class Findings:
    """All that differs, and how much was asked."""

    cells: int = 0
    by: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def told(self) -> str:
        return "\n".join([f"{len(self.wrong)} of {self.cells} cells differ from what is written:", *self.wrong[:400]])


def walk(world: World, cells: Iterable[Cell]) -> Findings:
    """Ask every cell; each request is taken back before the next."""
    found, watch = Findings(), Watch()
    watch.begin()
    for cell in cells:
        found.cells += 1
        found.by[cell.who] += 1
        found.wrong += [f"{cell}: {trouble}" for trouble in _judge(world.who[cell.who], cell, watch)]
    return found


def _judge(who: Who, cell: Cell, watch: Watch) -> list[str]:
    answer, changed = _asked(who, cell, cell.path, watch)
    troubles = [f"{answer.status_code}, and {cell.expected} is written"] * (not _is_as_written(cell, answer))
    troubles += [f"the answer tells {leak}" for leak in who.foreign_in(text_of(answer)) if leak not in cell.sent]
    if cell.expected in (AWAY, REFUSED, HIDDEN):
        troubles += [f"it changed {row[:200]}" for row in changed]
    else:
        troubles += [f"it touched what is not theirs: {row[:200]}" for row in changed if who.foreign_in(row)]
    if cell.expected == HIDDEN and cell.twin != cell.path:
        unknown, _ = _asked(who, cell, cell.twin, watch)
        if said(answer) != said(unknown):
            troubles.append("an unknown id is answered otherwise")
    return troubles


def _asked(who: Who, cell: Cell, path: str, watch: Watch) -> tuple[HttpResponse, list[str]]:
    with transaction.atomic():
        with watch.listening():
            answer = who.call(cell.method, path, cell.body)
        changed = watch.changes()
        transaction.set_rollback(True)
    return answer, changed


def _is_as_written(cell: Cell, answer: HttpResponse) -> bool:
    status = answer.status_code
    away = status == 401 or (status == 302 and answer["Location"].startswith("/sign-in"))
    return {
        AWAY: away,
        REFUSED: status == 403,
        HIDDEN: status == 404 or _tells_nothing(cell, status),
        OPEN: not away
        and status not in (401, 403)
        and status < 500
        and (status != 404 or cell.method != "GET" or cell.asks_for_more),
        ANY: status < 500 or cell.route == "health/ready",
    }[cell.expected]


def _tells_nothing(cell: Cell, status: int) -> bool:
    """Not found without saying so: API 2.0 has a code of its own, an empty body is refused before anything is looked for, what is
    gone may be ended again, and the address of a form sends everybody back who only looks. An unknown id is answered alike."""
    return (
        cell.route.startswith("v2/")
        or (status, cell.body) == (422, b"{}")
        or (cell.method, status) == ("DELETE", 204)
        or (cell.method == "GET" and status in (302, 405))
    )


def text_of(answer: HttpResponse) -> str:
    """Its headers and its body."""
    body = answer.content.decode("utf-8", "replace")
    return "\n".join([*(f"{name}: {value}" for name, value in answer.headers.items()), body])


def said(answer: HttpResponse) -> tuple[int, str]:
    """What an answer says, without what differs anyway."""
    return answer.status_code, VARYING.sub("~", answer.content.decode("utf-8", "replace"))
