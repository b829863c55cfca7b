"""What the kit proves of an add-on.

The story in order: a :mod:`~hub.testing.proofs.bench` is set up with the production dispatcher on it; each action is rehearsed,
to learn its :mod:`~hub.testing.proofs.shape`; from the declaration and the shapes come the cases
(:mod:`~hub.testing.proofs.all`); each is carried out (:mod:`~hub.testing.proofs.carry`) as a :mod:`~hub.testing.proofs.scene`
with its :mod:`~hub.testing.proofs.troubles`; what must come of it is said by :mod:`~hub.testing.proofs.expected`, and what must
never be by :mod:`~hub.testing.proofs.rules`, which look at the hub's rows, at the vendor's own count, and at what the plugin did.
"""
