"""The author's kit: test a plugin alone, with no database, broker or network.

The memory ledger keeps the laws of the real one, the virtual clock passes when told, and the simulator plays the vendor from
the plugin's own declarations. The dispatcher between them is the one that runs in production.
"""
