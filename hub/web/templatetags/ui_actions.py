"""Tags for what a person does: buttons, menus, dialogs, tabs, filters."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hub.web.design.attributes import html_attributes, one_of
from hub.web.design.icons import svg
from hub.web.design.links import Choice, Filter, Link

register = template.Library()

BUTTON_KINDS = ("primary", "secondary", "quiet", "danger")


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """Draw an icon by its lucide name. Give a `label` only when no text beside it says the same."""
    return svg(str(name), size, str(label))


@register.inclusion_tag("web/components/button.html")
def button(
    label: str,
    kind: str = "secondary",
    icon: str = "",
    href: str = "",
    type: str = "button",
    size: str = "",
    icon_only: bool = False,
    icon_after: str = "",
    disabled_reason: str = "",
    **attrs: object,
) -> dict[str, Any]:
    """A button, or a link that looks like one when `href` is given.

    `kind`: primary (one a page), secondary, quiet, danger. `size`: empty or small. `icon_only` keeps the label for
    screen readers and the tooltip; `icon_after` is a second icon behind the label. `disabled_reason` disables it *and
    says why*; there is no other way to disable one.
    Further arguments become attributes: `hx_post="/x"` → `hx-post`, `data_dialog_open="id"`.
    """
    return {
        "label": label,
        "kind": one_of(kind, BUTTON_KINDS, "A button's kind"),
        "icon": icon,
        "href": href,
        "type": one_of(type, ("button", "submit", "reset"), "A button's type"),
        "size": one_of(size, ("", "small"), "A button's size"),
        "icon_only": icon_only,
        "icon_after": icon_after,
        "disabled_reason": disabled_reason,
        "attrs": html_attributes(attrs),
    }


@register.simple_block_tag
def menu(content: str, label: str, icon: str = "ellipsis", text: str = "", kind: str = "quiet") -> SafeString:
    """A menu that opens on a click and works without JavaScript; the content is `{% menu_item %}`s.

    `label` names it for screen readers; `text`, when given, is shown beside the icon.
    """
    one_of(kind, BUTTON_KINDS, "A menu's kind")
    context = {"content": content, "label": label, "icon": icon, "text": text, "kind": kind}
    return render_to_string("web/components/menu.html", context)


@register.inclusion_tag("web/components/menu_item.html", takes_context=True)
def menu_item(
    context: Context, label: str, href: str = "", post: str = "", icon: str = "", danger: bool = False, **attrs: object
) -> dict[str, Any]:
    """One line of a menu: a link (`href`), a form that posts (`post`), or a plain button for further attributes."""
    return {
        "label": label,
        "href": href,
        "post": post,
        "icon": icon,
        "danger": danger,
        "attrs": html_attributes(attrs),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_block_tag
def dialog(content: str, id: str, title: str, size: str = "") -> SafeString:
    """A modal dialog, opened by any element with `data-dialog-open="id"`; `size`: empty, small or wide.

    Without JavaScript it stays shut, so its opener should be a link to a page that does the same.
    """
    one_of(size, ("", "small", "wide"), "A dialog's size")
    return render_to_string("web/components/dialog.html", {"content": content, "id": id, "title": title, "size": size})


@register.simple_block_tag(takes_context=True)
def confirm(
    context: Context,
    content: str,
    id: str,
    title: str,
    action: str,
    verb: str,
    word: str = "",
    danger: bool = True,
) -> SafeString:
    """A dialog that asks before a destructive or costly POST to `action`.

    The content says exactly what will happen, to how many and at what price (and may hold further inputs); `verb` is on
    the button ("Stop 12 enrollments"). With `word` the person must type it (sent as `word`; the view checks it too).
    """
    given = {"content": content, "id": id, "title": title, "action": action, "verb": verb, "word": word}
    token = context.get("csrf_token")
    return render_to_string("web/components/confirm.html", {**given, "danger": danger, "csrf_token": token})


@register.simple_block_tag
def side_panel(content: str, title: str, close_url: str = "", id: str = "side-panel") -> SafeString:
    """A panel beside the page's main part, for editing one thing in its surroundings; `close_url` is its way back."""
    context = {"content": content, "title": title, "close_url": close_url, "id": id}
    return render_to_string("web/components/side_panel.html", context)


@register.inclusion_tag("web/components/tabs.html")
def tabs(items: Sequence[Link], label: str = "") -> dict[str, Any]:
    """Tabs as links: each has its own address, the one in force has `current=True`. `label` names the group."""
    return {"items": items, "label": label}


@register.inclusion_tag("web/components/breadcrumb.html")
def breadcrumb(items: Sequence[Link]) -> dict[str, Any]:
    """The way from the top to here; the last item is the page itself and is not a link."""
    return {"items": items[:-1], "here": items[-1] if items else None}


@register.inclusion_tag("web/components/filter_bar.html")
def filter_bar(
    filters: Sequence[Filter] = (),
    query: str = "",
    placeholder: str = "",
    target: str = "",
    keep: Sequence[Choice] = (),
    clear_url: str = "?",
    search: bool = True,
) -> dict[str, Any]:
    """Search box and dropdowns above a list; a plain GET form, sent at once by htmx when `target` names the list's id.

    `query` is what was searched (sent as `q`); `keep` are further pairs to send along, such as the sort.
    """
    chosen = [each for each in filters if each.chosen]
    given = {"filters": filters, "query": query, "placeholder": placeholder, "target": target}
    return {**given, "keep": keep, "clear_url": clear_url, "search": search, "chosen": chosen}
