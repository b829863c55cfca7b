"""The peers: the same unit of work (one POST, one durable record of its outcome) as each library's own users would write it.

Each is given what favours it: workers that run already when the clock starts, connections kept open, as much concurrency as it
likes, no intent before the call, no lease, no rate, no history. They live in an environment of their own
(``requirements/peers.txt``), for their dependencies are none of the hub's.
"""
