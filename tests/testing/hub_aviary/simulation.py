"""Five birds, so that there are three pages of two."""

from __future__ import annotations

SEEDS = {path: [{"id": f"b{n}", "name": f"Bird {n}"} for n in range(1, 6)] for path in ("/birds", "/flock")}
