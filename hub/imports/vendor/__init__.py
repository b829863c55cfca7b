"""Contacts from an add-on's vendor.

``changes`` begins an import, as a dry run or in earnest, by hand or by the timetable. ``standing`` says
whether it may go on now and, if not, why; ``pace`` keeps to the vendor's rate. A job takes one *turn*: ``pulling`` asks the
trigger for page after page, outside of any transaction and for some seconds only, and ``pages`` writes each page: its
contacts, its enrolments and the cursor behind it in one transaction, so an import that is killed goes on after its last
page. ``placing`` makes a person at the door of a record and the account's mappings, ``enrolling`` puts people on the mapped
plans, ``ending`` says how it ended. ``reads`` tells the rest.

The tables are those of files (``hub.imports.models``), and so are the report, cancelling, going on and undoing.
"""
