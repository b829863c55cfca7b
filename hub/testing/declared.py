"""What the vendor answers by the declaration alone: lists and things for a GET, something new or changed for all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.core.addon import AddOnInfo
from hub.core.endpoints import Endpoint
from hub.testing import answers, routes
from hub.testing.deeds import Call
from hub.testing.holdings import Holdings, matches
from hub.testing.paging import NoSuchPage, Shown, page_of
from hub.testing.wire import Item, Reply, answered

ZAPIER = {"attempt": "simulated", "id": "simulated", "request_id": "simulated", "status": "success"}
"""How an address an admin typed in answers: as a Catch Hook would."""


class Declared:
    """One vendor's endpoints at work.

    Args:
        upserts: path → the fields by which the vendor takes a thing for the same, and changes it instead of making another.
    """

    def __init__(self, info: AddOnInfo, holdings: Holdings, upserts: Mapping[str, Sequence[str]]) -> None:
        self._info, self._holdings, self._upserts = info, holdings, upserts

    def answer(self, endpoint: Endpoint[Any], names: dict[str, str], call: Call) -> Reply:
        """Play one call whose credential is welcome and whose body fits.

        Args:
            names: what stands in the places of the endpoint's path.
        """
        if endpoint.open:
            self._holdings.add(call, call.path, {"body": call.body})
            return answered(200, ZAPIER)
        if call.method == "GET":
            return self._read(endpoint, names, call)
        if call.method == "POST" or not names:
            return self._made(endpoint, names, call)
        return self._changed(endpoint, names, call)

    def _read(self, endpoint: Endpoint[Any], names: dict[str, str], call: Call) -> Reply:
        if routes.about_one(endpoint):
            item = self._one(endpoint, names, call.path)
            return answered(200, answers.one(endpoint.answer, item)) if item else _missing(call.path)
        items = self._holdings.visible(call.path)
        if not answers.is_list(endpoint.answer):
            return answered(200, answers.one(endpoint.answer, items[0] if items else {"name": self._info.title}))
        found = [item for item in items if matches(item, call.query)]
        try:
            return answered(200, _listed(endpoint, page_of(endpoint.answer, found, call.query)))
        except NoSuchPage as trouble:
            return answered(400, {"message": str(trouble)})

    def _one(self, endpoint: Endpoint[Any], names: dict[str, str], path: str) -> Item | None:
        """The thing that the path's last placeholder names, if it is shown yet."""
        collection, (name, wanted) = routes.whose(endpoint, path), list(names.items())[-1]
        item = self._holdings.by_id(collection, name, wanted)
        return next((shown for shown in self._holdings.visible(collection) if shown is item), None)

    def _changed(self, endpoint: Endpoint[Any], names: dict[str, str], call: Call) -> Reply:
        collection, (name, wanted) = routes.whose(endpoint, call.path), list(names.items())[-1]
        existing = self._holdings.by_id(collection, name, wanted)
        if existing is None:
            return _missing(call.path)
        if call.method == "DELETE":
            self._holdings.stored(collection).remove(existing)
        existing.update(call.body)
        self._holdings.record(call, collection, existing)
        return answered(200, answers.one(endpoint.answer, existing))

    def _made(self, endpoint: Endpoint[Any], names: dict[str, str], call: Call) -> Reply:
        known = self._known(call) if call.method == "POST" else None
        if known is not None:
            known.update(call.body)
            self._holdings.record(call, call.path, known)
            return answered(200, answers.one(endpoint.answer, known))
        item = self._holdings.add(call, call.path, {**names, **call.body})
        return answered(201 if call.method == "POST" else 200, answers.one(endpoint.answer, item))

    def _known(self, call: Call) -> Item | None:
        """What the vendor takes for the same thing."""
        fields, stored = self._upserts.get(call.path, ()), self._holdings.stored(call.path)
        same = (item for item in stored if all(item.get(name) == call.body.get(name) for name in fields))
        return next(same, None) if fields else None


def _listed(endpoint: Endpoint[Any], page: Shown) -> Any:
    listed = answers.many(endpoint.answer, page.items)
    return {**listed, **page.pointer} if isinstance(listed, dict) else listed


def _missing(path: str) -> Reply:
    return answered(404, {"message": f"There is nothing at {path}."})
