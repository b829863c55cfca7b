"""The result codes, and which of our problems is which. Pure.

The former system writes ``CT_200`` and ``CT515`` alike; we write the line everywhere but in ``CT401``, which is ours.
"""

from __future__ import annotations

from hub.db.errors import Problem

SUCCESS = "CT_200"
BAD_REQUEST = "CT_400"
UNAUTHENTICATED = "CT401"
REFUSED = "CT_403"
NO_SUCH_CALL = "CT_404"
TOO_MANY = "CT_429"
UNKNOWN_ERROR = "CT_500"
MISSING = "CT_501"
IN_USE = "CT_512"
NO_RECORD = "CT_515"
DUPLICATE = "CT_520"

_BY_STATUS = {
    401: (401, UNAUTHENTICATED),
    403: (403, REFUSED),
    404: (200, NO_RECORD),
    413: (413, BAD_REQUEST),
    429: (429, TOO_MANY),
    503: (503, UNKNOWN_ERROR),
}
"""Status of a problem → HTTP status and result code. What is not here is the caller's mistake: 200 and ``CT_400``."""


class Said(Problem):
    """A failure with a result code of its own, answered with HTTP status 200."""

    def __init__(self, result: str, what: str, **more: object) -> None:
        super().__init__(what, code=result)
        self.result = result
        self.more = more
        """Further fields of the answer."""


def of(problem: Problem) -> tuple[int, str]:
    """The HTTP status and the result code of a problem."""
    if isinstance(problem, Said):
        return 200, problem.result
    return _BY_STATUS.get(problem.status, (200, BAD_REQUEST))


def message(problem: Problem) -> str:
    """What happened, in one line; the fields' own sentences where there are some."""
    told = [f"{name}: {text}" if name else text for name, text in problem.fields.items()]
    return " ".join(told) or problem.sentence
