"""Pushed records without their models: a payload is held against the plugin's model by the plugin's process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from hub.core.records import Event, Record
from hub.dispatch.apart.coding import Unreadable, unpack, unpack_refusals
from hub.dispatch.apart.papers import WayInPaper
from hub.dispatch.apart.passage import Passage
from hub.dispatch.receiving import HANDLER_SECONDS


class AwayPayload:
    """Base of the stand-ins: the payload as it came, and the value by which a repeated one is known.

    Attributes:
        data: as JSON gives it.
    """

    passage: ClassVar[Any]
    webhook: ClassVar[str]
    dedupe: ClassVar[str]

    def __init__(self, data: Any, key: Any) -> None:
        self.data = data
        setattr(self, self.dedupe, key)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._read)

    @classmethod
    def _read(cls, data: Any) -> AwayPayload:
        said = cls.passage.ask("payload", {"name": cls.webhook, "data": data})
        if not isinstance(said, dict):
            raise Unreadable("an answer about a payload that is none")
        if "refusals" in said:
            raise unpack_refusals(cls.__name__, said["refusals"])
        return cls(data, unpack(said.get("key")))


def payload(paper: WayInPaper, passage: Passage) -> type[AwayPayload]:
    """A class that stands for this webhook's payload."""
    known = {"passage": passage, "webhook": paper.name, "dedupe": paper.dedupe, "__module__": __name__}
    return type(paper.payload, (AwayPayload,), known)


def handler(paper: WayInPaper, passage: Passage) -> Callable[[Any], Any]:
    """The function that has the child handle a payload."""

    def handle_of_plugin(given: AwayPayload) -> Any:
        made = passage.ask("handle", {"name": paper.name, "data": given.data}, seconds=HANDLER_SECONDS)
        if isinstance(made, dict) and "refusals" in made:
            raise unpack_refusals(paper.payload, made["refusals"])
        found = unpack(made)
        for item in found if isinstance(found, list | tuple) else [found]:
            _check(item)
        return found

    return handle_of_plugin


def _check(item: Any) -> None:
    """An event is a plain value; nobody has looked at what is in it."""
    if isinstance(item, Event) and not (
        all(isinstance(text, str) for text in (item.name, item.reference, item.contact))
        and isinstance(item.data, tuple)
        and all(isinstance(pair, tuple) and len(pair) == 2 for pair in item.data)
    ):
        raise Unreadable("an event that holds something else than texts")
    if isinstance(item, Record):
        return
