"""A worker that sends what is due through real mail servers, in a process of its own, so that a test can kill it.

``python -m tests.support.mail_worker <certificate> <port>...`` with the database in the environment. It trusts the certificate
and speaks to those ports of this machine alone.
"""

from __future__ import annotations

import os
import ssl
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")


def main(certificate: str, ports: list[str]) -> None:
    """Send once, whatever is due."""
    import django

    django.setup()

    from hub_smtp_custom import addon

    from hub.addons import installed
    from hub.core import registry
    from hub.core.egress import Egress
    from hub.db import clock
    from hub.dispatch.batch import dispatch
    from hub.dispatch.outside import Outside
    from hub.dispatch.post.office import PostOffice
    from hub.engine import due, runtime
    from hub.steps import email

    outside = Outside(Egress.of(f"127.0.0.1:{port}" for port in ports))
    outside.office = PostOffice.of(outside.egress, ssl.create_default_context(cafile=certificate))
    with installed.use(registry.from_objects([addon, email.addon])), installed.use_outside(outside):
        current = runtime.current()
        dispatch(due.due_steps(clock.now(), 500), current.ledger, current.runner)
        runtime.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
