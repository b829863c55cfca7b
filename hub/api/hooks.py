"""Subscriptions by API, as Zapier's REST hooks want them: subscribe, unsubscribe, samples."""

from __future__ import annotations

from ninja import Router

from hub.api.door import operation
from hub.api.paging import PathId
from hub.api.request import ApiRequest
from hub.api.shapes import hooks as shapes
from hub.db.errors import Conflict, Invalid, NotFound
from hub.hooks import changes, reads, samples

router = Router()

SPELT = {"url": "target_url", "events": "event"}
"""Our fields as this call has them."""


@operation(
    router, "GET", "/hooks", "hooks.list", "list subscriptions by API", answers={200: shapes.Hooks}, tag="Hooks",
)  # fmt: skip
def list_hooks(request: ApiRequest) -> shapes.Hooks:
    """The account's subscriptions, newest first."""
    return shapes.Hooks(hooks=[shapes.out(row) for row in reads.listing(request.account)])


@operation(
    router, "POST", "/hooks", "hooks.subscribe", "subscribe to events by API",
    answers={201: shapes.HookOut}, tag="Hooks",
)  # fmt: skip
def subscribe(request: ApiRequest, body: shapes.NewHook) -> shapes.HookOut:
    """From now on each such event is posted to the address, signed as Standard Webhooks has it. An answer of 410 ends it."""
    try:
        row = changes.subscribe(
            request.account, body.target_url, [body.event], by=request.actor, name=body.name, machine=True
        )
    except Invalid as wrong:  # named as it was sent
        named = {SPELT.get(name, name): said for name, said in wrong.fields.items()}
        raise Invalid(named, wrong.what, wrong.code) from wrong
    return shapes.out(row)


@operation(
    router, "GET", "/hooks/sample", "hooks.sample", "read samples of events by API",
    answers={200: shapes.Samples}, tag="Hooks",
)  # fmt: skip
def sample_hook(request: ApiRequest, event: shapes.EventName) -> shapes.Samples:
    """Three messages of an event in their real shape: the account's newest where there are some."""
    return shapes.Samples(samples=[shapes.Message(**one) for one in samples.of(request.account.pk, event)])


@operation(
    router, "DELETE", "/hooks/{hook_id}", "hooks.subscribe", "subscribe to events by API",
    answers={204: None}, tag="Hooks", summary="Unsubscribe",
)  # fmt: skip
def unsubscribe(request: ApiRequest, hook_id: PathId) -> None:
    """End a subscription that was made by API. One that is gone already is no mistake; what a person made is theirs to end."""
    try:
        row = reads.get(request.account, hook_id)
    except NotFound:
        return
    if not row.machine:
        raise Conflict(
            "A person made this webhook.", next="Remove it under Settings, Webhooks.", code="hooks.made_by_a_person"
        )
    changes.remove(row, by=request.actor)
