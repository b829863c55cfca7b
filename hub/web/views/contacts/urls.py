"""The addresses of the pages of contacts."""

from __future__ import annotations

from django.urls import path

from hub.web.views.contacts import acting, adding, bulk, editing, exporting, filters, listing, showing

app_name = "contacts"

CONTACTS = "a/<int:account_id>/contacts"
CONTACT = f"{CONTACTS}/<int:contact_id>"

urlpatterns = [
    path(CONTACTS, listing.contact_list, name="list"),
    path(f"{CONTACTS}/new", adding.new, name="new"),
    path(f"{CONTACTS}/act", acting.act, name="act"),
    path(f"{CONTACTS}/changes", bulk.change_list, name="changes"),
    path(f"{CONTACTS}/changes/<int:change_id>", bulk.change_page, name="change"),
    path(f"{CONTACTS}/changes/<int:change_id>/cancel", bulk.cancel, name="cancel_change"),
    path(f"{CONTACTS}/export", exporting.export, name="export"),
    path(f"{CONTACTS}/filters", filters.saved, name="filters"),
    path(f"{CONTACTS}/filters/<int:filter_id>/forget", filters.forget, name="forget_filter"),
    path(CONTACT, showing.contact_page, name="page"),
    path(f"{CONTACT}/notes", showing.write_note, name="write_note"),
    path(f"{CONTACT}/edit", editing.edit, name="edit"),
    path(f"{CONTACT}/archive", editing.archive, name="archive"),
    path(f"{CONTACT}/restore", editing.restore, name="restore"),
]
