"""The design system's pure half: what a component shows, decided without HTML, database or clock.

A page is made in three steps. A view gathers facts and puts them into the small frozen records of this package
(`Column`, `Frame`, `Progress`, …). A page template hands them to one template tag each, loaded with `{% load ui %}`.
The tag renders one partial of `templates/web/components/`, and only those partials and `hub.css` know how a thing looks.

`icons` names the pictures · `badges` words the states and holds · `frame` is what surrounds every page · `tables`,
`links`, `diffs`, `progress`, `masking`, `moments` and `theme` each carry one decision · `widgets` adds the form widgets
that Django does not have. `docs/design-system.md` tells when to use which.
"""
