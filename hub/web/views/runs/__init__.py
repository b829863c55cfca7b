"""The pages of runs: what steps did, are doing, and wait for.

``listing`` is the list with its filters; ``showing`` is one run with its story and its raw truth; ``inbox`` groups what waits
by its cause and says who acts; ``deciding`` is what a person may do about it, for one run or for all of a cause; ``replaying``
tries again what failed or was given up in a window of time, of an add-on, a plan.
"""

from __future__ import annotations

from django.urls import path

from hub.web.views.runs import deciding, inbox, listing, replaying, showing

__all__ = ["app_name", "urlpatterns"]

app_name = "runs"
urlpatterns = [
    path("a/<int:account_id>/runs", listing.run_list, name="list"),
    path("a/<int:account_id>/runs/inbox", inbox.inbox, name="inbox"),
    path("a/<int:account_id>/runs/inbox/decide", deciding.decide_many, name="decide_many"),
    path("a/<int:account_id>/runs/replay", replaying.replay, name="replay"),
    path("a/<int:account_id>/runs/replays/<int:replay_id>", replaying.replay_page, name="replayed"),
    path("a/<int:account_id>/runs/replays/<int:replay_id>/cancel", replaying.cancel, name="cancel_replay"),
    path("a/<int:account_id>/runs/<uuid:run_id>", showing.run_page, name="page"),
    path("a/<int:account_id>/runs/<uuid:run_id>/decide", deciding.decide, name="decide"),
]
