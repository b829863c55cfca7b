"""Tags for what is shown: badges, times, cards, numbers, empty and broken states, progress, diffs, code."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

from hub.web.design import badges, diffs, masking, moments
from hub.web.design import progress as progress_words
from hub.web.design.attributes import one_of, trimmed
from hub.web.design.badges import TONES, Text
from hub.web.design.frame import Frame
from hub.web.design.links import Stage
from hub.web.design.theme import theme_css

register = template.Library()


@register.simple_tag
def badge(text: Text, tone: str = "neutral", icon: str = "", hint: Text = "") -> SafeString:
    """A word in a coloured pill. For a state the engine stores use `{% state %}`, which knows its word and tone."""
    return _drawn_badge(badges.Badge(text, one_of(tone, TONES, "A tone"), icon, hint), get_language())


@register.simple_tag
def state(kind: str, code: str) -> SafeString:
    """The badge of a stored code; `kind`: step, hold, connection, account, plan or enrollment."""
    return _drawn_badge(badges.badge_for(kind, code), get_language())


@lru_cache(maxsize=1_024)
def _drawn_badge(shown: badges.Badge, language: str | None) -> SafeString:
    """A list has the same few badges in all of its rows, and drawing one takes as long as a query."""
    return render_to_string("web/components/badge.html", {"badge": shown})


@register.inclusion_tag("web/components/hold.html")
def hold(
    reason: str, since: datetime | None = None, detail: Text = "", fix_url: str = "", fix_label: Text = ""
) -> dict[str, Any]:
    """Why something waits: the reason, its age, what releases it, and one button to it if this person can."""
    given = {"since": since, "detail": detail, "fix_url": fix_url, "fix_label": fix_label}
    return {"badge": badges.badge_for("hold", reason), **given}


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, style: str = "auto") -> SafeString | str:
    """A time in the account's zone (the one Django has active), exact on hover; nothing for None.

    Styles: auto, date, time, full, relative, age ("3 days"). The clock is `now` in the context if the view put one there.
    """
    return draw_moment(value, style, context.get("now")) if value else ""


def draw_moment(value: datetime, style: str = "auto", now: datetime | None = None) -> SafeString:
    """Draw a time in the zone that Django has active."""
    zone = timezone.get_current_timezone()
    now = (now or timezone.now()).astimezone(zone)
    if style in moments.MOVING:
        return _drawn_moment(moments.moment(value, zone, now, style))
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    return _drawn_for_today(value, zone, noon, style, get_language())


@lru_cache(maxsize=4_096)
def _drawn_for_today(value: datetime, zone: tzinfo, noon: datetime, style: str, language: str | None) -> SafeString:
    """A time that is worded the same all day: what came in or started together is worded once, and lists ask again and again."""
    return _drawn_moment(moments.moment(value, zone, noon, style))


def _drawn_moment(shown: moments.Moment) -> SafeString:
    drawn = render_to_string("web/components/moment.html", {"moment": shown})
    return SafeString(drawn.strip())  # a full stop may follow


@register.simple_block_tag
def page_header(content: str, title: Text, lead: Text = "", badge: str = "", back: str = "") -> SafeString:
    """The top of a page: its one `<h1>`, a sentence, and its buttons as content. `badge` is a drawn badge."""
    context = {"content": content, "title": title, "lead": lead, "badge": badge, "back": back}
    return render_to_string("web/components/page_header.html", context)


@register.simple_block_tag
def card(
    content: str, title: Text = "", lead: Text = "", aside: str = "", flush: bool = False, id: str = ""
) -> SafeString:
    """A box around things that belong together. `aside` is drawn at the title's right; `flush` leaves out the padding."""
    context = {"content": content, "title": title, "lead": lead, "aside": aside, "flush": flush, "id": id}
    return render_to_string("web/components/card.html", context)


@register.filter
def grouped(value: int) -> str:
    """A number with its thousands set apart, as the language does."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def steps_word(count: int) -> str:
    """The unit of so many steps: one is a step."""
    return ngettext("step", "steps", count)


@register.filter
def contacts_word(count: int) -> str:
    """The unit of so many contacts."""
    return ngettext("contact", "contacts", count)


@register.inclusion_tag("web/components/stat.html")
def stat(
    label: Text, value: object, unit: Text = "", note: Text = "", tone: str = "neutral", href: str = "", icon: str = ""
) -> dict[str, Any]:
    """A number that matters, with its unit; a link when there is a list behind it."""
    one_of(tone, TONES, "A tone")
    return {"label": label, "value": value, "unit": unit, "note": note, "tone": tone, "href": href, "icon": icon}


@register.inclusion_tag("web/components/key_values.html")
def key_values(items: Sequence[tuple[Text, object]], columns: int = 1) -> dict[str, Any]:
    """Facts about one thing as pairs of a name and a value; a missing value is shown as a dash."""
    return {"items": items, "columns": columns}


@register.simple_block_tag
def callout(content: str, title: Text, tone: str = "info", icon: str = "") -> SafeString:
    """A sentence that must be read where it stands. The content says more and may hold a button."""
    symbol = icon or _CALLOUT_ICONS[one_of(tone, TONES, "A tone")]
    context = {"content": trimmed(content), "title": title, "tone": tone, "icon": symbol}
    return render_to_string("web/components/callout.html", context)


_CALLOUT_ICONS = {
    "neutral": "info",
    "accent": "sparkles",
    "info": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-alert",
}


@register.inclusion_tag("web/components/stale.html")
def stale(loaded: datetime, reason: Text = "", refresh_url: str = "") -> dict[str, Any]:
    """What is shown is not of now: its age, why it could not be fetched anew, and a way to try again."""
    return {"loaded": loaded, "reason": reason, "refresh_url": refresh_url}


@register.simple_block_tag
def empty(content: str, title: Text, text: Text = "", icon: str = "inbox") -> SafeString:
    """Nothing here yet: what would be, and what to do first (a button as content)."""
    context = {"content": trimmed(content), "title": title, "text": text, "icon": icon}
    return render_to_string("web/components/empty.html", context)


@register.simple_block_tag
def problem(content: str, what: Text, who: Text, next: Text, reference: str = "", level: int = 2) -> SafeString:
    """Something went wrong: what happened, who acts, what next, and a reference for support. All but the last are asked."""
    context = {"content": trimmed(content), "what": what, "who": who, "next": next, "reference": reference}
    return render_to_string("web/components/problem.html", {**context, "level": level})


@register.inclusion_tag("web/components/denied.html")
def denied(permission: Text, who: Text, back: str = "") -> dict[str, Any]:
    """This person may not: which permission is missing and who can give it."""
    return {"permission": permission, "who": who, "back": back}


@register.inclusion_tag("web/components/skeleton.html")
def skeleton(kind: str = "lines", count: int = 3) -> dict[str, Any]:
    """The shape of what is loading, so that nothing jumps; `kind`: lines, table, card or tiles."""
    one_of(kind, ("lines", "table", "card", "tiles"), "A skeleton's kind")
    return {"kind": kind, "count": range(count)}


@register.inclusion_tag("web/components/progress.html", takes_context=True)
def progress(
    context: Context,
    job: progress_words.Progress,
    title: Text,
    cancel_url: str = "",
    poll_url: str = "",
    note: Text = "",
) -> dict[str, Any]:
    """Long work: count, rate, time remaining. `poll_url` answers this same component; `cancel_url` takes a POST."""
    return {
        "job": job,
        "title": title,
        "rate": progress_words.rate_in_words(None if job.finished else job.rate),
        "remaining": progress_words.span_in_words(job.remaining),
        "cancel_url": cancel_url,
        "poll_url": "" if job.finished else poll_url,
        "note": note,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("web/components/stepper.html")
def stepper(stages: Sequence[Stage], label: Text = "") -> dict[str, Any]:
    """Where one is in a few stages (import: file, columns, check, run), across the page."""
    return {"stages": stages, "label": label}


@register.inclusion_tag("web/components/diagnosis.html")
def diagnosis(stages: Sequence[Stage], label: Text = "") -> dict[str, Any]:
    """A test as a diagnosis, downwards: each stage with what was found, the failed one with what to do."""
    return {"stages": stages, "label": label}


@register.inclusion_tag("web/components/diff.html")
def diff(before: str, after: str, before_label: Text, after_label: Text) -> dict[str, Any]:
    """Two texts side by side, changed lines marked by sign as well as by colour."""
    rows = diffs.diff_rows(before, after)
    return {"rows": rows, "before_label": before_label, "after_label": after_label}


@register.inclusion_tag("web/components/code.html")
def code(text: str, label: Text = "", secrets: Sequence[str] = (), copy: bool = True) -> dict[str, Any]:
    """Raw truth in a box. `secrets` are masked here, on the server; only what is shown can be copied."""
    pieces = masking.mask_pieces(text, secrets)
    return {"pieces": pieces, "label": label, "copy": copy}


@register.simple_block_tag
def addon_card(
    content: str,
    title: Text,
    summary: Text,
    href: str,
    state: str,
    logo: str = "",
    grade: Text = "",
    uses: Text = "",
    symbol: str = "puzzle",
) -> SafeString:
    """An add-on in the gallery; the content is its switch. `state` is a connection code, `logo` an address or empty.

    Without a logo `symbol` is drawn, a lucide name.
    """
    given = {"content": content, "title": title, "summary": summary, "href": href, "logo": logo, "symbol": symbol}
    more = {"badge": badges.badge_for("connection", state), "grade": grade, "uses": uses}
    return render_to_string("web/components/addon_card.html", {**given, **more})


@register.inclusion_tag("web/components/person.html")
def person(name: str, detail: Text = "", href: str = "", size: str = "") -> dict[str, Any]:
    """A person with the round of initials; a link when `href` is given."""
    words = name.split() or ["?"]
    initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
    return {"name": name, "detail": detail, "href": href, "initials": initials, "size": size}


@register.simple_tag
def account_theme(frame: Frame | None) -> SafeString:
    """The account's colours as CSS text, for the frame's one style element."""
    return SafeString(theme_css(frame.theme) if frame else "")
