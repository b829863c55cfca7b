"""A process of its own for a plugin: the same functions, behind a wall.

The story in order. :mod:`~hub.dispatch.apart.loading` finds which plugins run apart and opens a
:class:`~hub.dispatch.apart.door.Door` for each distribution, which starts its :mod:`~hub.dispatch.apart.process` on use.
There a :mod:`~hub.dispatch.apart.child` begins with an empty environment, raises its :mod:`~hub.dispatch.apart.walls`,
imports the plugin, and writes its declarations down as :mod:`~hub.dispatch.apart.papers`. The host imports nothing of the
plugin: it rebuilds the declarations from the papers (:mod:`~hub.dispatch.apart.rebuilding`), with stand-ins where there was
code: forms that ask the child (:mod:`~hub.dispatch.apart.forms`), endpoints whose answers the child reads
(:mod:`~hub.dispatch.apart.answers`), functions that the child carries out (:mod:`~hub.dispatch.apart.functions`). The
registry, the runner and everything else know no difference.

While a function runs (:mod:`~hub.dispatch.apart.call`), the child asks the host for each call of the vendor by the place of
the endpoint among those it declared. The host makes the call with the same vendor as ever: intent, credential, addresses and
limits are its own. What crosses is JSON in frames (:mod:`~hub.dispatch.apart.frames`), each value by the name of its class in
``hub.core`` (:mod:`~hub.dispatch.apart.coding`); nothing is ever unpickled.

``child``, ``working``, ``speaking``, ``walls``, ``filter``, ``papers``, ``coding`` and ``frames`` run in the child and import
``hub.core`` and each other only.
"""
