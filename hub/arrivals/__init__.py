"""What vendors push: deliveries of the webhooks that add-ons declare.

Each connection has an address of its own (``entrances``). What is posted there is proved, recognised and stored under the key by
which a repeated delivery is known (``hub.dispatch.receiving`` on the rows of ``models``), and only then the vendor is told *yes*.
A job takes it from there (``handling``): the plugin's handler turns the payload into records, which enter at the account's
mappings (``placing``), and events, which are told where they belong (``telling``). What goes wrong there waits to be played
again; a locked account or an add-on that is off keeps its deliveries until it goes on. No order is promised: the vendor did not.
"""
