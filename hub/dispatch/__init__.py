"""From claimed to settled: the state machine and the runner, without a database.

The story in order: :mod:`~hub.dispatch.batch` claims runs from a :mod:`~hub.dispatch.ledger`; the :mod:`~hub.dispatch.gate`
says whether each may run now; the :mod:`~hub.dispatch.runner` binds settings and tokens and calls the plugin, alone in a task
of its own (:mod:`~hub.dispatch.isolation`), with a :mod:`~hub.dispatch.live` vendor; before an irreversible request the ledger
writes the intent; the :mod:`~hub.dispatch.exchange` is made; what the plugin returned is made :mod:`~hub.dispatch.plain`;
:mod:`~hub.dispatch.classify` says what the answer means and whom to believe; the :mod:`~hub.dispatch.machine` says what the run
does next; the ledger writes it down.

Where somebody signed in at the vendor, :mod:`~hub.dispatch.renewal` sees to a token before the call; :mod:`~hub.dispatch.grants`
says when one ends and what an answer means, :mod:`~hub.dispatch.grant_moves` whose turn it is.
"""

import logging

from hub.core import redact

logging.getLogger("hub.dispatch").addFilter(redact.LogFilter())  # the room that hears what plugins and vendors say
