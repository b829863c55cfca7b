"""From claimed to settled: the state machine and the runner, without a database.

**A step.** ``batch`` claims runs from a ``ledger``; each waits for a place in its lane (``lanes``, ``lines``); the ``gate``
says whether it may run now; ``carrying`` finds its ``runner``, which binds settings and tokens (``binding``) and calls the
plugin, alone in a task of its own (``isolation``), with a ``live`` vendor. Before an irreversible request, frozen as bytes
(``requests``), the ledger writes the intent (``offering`` asks until it takes it, ``grouping`` makes one transaction of many);
the ``exchange`` is made, by the one way out (``outside``). What came of it has one of the ``endings`` and is made ``plain``;
``classify`` says what the answer means and whom to believe; the ``machine`` says which of the ``states`` comes next, and
``backoff`` when; the ledger writes it down.

**Told.** ``about`` knows which step is in hand, ``heard`` what was said and answered, ``story`` tells a try as data;
``drift_watch`` hears how answers differ (``drift``).

**Outside a step.** ``calls`` asks a vendor for a form or a list, ``pulling`` brings records in, ``receiving`` judges what was
pushed, ``letters`` reads a mailer's.

**Signed in.** Where somebody signed in at the vendor, ``renewal`` sees to a token before the call; ``grants`` says when one
ends and what an answer means, ``grant_moves`` whose turn it is.

**Strangers.** ``apart`` runs a plugin in a process of its own, ``guests`` in a loop of its own; ``rests`` says how long what
ended waits. ``post`` speaks SMTP and IMAP. ``crash`` names the points at which a test ends the process.
"""

import logging

from hub.core import redact

logging.getLogger("hub.dispatch").addFilter(redact.LogFilter())  # the room that hears what plugins and vendors say
