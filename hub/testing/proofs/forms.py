"""What the host draws and stores: every form reads back what it wrote, every list it names exists, the manifest freezes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import SecretStr, ValidationError

from hub.core import whereabouts
from hub.core.auth import OAuth2
from hub.core.manifest import Manifest, freeze
from hub.core.records import Webhook
from hub.core.settings import Settings, fields_of, secret_names
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, Unproved, unless
from hub.testing.proofs.rules import leaks
from hub.testing.proofs.shape import Shape


def cases(bench: Bench, shapes: list[Shape]) -> Iterator[Case]:
    """The account's form, each step's form, and what they name."""
    account = partial(_round_trip, model=bench.plain.info.settings, values=bench.settings)
    yield Case("settings: the form reads back what it wrote", Badge.FORMS, account)
    for shape in shapes:
        step = partial(_round_trip, model=shape.action.settings, values=shape.options)
        yield Case(f"{shape.name}: the form reads back what it wrote", Badge.FORMS, step)
    for where, name in _named(bench, shapes):
        yield Case(f"{where}: the list {name} exists", Badge.FORMS, partial(_exists, name=name))
    yield Case("manifest: written down and read back", Badge.FORMS, _freezes)
    yield Case("settings: secrets are not in their own words", Badge.SECRETS, _unspoken)
    if bench.info.auth.fields:
        yield Case("settings: the credential is stored as a secret", Badge.SECRETS, _sealed)
    for field in sorted({way.verify.field for way in bench.plain.ways_in if isinstance(way, Webhook)}):
        story = partial(_sealed_too, field=field)
        yield Case(f"settings: {field}, which signs deliveries, is stored as a secret", Badge.SECRETS, story)


def _round_trip(bench: Bench, model: type[Settings], values: Mapping[str, Any]) -> None:
    try:
        first = model.model_validate(dict(values))
        again = model.model_validate(json.loads(json.dumps(first.model_dump(mode="json"))))
    except ValidationError as trouble:
        error = trouble.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in error["loc"]) or "the form"
        raise Unproved(
            f"{where}: {error['msg']}. Give the kit values that fit: conformance(addon, settings=…, options=…)."
        ) from None
    except Exception as trouble:
        raise Unproved(f"The form itself fails with {whereabouts.told(trouble)}") from None
    unless(first == again, "The settings changed on their way through JSON.")
    strange = [spec.name for spec in fields_of(model) if not _plain(spec.default)]
    unless(not strange, f"The default of {', '.join(strange)} cannot be written down.")


def _plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return not isinstance(value, SecretStr)


def _named(bench: Bench, shapes: list[Shape]) -> Iterator[tuple[str, str]]:
    """Where a list is named, and its name."""
    for spec in fields_of(bench.plain.info.settings):
        if spec.kind == "options":
            yield f"settings.{spec.name}", spec.source
    for shape in shapes:
        for spec in fields_of(shape.action.settings, step=True):
            if spec.kind == "options":
                yield f"{shape.name}.{spec.name}", spec.source
    for mapping in bench.plain.mappings:
        yield mapping.name.partition(".")[2], mapping.left


def _exists(bench: Bench, name: str) -> None:
    known = ", ".join(sorted(bench.info.options)) or "none"
    unless(name in bench.info.options, f"No function is registered with @addon.options({name!r}); there are: {known}.")


def _freezes(bench: Bench) -> None:
    frozen = freeze(bench.plain).model_dump_json()
    unless(
        Manifest.model_validate_json(frozen).model_dump_json() == frozen,
        "The manifest changed on its way through JSON.",
    )
    for sentence in leaks(bench.secrets, [("the manifest", frozen)]):
        raise Unproved(sentence)


def _sealed(bench: Bench) -> None:
    """A user name or a shop's number may be read by anybody; of what a credential is made of, something must be secret. The
    secret of an app with which accounts sign in always must."""
    auth, form = bench.info.auth, bench.plain.info.settings
    if isinstance(auth, OAuth2) and auth.secret_field in form.model_fields:
        unless(
            auth.secret_field in secret_names(form),
            f"{auth.secret_field} is the app's own secret, and is not a Secret.",
        )
    sealed_fields(bench)


def sealed_fields(bench: Bench) -> frozenset[str]:
    """The fields of the credential that are secret.

    Raises:
        Unproved: none is, so that everything else that is said of the key follows from that.
    """
    sealed = frozenset(bench.info.auth.fields) & secret_names(bench.plain.info.settings)
    fields = ", ".join(bench.info.auth.fields)
    unless(
        sealed,
        f"The credential is made of {fields}, and nothing of it is a Secret. Declare what must stay hidden as Secret in the "
        "account's settings.",
    )
    return sealed


def _sealed_too(bench: Bench, field: str) -> None:
    """Whoever can read it can sign deliveries of their own."""
    unless(
        field in secret_names(bench.plain.info.settings), f"Deliveries are signed with {field}, which is not a Secret."
    )


def _unspoken(bench: Bench) -> None:
    """Whoever prints the settings, or an error about them, prints no secret."""
    model = bench.plain.info.settings
    said = [("repr(settings)", repr(model.model_validate(bench.settings)))]
    try:
        model.model_validate({**bench.settings, "no_such_field": 1})
    except ValidationError as trouble:
        said.append(
            (
                "the error about a wrong field",
                json.dumps(trouble.errors(include_input=False, include_url=False), default=str),
            )
        )
    for sentence in leaks(bench.secrets, said):
        raise Unproved(f"{sentence} Declare the field as Secret.")
