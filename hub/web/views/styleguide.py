"""`/styleguide`: every component in every state on one page, for those who build pages. Served in debug only.

The people, accounts and numbers are made up; nothing is read from the database.
"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from hub.web.design.badges import (
    ACCOUNT_STATES,
    CONNECTION_STATES,
    ENROLLMENT_STATES,
    HOLD_REASONS,
    PLAN_STATES,
    STEP_STATES,
    TONES,
)
from hub.web.design.frame import AccountNode, ActingAs, Frame, Person, main_rail
from hub.web.design.links import Choice, Filter, Link, Stage
from hub.web.design.progress import Progress
from hub.web.design.tables import Column, CursorPage
from hub.web.design.widgets import SearchSelect, SecretInput, Toggle, TokenTextarea

GROUPS = [("", "Choose a group"), ("g1", "Birthday mug"), ("g2", "New member welcome box"), ("g3", "Win-back card")]


def styleguide(request: HttpRequest) -> HttpResponse:
    """Draw the page; 404 outside debug."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "web/styleguide.html", styleguide_context(timezone.now()))


def styleguide_context(now: datetime) -> dict[str, Any]:
    """Everything the page shows, for the moment `now`."""
    return {
        "now": now,
        "frame": demo_frame(),
        "form": DemoForm(initial={"name": "Welcome gift", "active": True, "group": "g2"}),
        "wrong_form": wrong_form(),
        **_codes(),
        **_lists(),
        **_long_work(now),
        **_moments(now),
        "request_text": 'POST /contacts HTTP/1.1\nAuthorization: Bearer mbp_live_51HcQ9xT2\n\n{\n  "email": "ada@example.org"\n}',
        "request_secrets": ["mbp_live_51HcQ9xT2"],
        "before_text": "1. Send e-mail · at once\n2. Wait · 2 days\n3. Mailbox Power · Birthday mug",
        "after_text": "1. Send e-mail · at once\n2. Wait · 3 days\n3. Mailbox Power · Birthday mug\n4. Note · 1 day",
    }


class DemoForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(help_text="Your team sees this name; contacts do not.")
    email = forms.EmailField(required=False)
    days = forms.IntegerField(initial=2, help_text="Business days in the account's time zone.")
    unit = forms.ChoiceField(choices=[("h", "hours"), ("d", "days"), ("b", "business days")])
    group = forms.ChoiceField(
        choices=GROUPS,
        help_text="Tie the group to a campaign first.",
        widget=SearchSelect(refresh_url="#", loaded_at=timezone.now() - timedelta(hours=2), typed_name="group_typed"),
    )
    body = forms.CharField(
        initial="Hi {{client.firstName}}, welcome!",
        widget=TokenTextarea(tokens=[("{{client.firstName}}", "first name"), ("{{client.phoneCell}}", "mobile phone")]),
    )
    key = forms.CharField(
        label="API key",
        required=False,
        widget=SecretInput(stored=True, last_four="9xT2"),
        help_text="From Mailbox Power, Settings, Integrations.",
    )
    new_key = forms.CharField(label="API key (none stored)", widget=SecretInput())
    active = forms.BooleanField(
        label="Run this plan", required=False, widget=Toggle(), help_text="Off: its steps wait."
    )
    agree = forms.BooleanField(label="Skip contacts that are on it already", required=False)
    notify = forms.ChoiceField(
        label="Tell somebody",
        choices=[("no", "Nobody"), ("bad", "When it fails"), ("all", "Always")],
        widget=forms.RadioSelect,
        initial="bad",
    )
    file = forms.FileField(label="CSV file", required=False, help_text="Up to 50 MB.")


def wrong_form() -> forms.Form:
    """The same form, sent with mistakes."""
    form = DemoForm({"name": "", "days": "two", "unit": "h", "group": "", "body": "Hi", "new_key": "", "notify": "bad"})
    form.fields["group"].widget = SearchSelect(
        choices=GROUPS,
        problem="Mailbox Power did not answer for 10 seconds. The list is from yesterday.",
        typed_name="group_typed",
    )
    form.is_valid()
    form.add_error(None, "Another tab changed this plan at 14:02. Load it again to see what changed.")
    return form


def demo_frame() -> Frame:
    """A sub-account of a franchise, seen by an admin."""
    places = ("dashboard", "contacts", "plans", "runs", "addons", "settings")
    current = AccountNode("Leeds Headingley", "#leeds", "paused", 2, current=True)
    return Frame(
        account=current,
        account_path=("Northwind Fitness", "North"),
        accounts=(
            AccountNode("Northwind Fitness", "#nw"),
            AccountNode("North", "#north", depth=1),
            current,
            AccountNode("York Minster Gate", "#york", "locked", 2),
            AccountNode("South", "#south", depth=1),
        ),
        person=Person(
            "Grace Hopper", "grace@northwind.example", "Admin", (Link("Your profile", "#profile", "user"),), "#out"
        ),
        rail=main_rail({place: f"#{place}" for place in places}, "plans", {"runs": 7}),
        search_url="#search",
        notifications_url="#bell",
        unread=3,
        acting_as=ActingAs("Sam Support", "Grace Hopper", "#stop"),
    )


def _codes() -> dict[str, Any]:
    return {
        "tones": TONES,
        "step_states": list(STEP_STATES),
        "hold_reasons": list(HOLD_REASONS),
        "connection_states": list(CONNECTION_STATES),
        "account_states": list(ACCOUNT_STATES),
        "plan_states": list(PLAN_STATES),
        "enrollment_states": list(ENROLLMENT_STATES),
        "icons": ["users", "gift", "mail", "webhook", "sticky-note", "bell", "clock", "tag", "route", "user-check"],
    }


def _lists() -> dict[str, Any]:
    return {
        "columns": [
            Column("Name", "name"),
            Column("State", kind="state"),
            Column("Plans", "plans", "number"),
            Column("Last step", "last"),
            Column("Actions", kind="actions", hide_label=True),
        ],
        "people": [
            ("1", "Ada Lovelace", "ada@example.org", "done", 2),
            ("2", "Katherine Johnson", "kj@example.org", "held", 1),
            ("3", "Margaret Hamilton", "mh@example.org", "review", 4),
        ],
        "page": CursorPage(3, next="c2", total=4210),
        "filters": [
            Filter("state", "State", (Choice("held", "Held", 12), Choice("done", "Done", 4100)), "held"),
            Filter("plan", "Plan", (Choice("p1", "Welcome gift"), Choice("p2", "Win back"))),
        ],
        "tabs": [
            Link("Story", "#story", current=True),
            Link("Details", "#details"),
            Link("Runs", "#runs", count=12),
            Link("Trouble", "#trouble", count=2, tone="danger"),
        ],
        "trail": [Link("Contacts", "#contacts"), Link("Members", "#members"), Link("Ada Lovelace", "")],
        "facts": [
            ("E-mail", "ada@example.org"),
            ("Mobile", "+44 7700 900123"),
            ("Lead source", "Website"),
            ("Address", ""),
        ],
        "stages": [
            Stage("File", "done", "members.csv"),
            Stage("Columns", "done"),
            Stage("Check", "current"),
            Stage("Run"),
        ],
        "checks": [
            Stage("Name", "done", "smtp.example.org is 192.0.2.10"),
            Stage("Port", "done", "587 answers in 40 ms"),
            Stage("TLS", "warned", "The certificate ends in 6 days."),
            Stage("Sign-in", "failed", "The server refused the password. Enter a new one and test again.", "#key"),
            Stage("Permission"),
            Stage("Sample"),
        ],
    }


def _long_work(now: datetime) -> dict[str, Any]:
    start = now - timedelta(seconds=40)
    return {
        "job": Progress(41_200, 100_000, start, now, "rows", failed=12),
        "job_unknown": Progress(320, None, start, now, "contacts"),
        "job_done": Progress(500, 500, start, now, "contacts", finished=True),
    }


def _moments(now: datetime) -> dict[str, Any]:
    return {"earlier": now - timedelta(hours=3), "yesterday": now - timedelta(days=1), "later": now + timedelta(days=2)}
