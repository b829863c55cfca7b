"""How the hub's processes are put together, and how they end.

:mod:`~hub.process.start` readies any process: Django, the plugins, and the check that every route, command and job states its
permission. Then come the parts: :mod:`~hub.process.serving` (web), :mod:`~hub.process.working` (Dramatiq's workers) and
:mod:`~hub.process.ticking` (the clock). :mod:`~hub.process.embedded` puts all three into one process; scaled out, each runs
alone, and :mod:`~hub.process.supervising` keeps several workers alive. :mod:`~hub.process.stopping` says how each is told to end.
"""
