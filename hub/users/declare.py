"""Every route, command and job says which permission it needs; one that does not stops the start.

::

    @route("contacts.view")
    def contact_page(request, contact_id): ...

    @command("system.operate")
    def rotate_keys(arguments): ...

    @dramatiq.actor(queue_name="steps")
    @job("system.dispatch")
    def dispatch_steps(ids): ...

The mark is only a statement; the edge reads it with ``permission_of`` and asks ``guard.check``. The functions at the end
list what has no statement, or names a permission that nobody knows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from hub.users import permissions

if TYPE_CHECKING:
    from django.urls import URLResolver

Function = TypeVar("Function", bound=Callable[..., Any])

MARK = "hub_permission"

PUBLIC = "public"
"""Anybody, signed in or not: sign-in itself, health, static pages of the sign-in."""

SIGNED_IN = "signed_in"
"""Any signed-in person, wherever their grants are: choosing an account, signing out, one's own password."""

NOT_PERMISSIONS = frozenset({PUBLIC, SIGNED_IN})


FRAMEWORK_VIEWS = {"ninja.openapi.views.default_home": PUBLIC}
"""Views that a library adds by itself. This one only answers that there is nothing at the API's root."""


def route(permission: str) -> Callable[[Function], Function]:
    """A view or API operation needs this permission in the account it is about."""
    return _stamp(permission)


def command(permission: str) -> Callable[[Function], Function]:
    """A command needs this permission; on the command line it is the operator of the machine who holds it."""
    return _stamp(permission)


def job(permission: str) -> Callable[[Function], Function]:
    """A background job runs under this permission."""
    return _stamp(permission)


def permission_of(function: Any) -> str | None:
    """What a view, class-based view, command, actor or plain function states; None: nothing."""
    if _full_name(function) in FRAMEWORK_VIEWS:
        return FRAMEWORK_VIEWS[_full_name(function)]
    for place in (function, getattr(function, "view_class", None), getattr(function, "fn", None)):
        stated = getattr(place, MARK, None)
        if stated is not None:
            return str(stated)
    return None


def undeclared_routes(resolver: URLResolver | None = None) -> list[str]:
    """Routes whose view states nothing, by path."""
    return list(dict.fromkeys(path for path, view in routes(resolver) if permission_of(view) is None))


def undeclared_commands(commands: Mapping[str, Callable[..., Any]]) -> list[str]:
    """Commands that state nothing, by name."""
    return sorted(name for name, function in commands.items() if permission_of(function) is None)


def undeclared_jobs(broker: Any) -> list[str]:
    """Dramatiq actors that state nothing, by name."""
    return sorted(name for name, actor in broker.actors.items() if permission_of(actor) is None)


def unknown(functions: Iterable[Any]) -> list[str]:
    """Permissions that are stated somewhere and exist nowhere: a misspelling would otherwise refuse everybody."""
    stated = {permission_of(function) for function in functions} - {None} - NOT_PERMISSIONS
    return sorted(name for name in stated if name and not permissions.exists(name))


def routes(resolver: URLResolver | None = None) -> Iterator[tuple[str, Any]]:
    """Every (path, view) of the running app; an API route appears once for each of its operations."""
    from django.urls import get_resolver  # not above: the author's commands make their statement without a Django

    yield from _walk(resolver or get_resolver(), "")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    from django.urls import URLPattern, URLResolver

    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        elif isinstance(entry, URLPattern):
            yield from _views(path, entry.callback)


def _views(path: str, callback: Any) -> Iterator[tuple[str, Any]]:
    operations = _api_operations(callback)
    if not operations:
        yield path, callback
    for operation in operations:
        yield f"{'/'.join(operation.methods)} {path}", operation.view_func


def _api_operations(callback: Any) -> list[Any]:
    """The operations behind a django-ninja view, which wraps its PathView in a plain function, as we may wrap that; else none."""
    for cell in getattr(inspect.unwrap(callback), "__closure__", None) or ():
        operations = getattr(cell.cell_contents, "operations", None)
        if isinstance(operations, list):
            return operations
    return []


def _full_name(function: Any) -> str:
    plain = getattr(function, "func", function)  # a functools.partial hides the function it completes
    return f"{getattr(plain, '__module__', '')}.{getattr(plain, '__qualname__', '')}"


def _stamp(permission: str) -> Callable[[Function], Function]:
    def stamp(function: Function) -> Function:
        setattr(function, MARK, permission)
        return function

    return stamp
