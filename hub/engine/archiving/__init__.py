"""Months of history without months of weight: what is over for long is moved out of the tables that the engine works on.

Once an enrollment has ended, all its steps have been closed for ``HUB_KEEP_RUNS_DAYS``, and none of them waits for anybody, its
runs go into the archive (:mod:`moving`; :mod:`working` says when), each with its attempts but without the request's bytes. The
enrollment itself stays where it is, for the next enrolment asks whether there was one; it remembers how each step ended. What the
contact's page tells are notes, and they stay as well. :mod:`reads` finds what was moved. Tests of single steps are not moved:
they go (:mod:`forgetting`).

A portion is one transaction, and says in its own row how far it came: killed at any moment, the work goes on where it was.
``docs/decisions/archive.md`` says why it is an archive and no deleting.
"""
