"""The tree of accounts: who stands where, what an account says about itself, what stands above it and locks it.

``models`` holds the tree, the active/paused switch in a row of its own (pausing is a barrier for the engine) and the locks.
``reads`` walks the tree; ``place`` is an account as the checks of permissions see it. ``info`` checks what people type on
Account Info, ``calendars`` what they say of holidays, closed days and quiet hours (``public_holidays``, times of day as
``wall`` has them), ``locks`` decides whether a setting is locked from above, and ``changes`` makes every write.
"""
