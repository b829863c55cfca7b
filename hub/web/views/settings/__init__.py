"""Settings: the account itself, accounts beneath it, its people, its locks, and who changed what.

Each page is a module of its own; `urlpatterns` gathers their addresses under the name `settings`.
"""

from __future__ import annotations

from hub.web.views import mail
from hub.web.views.settings import (
    account,
    adding,
    api,
    audit,
    calendar,
    files,
    home,
    leaving,
    lists,
    locks,
    passwords,
    person,
    spending,
    subaccounts,
    suppressed,
    tags,
    users,
)
from hub.web.views.webhooks import urls as webhooks

app_name = "settings"
urlpatterns = [
    *home.urlpatterns,
    *account.urlpatterns,
    *calendar.urlpatterns,
    *mail.urlpatterns,
    *spending.urlpatterns,
    *subaccounts.urlpatterns,
    *lists.urlpatterns,
    *tags.urlpatterns,
    *locks.urlpatterns,
    *api.urlpatterns,
    *audit.urlpatterns,
    *suppressed.urlpatterns,
    *files.urlpatterns,
    *adding.urlpatterns,
    *users.urlpatterns,
    *person.urlpatterns,
    *passwords.urlpatterns,
    *leaving.urlpatterns,
    *webhooks.urlpatterns,
]
