"""Hooks out: what happens in the hub, sent to those who asked for it.

An *endpoint* is an address that listens for some kinds of events in an account (``changes.subscribe``). ``spreading`` empties the
outbox (``hub.events``): each event becomes a *message*, whose body is written once and never changes, and a *delivery* for each
endpoint that listens. ``delivering`` takes an endpoint's deliveries that are due, a portion at a time, signs them as Standard
Webhooks has it (``signing``) and sends them by the hub's one way out. ``judging`` says what an answer means and when to try
again; ``settling`` writes it down, and what it says about the endpoint: to be left in peace for a while, or disabled, and
somebody told. The rows own the truth: a worker may die anywhere, and what it had in hand is sent again under the same id.
"""
