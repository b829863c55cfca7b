"""Add-ons per account: what there is, what an account may use, what it has switched on, and whether it works.

``catalog`` writes the manifest of every plugin at start and lists what an account sees. An operator makes an add-on *available*
and an admin switches it *on*: two facts, two people (``changes``). ``forms`` draws the settings from the manifest and ``typed``
holds what was typed against the plugin's own model, as ``steps`` does for a step's options. ``options`` and ``diagnosis`` ask
the vendor. ``oauth`` signs in at vendors and keeps the sign-ins alive. And ``connections`` is the one doorway: *is this active
here, and if not, why not?*
"""
