"""The author's kit: test a plugin alone, with no database, broker or network.

The memory ledger keeps the laws of the real one, the virtual clock passes when told, and the simulator plays the vendor from
the plugin's own declarations. The dispatcher between them is the one that runs in production.

An author writes one line, and has a test for every trouble a vendor can make, and for every pair of them::

    from hub.testing import conformance
    from hub_postpigeon import addon

    TestPostPigeon = conformance(addon)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["conformance"]


def conformance(
    addon: Any,
    *,
    simulation: Any = None,
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> type:
    """A class of tests, one for each case that the add-on's declaration gives. Assign it to a name that begins with ``Test``.

    Args:
        addon: the add-on, or a module with the hooks.
        simulation: how the vendor is played where the declaration does not say it: an object with ``SEEDS``, ``UPSERTS``,
            ``respond``, ``SETTINGS``, ``OPTIONS`` as far as they are needed; the module ``simulation`` beside the plugin's
            code by default.
        settings: of the connection, where made-up ones do not fit its form.
        options: action → settings of its step, on top of what is made up.
    """
    from hub.testing.suite import test_class  # pytest is needed for this alone

    return test_class(addon, {"simulation": simulation, "settings": settings, "options": options})
