"""The pages of importing contacts, from a file and from an add-on's vendor.

In the order a person meets them: ``uploading`` takes the file and lists what was imported before; ``choosing`` is the mapping
screen, where each column is named and everybody's tags, lead source, consent and plan are chosen; ``working`` is the page of one
import from its dry run to its report, and what can be done with it: start, cancel, go on, undo.

One of a vendor is begun on the *Import* tab of its add-on (``hub.web.views.addons.importing``); ``reporting`` is what its page
here shows, and ``tiles`` are the numbers of both kinds of report.

``finding`` says who may: a file is matched against *every* contact of the account, so only somebody who sees all of them imports.
"""

from hub.web.views.imports.urls import app_name, urlpatterns

__all__ = ["app_name", "urlpatterns"]
