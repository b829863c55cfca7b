"""Sessions in the database, with two ends: idle for half an hour, or half a day old.

Django's ``SESSION_ENGINE``. The key is 32 random characters (165 bits); the row knows the user, the address and the browser,
so that a person can see where they are signed in and end it there.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError, transaction
from django.db.models import Q

from hub.db import clock
from hub.users.models import Session

log = logging.getLogger("hub.users")

TOUCH_EVERY = timedelta(seconds=60)  # how stale "last seen" may be: one write a minute, not one a request


class SessionStore(DatabaseStore):
    """Loads a session only while both its ends lie ahead, and notes that it was seen."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        now = clock.real_now()
        idle = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        oldest = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
        found = Session.objects.filter(
            Q(session_key=self.session_key) & Q(seen_at__gt=idle) & Q(created_at__gt=oldest)
        ).first()
        if found is None:
            self._session_key = None
        elif now - found.seen_at > TOUCH_EVERY:
            _touch(found, now)
        return found

    def save(self, must_create: bool = False) -> None:
        """Django takes every trouble with the database for a session that somebody has ended meanwhile. Locked is not ended."""
        try:
            super().save(must_create)
        except UpdateError as ended:
            if isinstance(ended.__context__, OperationalError):
                raise ended.__context__ from None
            raise

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = clock.real_now()
        known = Session.objects.filter(session_key=self.session_key).first()
        user_id = data.get(SESSION_KEY)
        born = known.created_at if known else now
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]  # Django's own, missing in the stubs
            session_data=self.encode(data),
            expire_date=born + timedelta(seconds=settings.SESSION_COOKIE_AGE),
            user_id=int(user_id) if user_id else None,
            created_at=born,
            seen_at=now,
            ip=data.get("ip", ""),
            browser=data.get("browser", "")[:200],
        )


def _touch(row: Session, now: datetime) -> None:
    """A database that takes no write just now keeps nobody from reading."""
    try:
        with transaction.atomic():  # its failure is its own, also in the middle of somebody's transaction
            Session.objects.filter(pk=row.pk).update(seen_at=now)
    except OperationalError as trouble:
        log.warning("when a session was last seen could not be noted: %s", trouble)
