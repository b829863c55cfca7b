"""The addresses of the pages of plans."""

from __future__ import annotations

from django.urls import path

from hub.web.views.plans import (
    editing,
    enrolling,
    goals,
    listing,
    previewing,
    rehearsing,
    resting,
    ruling,
    showing,
    stopping,
    trying,
    uploading,
)  # fmt: skip

app_name = "plans"

PLANS = "a/<int:account_id>/plans"
PLAN = f"{PLANS}/<int:plan_id>"
EDIT = f"{PLAN}/edit"
STEP = f"{EDIT}/steps/<uuid:key>"

urlpatterns = [
    path(PLANS, listing.plan_list, name="list"),
    path(f"{PLANS}/new", listing.new, name="new"),
    path(f"{PLANS}/choose", enrolling.choose_plan, name="choose"),
    path(PLAN, showing.plan_page, name="page"),
    path(f"{PLAN}/details", listing.details, name="details"),
    path(f"{PLAN}/sleep", resting.sleep, name="sleep"),
    path(f"{PLAN}/copy", listing.copy, name="copy"),
    path(f"{PLAN}/archive", listing.archive, name="archive"),
    path(f"{PLAN}/restore", listing.restore, name="restore"),
    path(f"{PLAN}/contacts", showing.people, name="people"),
    path(f"{PLAN}/changes", showing.changed, name="changed"),
    path(f"{PLAN}/activity", showing.history, name="history"),
    path(f"{PLAN}/enroll", enrolling.enroll, name="enroll"),
    path(f"{PLAN}/enroll/<int:batch_id>", enrolling.report, name="enrolled"),
    path(f"{PLAN}/stop", stopping.stop, name="stop"),
    path(f"{PLAN}/preview", previewing.preview_page, name="preview"),
    path(f"{PLAN}/preview/contact", previewing.choose_contact, name="choose_contact"),
    path(f"{PLAN}/start-draft", editing.start, name="start"),
    path(EDIT, editing.editor, name="edit"),
    path(f"{EDIT}/order", editing.order, name="order"),
    path(f"{EDIT}/hours", ruling.hours, name="hours"),
    path(f"{EDIT}/goals", goals.goals, name="goals"),
    path(f"{EDIT}/ready", showing.make_ready, name="ready"),
    path(f"{EDIT}/discard", showing.discard, name="discard"),
    path(f"{EDIT}/field", previewing.live_field, name="field"),
    path(f"{EDIT}/try", previewing.try_step, name="try_step"),
    path(f"{EDIT}/to-me", rehearsing.to_me, name="to_me"),
    path(f"{EDIT}/upload", uploading.upload, name="upload"),
    path(f"{EDIT}/steps/new", editing.new_step, name="new_step"),
    path(STEP, editing.step, name="step"),
    path(f"{STEP}/remove", editing.remove, name="remove"),
    path(f"{STEP}/copy", editing.duplicate, name="duplicate"),
    path(f"{STEP}/test", trying.test, name="test"),
    path(f"{STEP}/test/<uuid:run_id>", trying.tested, name="tested"),
]
