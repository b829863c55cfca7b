"""Settings → API: the account's keys, how the API treats what it sends, and the API users with what they may call."""

from __future__ import annotations

from hub.web.views.settings.api import keys, users

urlpatterns = [*keys.urlpatterns, *users.urlpatterns]
