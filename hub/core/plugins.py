"""What a plugin is once it is loaded, where it came from, and why it may not be there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.core.actions import Action
from hub.core.addon import AddOnInfo
from hub.core.auth import Auth
from hub.core.mail import Mailer
from hub.core.records import Mapping as ChoiceMapping
from hub.core.records import Trigger, Webhook
from hub.core.tokens import TokenSet

if TYPE_CHECKING:
    from hub.core.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Source:
    """Where a plugin comes from.

    Attributes:
        name: of its entry point.
        module: the one the entry point names.
    """

    name: str
    distribution: str = ""
    version: str = ""
    module: str = ""

    @property
    def called(self) -> str:
        """As people are told of it: *The plugin larkmail (hub-larkmail)*."""
        return f"The plugin {self.name} ({self.distribution or self.name})"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A plugin that is listed and not loaded.

    Attributes:
        reason: what went wrong, in a sentence the plugin's author can act on.
    """

    source: Source
    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.source.called} is not loaded: {self.reason}"


@dataclass(frozen=True)
class Plugin:
    """A loaded plugin with everything it contributes.

    Attributes:
        subject: what the entry point names, for the author's kit.
    """

    source: Source
    info: AddOnInfo
    actions: tuple[Action, ...] = ()
    ways_in: tuple[Trigger | Webhook, ...] = ()
    mappings: tuple[ChoiceMapping, ...] = ()
    auths: tuple[Auth, ...] = ()
    mailers: tuple[Mailer, ...] = ()
    tokens: tuple[TokenSet, ...] = ()
    subject: Any = field(default=None, compare=False, repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        """It, written down; once, for all its files are read for that."""
        from hub.core.manifest import freeze  # the manifest is made of what is loaded here

        return freeze(self)


class NotLoaded(Exception):
    """Why a plugin is set aside. A loader that knows the reason itself returns one."""
