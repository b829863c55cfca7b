"""Action plans: what shall happen to a contact, when, and who is on it.

In order: ``versions`` is the life of a plan's text (draft, ready, retired), checked by ``checking`` before it may run;
``timing`` computes when a step is due and ``arrival`` when its parcel is at the door; ``enrollment`` counts and starts
contacts on a plan, writing the first step runs; ``scheduling`` says what follows when a run has closed (the engine asks it
inside its outcome transaction); ``preview`` shows a whole plan for one contact on a virtual clock, with the same functions.

Step runs are *made* here and *moved* by ``hub.engine`` only.
"""
