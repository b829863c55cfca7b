"""Tags for lists: tables with their heads, pager and bulk bar; timelines; reorderable steps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hub.web.design.attributes import one_of, trimmed
from hub.web.design.badges import TONES, Text
from hub.web.design.tables import Column, CursorPage, heads, with_query
from hub.web.templatetags.ui_showing import draw_moment

register = template.Library()


@register.simple_block_tag(takes_context=True)
def table(
    context: Context,
    content: str,
    columns: Sequence[Column],
    caption: str,
    page: CursorPage | None = None,
    select: str = "",
    id: str = "",
    dense: bool = False,
) -> SafeString:
    """A table whose content is its `<tr>`s; the heads sort by link, the pager below keeps the query string.

    `caption` names it for screen readers. With `select` each row begins with `{% select_cell %}` and the head gets the
    box that marks all of the page. At phone width each cell shows `data-label` when it has one.
    """
    query = _query_of(context)
    given = {"content": content, "caption": caption, "page": page, "select": select, "id": id, "dense": dense}
    return render_to_string("web/components/table.html", {**given, "heads": heads(columns, query), "query": query})


@register.inclusion_tag("web/components/select_cell.html")
def select_cell(name: str, value: object, label: str, form: str = "") -> dict[str, Any]:
    """The first cell of a row that can be marked; `label` says what ("Select Ada Lovelace")."""
    return {"name": name, "value": value, "label": label, "form": form}


@register.simple_block_tag
def bulk_bar(content: str, form: str, total: int | None = None, noun: str = "", capped: bool = False) -> SafeString:
    """What can be done with the marked rows; appears when one is marked.

    `form` is the id of the form around the table. With `total` (all rows that match the filter) the bar offers to mark
    every one of them; the form then sends `all_matching=1` and the view applies the filter itself. `capped`: counting
    stopped at `total`, and the words say that there are more.
    """
    context = {"content": content, "form": form, "total": total, "noun": noun, "capped": capped}
    return render_to_string("web/components/bulk_bar.html", context)


@register.inclusion_tag("web/components/pager.html", takes_context=True)
def pager(context: Context, page: CursorPage, label: Text = "") -> dict[str, Any]:
    """Previous and next by cursor, and how many are shown of how many. `{% table page=… %}` brings its own.

    `label` names the list, for a page that has more than one.
    """
    return _pager_links(page, _query_of(context), label)


@register.inclusion_tag("web/components/pager.html")
def pager_for(page: CursorPage, query: str, label: Text = "") -> dict[str, Any]:
    """A pager for an explicit query string; used by the table itself."""
    return _pager_links(page, query, label)


def _pager_links(page: CursorPage, query: str, label: Text) -> dict[str, Any]:
    return {
        "label": label,
        "page": page,
        "previous": with_query(query, cursor=page.previous) if page.previous else "",
        "next": with_query(query, cursor=page.next) if page.next else "",
    }


@register.simple_block_tag
def timeline(content: str, label: str, id: str = "") -> SafeString:
    """A story in time; the content is `{% timeline_day %}`s and `{% timeline_item %}`s, newest first."""
    return render_to_string("web/components/timeline.html", {"content": content, "label": label, "id": id})


@register.inclusion_tag("web/components/timeline_day.html")
def timeline_day(label: Text) -> dict[str, Any]:
    """A heading between the items of two days, or between what is to come and what was."""
    return {"label": label}


@register.simple_block_tag
def timeline_item(
    content: str,
    title: Text,
    icon: str,
    tone: str = "neutral",
    at: datetime | str = "",
    by: Text = "",
    future: bool = False,
    href: str = "",
) -> SafeString:
    """One thing that happened, or will (`future=True`). `at` is a time, or words for one; `by` says who; `href` links the title.

    The content is what can be said beyond the title: text, a badge, a hold and what releases it, raw truth in `<details>`.
    """
    one_of(tone, TONES, "A tone")
    when = draw_moment(at) if isinstance(at, datetime) else at
    context = {"content": trimmed(content), "title": title, "icon": icon, "tone": tone, "at": when, "by": by}
    return render_to_string("web/components/timeline_item.html", {**context, "future": future, "href": href})


@register.simple_block_tag(takes_context=True)
def step_list(context: Context, content: str, label: str, order_url: str = "") -> SafeString:
    """The steps of a plan in order; the content is `{% step_card %}`s.

    With `order_url` they can be dragged, or moved by the arrow keys on their handle; the new order is posted as
    `order=id&order=id…`. Without JavaScript each movable card has buttons that post `up=id` or `down=id` instead.
    """
    given = {"content": content, "label": label, "order_url": order_url}
    return render_to_string("web/components/step_list.html", {**given, "csrf_token": context.get("csrf_token")})


@register.simple_block_tag
def step_card(
    content: str,
    id: object,
    title: Text,
    kind: Text,
    icon: str,
    when: Text,
    href: str = "",
    arrival: Text = "",
    waiting: int = 0,
    failed: int = 0,
    selected: bool = False,
    number: int | None = None,
    add_url: str = "",
    movable: bool = False,
) -> SafeString:
    """One step of a plan: what, when, expected arrival, how many wait here and how many failed.

    The content is the card's menu. `add_url` puts an *add a step here* link before it; `movable` shows the handle (the
    list needs its `order_url`).
    """
    given = {"content": content, "id": id, "title": title, "kind": kind, "icon": icon, "when": when, "href": href}
    more = {"arrival": arrival, "waiting": waiting, "failed": failed, "selected": selected, "number": number}
    links = {"add_url": add_url, "movable": movable}
    return render_to_string("web/components/step_card.html", {**given, **more, **links})


def _query_of(context: Context) -> str:
    request = context.get("request")
    return request.META.get("QUERY_STRING", "") if request else ""
