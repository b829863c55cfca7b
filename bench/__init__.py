"""Speed, beside a peer, in one run: ``python -m bench`` (or ``make bench``).

:mod:`bench.__main__` starts PostgreSQL, a Redis-compatible server and a vendor, and lets the contenders take turns, round after
round, so that a machine that slows down slows all of them. A contender is a small module in :mod:`bench.contenders` with a
function ``run(units)``; each turn is a process of its own (:mod:`bench.turn`) that prints one line of JSON: units, seconds, and
CPU seconds of the process, its children and the stores (:mod:`bench.meter`). Medians go to ``build/bench/results.json``, and
:mod:`bench.goals` says of each goal that was measured whether it is *met* or *short by* how much.

Rates depend on the machine; ratios within one run and CPU seconds per 1000 units are what can be compared.
"""
