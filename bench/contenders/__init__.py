"""Who takes part. Each module has ``run(units)``, finds its servers in the environment and prints a line by its meter.

=================== ===================================================================================================
``hub_engine``      the hub's steps with a vendor that answers inside the process: everything but HTTP
``hub_http``        the hub's whole protocol against the loopback vendor

``bare_client``     the hub's own HTTP client and nothing else: the most that could be had
``enrolling``       putting contacts on a five-step plan, until the first step is durable
``due_query``       finding what is due among so many that wait
=================== ===================================================================================================
"""
