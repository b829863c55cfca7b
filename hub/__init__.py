"""The hub: runs action plans, and lets plugins carry out every step that reaches the outside world.

Read it from the bottom. `hub.core` is the contract between the host and its plugins; `hub.dispatch` decides what becomes of a
step and `hub.testing` lets an author prove a plugin alone. Above them lie the host's rooms, each on its floor
(`docs/architecture.md`); imports point down only.
"""
