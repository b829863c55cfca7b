"""The pages of contacts.

In the order a person meets them: ``listing`` finds contacts, ``filters`` keeps a search under a name, ``acting`` does one thing
to many with the number first, ``bulk`` shows how far that is when they are very many, ``exporting`` hands them over as a file;
``adding`` takes somebody in and ``editing`` changes them one at a time, both through ``form``; ``showing`` is one contact with
its story. What really went over the wire is a link away, on the page of the run.

The other modules are what these views have in common: ``querying`` (what an address asks for, and back), ``finding`` (which
contact, with whose eyes, and may they), ``story`` (notes and steps as lines of one timeline), ``locking`` (why a list cannot be
changed here, and who can).
"""

from hub.web.views.contacts.urls import app_name, urlpatterns

__all__ = ["app_name", "urlpatterns"]
