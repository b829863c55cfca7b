"""The pages of add-ons.

``listing`` is the gallery; ``showing`` is one add-on's page with its settings; ``switching`` turns it on and off, what it would
hold first; ``signing_in`` is the way to the vendor's own sign-in page and back; ``testing`` is the Test button and live lists;
``resting`` tries a connection that is given a rest; ``drifting`` is what the vendor changed, for the plugin's author;
``offering`` is the operator's word, and an account's wish; ``mapping`` is the *Mappings* tab and ``passing`` hands its tables on;
``importing`` is the *Import* tab, ``arriving`` the *Incoming* one.
"""

from __future__ import annotations

from django.urls import path

from hub.web.views.addons import (
    arriving,
    drifting,
    importing,
    listing,
    mapping,
    offering,
    passing,
    resting,
    showing,
    signing_in,
    switching,
    testing,
)

__all__ = ["app_name", "urlpatterns"]

app_name = "addons"
_ONE = "a/<int:account_id>/add-ons/<slug:addon>"
urlpatterns = [
    path("a/<int:account_id>/add-ons", listing.gallery, name="list"),
    path("a/<int:account_id>/add-ons/request", offering.ask_for, name="ask"),
    path(_ONE, showing.addon_page, name="page"),
    path(f"{_ONE}/settings", showing.save, name="save"),
    path(f"{_ONE}/sign-in", signing_in.sign_in, name="sign_in"),
    path(f"{_ONE}/sign-out", signing_in.sign_out, name="sign_out"),
    path("oauth/callback", signing_in.callback, name="oauth_callback"),
    path(f"{_ONE}/on", switching.switch_on, name="switch_on"),
    path(f"{_ONE}/off", switching.switch_off, name="switch_off"),
    path(f"{_ONE}/lend", switching.lend, name="lend"),
    path(f"{_ONE}/borrow", switching.borrow, name="borrow"),
    path(f"{_ONE}/test", testing.test, name="test"),
    path(f"{_ONE}/test-mail", testing.test_mail, name="test_mail"),
    path(f"{_ONE}/lists/<slug:name>", testing.live_list, name="list_field"),
    path(f"{_ONE}/try-now", resting.try_now, name="try_now"),
    path(f"{_ONE}/drift", drifting.seen, name="drift_seen"),
    path(f"{_ONE}/offer", offering.offer, name="offer"),
    path(f"{_ONE}/import", importing.overview, name="import"),
    path(f"{_ONE}/import/start", importing.start, name="import_start"),
    path(f"{_ONE}/import/timetable", importing.schedule, name="import_timetable"),
    path(f"{_ONE}/import/known", importing.known, name="import_known"),
    path(f"{_ONE}/mappings", mapping.mappings, name="mappings"),
    path(f"{_ONE}/mappings/list/<int:number>", mapping.live_choices, name="mapping_choices"),
    path(f"{_ONE}/mappings/add", mapping.add, name="mapping_add"),
    path(f"{_ONE}/mappings/remove", mapping.remove, name="mapping_remove"),
    path(f"{_ONE}/mappings/defaults", mapping.defaults, name="mapping_defaults"),
    path(f"{_ONE}/mappings/skip", mapping.skip, name="mapping_skip"),
    path(f"{_ONE}/mappings/pass-on", passing.pass_on, name="mapping_pass_on"),
    path(f"{_ONE}/mappings/take-back", passing.take_back, name="mapping_take_back"),
    *arriving.urlpatterns,
]
