"""The pages of action plans.

In the order a person meets them: ``listing`` shows the plans and makes new ones; ``showing`` is one plan with its timeline,
its contacts and what was done to it; ``editing`` is the editor, a timeline whose steps are edited one at a time in a panel;
``previewing`` shows a plan for one contact on a virtual clock; ``trying`` sends one step to one contact, for a test;
``enrolling`` puts contacts on a plan, counts first; ``stopping`` takes them off.

The other modules are what these views have in common: ``finding`` (which plan, and may they), ``desk`` (a draft as the editor
shows it) and ``saving`` (one step of it), ``kinds`` (what is known of a kind of step), ``step_typed`` (a step as it is typed),
``step_form`` with ``step_fields``, ``timing_form`` and ``choices`` (the same, drawn), ``outlook`` and ``sketch`` (steps as
cards, as lines to compare), ``people`` (for whom previews are drawn), ``selection`` (contacts chosen here, or handed over by
another page).
"""

from hub.web.views.plans.urls import app_name, urlpatterns

__all__ = ["app_name", "urlpatterns"]
