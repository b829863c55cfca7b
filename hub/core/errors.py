"""The errors of the contract, sorted by who must act.

::

    HubError
    ├── DeclarationError        the author: the add-on says something the contract does not allow; raised at import
    ├── UnknownToken            whoever wrote the text: a {{token}} that does not exist
    └── VendorFault             raised from ``await vendor(…)``; carries the outcome the host would make of it
        ├── Unreachable         nothing left this machine: no name, no connection, no TLS, an address we refuse
        ├── Refused             the vendor answered and surely did nothing
        ├── Unclear             bytes left and no readable answer came: it may or may not have happened
        └── Stopped             the host stopped the call (another worker owns the step, a pause, a dry run)

An action may catch a :class:`Refused` to say in better words what it means. It need not catch anything: what it lets
through is classified by the host. Catching :class:`Unclear` or :class:`Stopped` changes nothing, for the host keeps its
own record of what went over the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.core.outcomes import Outcome


class HubError(Exception):
    """Everything the contract raises."""


class DeclarationError(HubError):
    """The add-on's declaration is not one the contract allows. The message says what to write instead."""


class UnknownToken(HubError):
    """A text holds a token that no table knows.

    Attributes:
        names: the unknown tokens, as written between the braces, in order of appearance.
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names
        listed = ", ".join("{{" + name + "}}" for name in names)
        super().__init__(f"unknown token {listed}")


class VendorFault(HubError):
    """A call to the vendor did not succeed.

    Attributes:
        outcome: what the host makes of it when the action does not catch the error.
        status: the HTTP status, when there was an answer.
    """

    def __init__(self, outcome: Outcome, status: int | None = None) -> None:
        self.outcome = outcome
        self.status = status
        super().__init__(outcome.sentence())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle would make it anew from its sentence alone."""
        return type(self), (self.outcome, self.status)


class Unreachable(VendorFault):
    """Nothing left this machine."""


class Refused(VendorFault):
    """The vendor answered that it did not do it.

    Attributes:
        answer: what it said, as the endpoint's ``refusal=`` model, secrets taken out; None where the endpoint declares none or
            the answer does not fit.
    """

    def __init__(self, outcome: Outcome, status: int | None = None, answer: Any = None) -> None:
        super().__init__(outcome, status)
        self.answer = answer

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.outcome, self.status, self.answer)


class Unclear(VendorFault):
    """The request may have taken effect; nobody knows yet."""


class Stopped(VendorFault):
    """The host did not let the call out."""
