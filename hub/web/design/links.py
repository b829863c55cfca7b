"""Small records for navigation: a link in tabs, breadcrumbs and menus, a filter that is set, a stage of a stepper."""

from dataclasses import dataclass

from hub.web.design.attributes import one_of
from hub.web.design.badges import Text


@dataclass(frozen=True)
class Link:
    """A place to go. `count` stands beside the label when it is not None; `tone` colours the count.

    `key` is the letter that goes here after a `g` on the keyboard (the rail's places only).
    """

    label: Text
    href: str
    icon: str = ""
    count: int | None = None
    tone: str = "neutral"
    current: bool = False
    key: str = ""


@dataclass(frozen=True)
class Choice:
    """One value of a filter: what is sent, what is read, how many rows it would leave."""

    value: str
    label: Text
    count: int | None = None


@dataclass(frozen=True)
class Filter:
    """A dropdown of a filter bar, sent as `name`; `value` is what is chosen now, empty for all."""

    name: str
    label: Text
    choices: tuple[Choice, ...]
    value: str = ""

    @property
    def chosen(self) -> Choice | None:
        """The choice in force, or None when the filter is not set."""
        return next((choice for choice in self.choices if self.value and choice.value == self.value), None)


@dataclass(frozen=True)
class Stage:
    """One stage of a stepper or of a diagnosis: `state` is todo, current, done, warned or failed.

    `note` says what was found; a failed stage should say what to do.
    """

    label: Text
    state: str = "todo"
    note: Text = ""
    href: str = ""

    def __post_init__(self) -> None:
        one_of(self.state, ("todo", "current", "done", "warned", "failed"), "A stage's state")
