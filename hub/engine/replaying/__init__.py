"""Trying again what failed or was given up: one step, many, or all of a window of time.

``again`` is the act on one step. It never makes a second effect of what may have happened: a step whose attempt is unclear
goes again under the same reference, to a vendor that knows it by that, or is looked up first; what was refused did nothing,
and is tried as a new run of the same step; what is done is refused. ``selecting`` finds what can be tried again in a window
of time, of an add-on, a plan, a cause. ``changes`` starts such a replay and cancels it; ``working`` does it portion by
portion, each committed with how far it is, so a worker may die anywhere; ``actors`` ring for the next portion. Whatever is
done twice changes nothing the second time.
"""
