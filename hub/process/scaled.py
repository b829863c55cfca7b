"""Scaled out: each part in processes of its own, on PostgreSQL and Redis. What each of them needs before it begins."""

from __future__ import annotations

from hub.process import start


def ready(name: str, commands: start.Commands) -> None:
    """Make a process of one part ready.

    Args:
        name: of the command, for the sentence when the installation is not scaled out.

    Raises:
        start.Refusal: there is no Redis to ring over, the database is behind, or something states no permission.
    """
    start.django()
    from django.conf import settings

    from hub.process import coming_up

    if not settings.HUB_REDIS_URL or settings.HUB_EMBEDDED:
        missing = "HUB_DATABASE_URL (PostgreSQL)" if settings.HUB_EMBEDDED else "HUB_REDIS_URL"
        raise start.Refusal(
            f"{name} is for the scaled-out hub, and {missing} is not set. In one process, everything runs with: hub up"
        )
    coming_up.wait_for_database()
    start.ready_database(may_migrate=False)
    start.check(commands)
    start.plugins()
    start.tell_of_keys()


def queues(text: str) -> frozenset[str]:
    """A comma list of queues.

    Raises:
        start.Refusal: one of them does not exist.
    """
    start.django()
    from hub.engine.broker import QUEUES

    named = frozenset(word.strip() for word in text.split(",") if word.strip())
    strange = sorted(named - set(QUEUES))
    if strange:
        raise start.Refusal(f"There is no queue {', '.join(strange)}. There are: {', '.join(QUEUES)}.")
    return named
