"""The page of `hub dev`, and only of `hub dev`: no other process has its address (:mod:`hub.web.dev.urls`).

``bench`` is what the page plays with (the plugin, its simulator, a box for deliveries), ``firing`` does what its buttons say, and
``views`` draws it.
"""
