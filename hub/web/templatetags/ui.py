"""`{% load ui %}`: every component of the design system under one name.

The tags live in four libraries by subject; this one gathers them, so that a page loads one. Each tag is a few lines that
turn its arguments into the context of one partial in `templates/web/components/`. What a tag takes is documented on the
tag; how it looks is documented in `docs/design-system.md` and shown on `/styleguide`.
"""

from django import template

from hub.web.templatetags import ui_actions, ui_forms, ui_lists, ui_showing

register = template.Library()
for _library in (ui_actions, ui_forms, ui_lists, ui_showing):
    register.tags.update(_library.register.tags)
    register.filters.update(_library.register.filters)
