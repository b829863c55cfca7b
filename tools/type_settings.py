"""The settings as mypy's Django plugin reads them: the house's, with a home beside mypy's cache, so that a check of types makes
no keys in anybody's own."""

from __future__ import annotations

import os
from pathlib import Path

home = Path(__file__).parents[1] / ".mypy_cache" / "home"
home.mkdir(parents=True, exist_ok=True)
os.environ["HUB_HOME"] = str(home)

from hub.db.settings import *  # noqa: E402, F403  # the home comes first, and all of them are wanted
