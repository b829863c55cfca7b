"""Why not? The chain of decisions between a contact, a step of a plan and a moment, link by link, like a proof.

:mod:`.facts` says what is known, frozen. :mod:`.chain` walks it: first what must be before there is a run at all, then what the
claiming statement asks, then the gate's own rules (:data:`hub.dispatch.gate.RULES`, the very functions), then what the runner
asks before the request leaves. The first link that does not pass is the answer; what comes after it was not reached.
:mod:`.gathering` reads the facts, through :func:`hub.engine.jobs.load`, as the worker does; :mod:`.past` tells of a moment that
has gone by from the notes, attempts and audit rows that are still there, and says what is not. :mod:`.asking` is the door.
"""
