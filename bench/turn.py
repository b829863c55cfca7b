"""One turn of one contender, in a process of its own: ``python -m bench.turn CONTENDER UNITS``."""

from __future__ import annotations

import sys
from importlib import import_module


def main() -> None:
    """Run it; it prints its line."""
    name, units = sys.argv[1], int(sys.argv[2])
    import_module(f"bench.{name}").run(units)


if __name__ == "__main__":
    main()
