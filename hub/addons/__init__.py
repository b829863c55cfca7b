"""Add-ons per account: what there is, what an account may use, what it has switched on, and whether it works.

``catalog`` writes the manifest of every plugin at start and lists what an account sees; ``installed`` is what this process has
at hand to ask with. An operator makes an add-on *available* and an admin switches it *on*: two facts, two people (``changes``).
An account may borrow the connection of the one above (``lending``), and what the vendor says of a connection is its ``health``;
all of them write by ``writing``. And ``connections`` is the one doorway: *is this active here, and if not, why not?*
(``wording`` says it).

**Settings.** ``forms`` draws them from the manifest and ``typed`` holds what was typed against the plugin's own model, as
``steps`` does for a step's options. ``oauth`` signs in at vendors and keeps the sign-ins alive. ``mappings`` are tables from a
vendor's choices to the account's own, ``budgets`` what an account may spend (``budget_changes``).

**Asking the vendor.** ``asking`` calls one function of the plugin while a person waits: for ``options``, the live lists, and
for ``diagnosis``, the Test button, which begins with a ``probe``; ``self_mail`` tries a mailer.

**What is known of a plugin.** ``grades`` is what ``hub check`` found, ``drift`` what vendors have changed, ``unclear`` what
becomes of an unclear sending.
"""
