"""Tables of plans, of the contacts on them, and of the steps that wait.

Rows are never deleted, except the steps of a draft. Relations on the hot tables (``Enrollment``, ``StepRun``) carry no
database constraint: both are written by insert-select from the very rows they point to, so checking every row again would only
slow 100,000 of them down. ``contact_id`` is a plain number for the same reason, as in ``hub.history``.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from hub.accounts.models import Account
from hub.db.fields import SealedJSONField


class PlanKind(models.TextChoices):
    """Which plans people know of, and which carry one step that somebody asked for by itself (:mod:`hub.plans.lone`)."""

    PLAN = "plan", "An action plan"
    TEST = "test", "One step, tried on one contact"
    LONE = "lone", "One step, asked for by itself"


class Plan(models.Model):
    """An action plan of one account. Its steps are in its versions."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Everybody in the account"
        PRIVATE = "private", "Only its owner"

    class Reenrollment(models.TextChoices):
        NEVER = "never", "Once in a lifetime"
        AFTER_FINISH = "after_finish", "Again, once the last time has ended"
        ALWAYS = "always", "Again at any time; the run before is stopped"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=4, choices=PlanKind.choices, default=PlanKind.PLAN, db_default=PlanKind.PLAN)
    description = models.CharField(max_length=1000, blank=True)
    visibility = models.CharField(max_length=7, choices=Visibility.choices, default=Visibility.PUBLIC)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    reenrollment = models.CharField(max_length=12, choices=Reenrollment.choices, default=Reenrollment.AFTER_FINISH)
    sleeps = models.JSONField(
        default=list, blank=True, help_text="hub.accounts.calendars.Span: from day to day nothing starts"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "name"], name="plan_by_name")]
        constraints = [
            models.CheckConstraint(condition=Q(visibility="public") | Q(owner__isnull=False), name="private_has_owner")
        ]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """The steps of a plan as they were at one time. Ready versions never change; running contacts stay on theirs."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        READY = "ready", "Ready"
        RETIRED = "retired", "Retired"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.DRAFT)
    rules = models.JSONField(default=dict, blank=True, help_text="hub.plans.rules.PlanRules")
    revision = models.PositiveIntegerField(default=0, help_text="grows with every save: two tabs notice each other")
    made_by = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    saved_by = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number"),
            models.UniqueConstraint(fields=["plan"], condition=Q(state="draft"), name="plan_one_draft"),
            models.UniqueConstraint(fields=["plan"], condition=Q(state="ready"), name="plan_one_ready"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} version {self.number} ({self.state})"


class PlanStep(models.Model):
    """One step of one version. ``key`` stays the same from version to version, ``id`` does not."""

    class Notify(models.TextChoices):
        NONE = "none", "No notification"
        ON_FAILURE = "on_failure", "When it fails"
        ALWAYS = "always", "When it is done and when it fails"

    class WhenLate(models.TextChoices):
        ASK = "ask", "A person is asked"
        SKIP = "skip", "It is skipped"
        RUN = "run", "It runs all the same"

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="steps")
    key = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveSmallIntegerField(help_text="from 0")
    action_type = models.CharField(max_length=100)
    name = models.CharField(max_length=120)
    notify = models.CharField(max_length=10, choices=Notify.choices, default=Notify.NONE)
    timing = models.JSONField(default=dict, help_text="hub.plans.timing.Timing")
    options = models.JSONField(default=dict, help_text="the action type's own settings, without what is secret")
    secrets = SealedJSONField(
        null=True,
        bound_by=("plan_account_id", "version_id", "key"),
        help_text="what is secret of them: hub.plans.secrets",
    )
    late_hours = models.PositiveIntegerField(
        null=True, blank=True, help_text="too late after so many hours; empty: hub.plans.lateness says"
    )
    when_late = models.CharField(max_length=4, choices=WhenLate.choices, default=WhenLate.ASK)
    hours = models.JSONField(null=True, blank=True, help_text="hub.plans.hours.StepHours; empty: as the plan says")
    only_if = models.JSONField(null=True, blank=True, help_text="hub.plans.conditions.OnlyIf; empty: for everybody")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="plan_step_key"),
            models.UniqueConstraint(fields=["version", "position"], name="plan_step_position"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def addon(self) -> str:
        """The add-on whose action it is: the part before the dot."""
        return self.action_type.partition(".")[0]

    @property
    def plan_account_id(self) -> int:
        """Whose plan it is: what is secret of it opens nowhere else."""
        return self.version.plan.account_id


class EnrollmentBatch(models.Model):
    """One act of putting contacts on a plan. A request that comes twice with the same token finds its first report here."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="batches")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    started_by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    report = models.JSONField(default=dict, help_text="hub.plans.enrollment.Report")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "token"], name="enrollment_batch_token")]

    def __str__(self) -> str:
        return f"{self.plan_id} at {self.at:%Y-%m-%d %H:%M}"


class Enrollment(models.Model):
    """A contact on a plan, from start to end. ``occurrence`` counts the times, from 1."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="enrollments"
    )
    version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="enrollments"
    )
    batch = models.ForeignKey(
        EnrollmentBatch,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="enrollments",
    )
    contact_id = models.BigIntegerField()
    occurrence = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING, db_default=State.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    archived_at = models.DateTimeField(null=True, blank=True, help_text="its runs were moved (hub.engine.archiving)")
    archived_steps = models.JSONField(null=True, blank=True, help_text="the step's position → how it ended, since then")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "contact_id", "occurrence"], name="enrollment_occurrence"),
            # The state is the same in every entry. It stands there so that counting who runs reads nothing but the index.
            models.UniqueConstraint(
                fields=["plan", "contact_id", "state"], condition=Q(state="running"), name="enrollment_one_running"
            ),
        ]
        indexes = [
            models.Index(fields=["contact_id"], name="enrollment_by_contact"),
            # One that runs is not in it, so putting contacts on plans costs nothing; written once, at the end.
            models.Index(
                fields=["ended_at", "id"],
                condition=Q(archived_at__isnull=True, ended_at__isnull=False),
                name="enrollment_to_archive",
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id} on plan {self.plan_id} ({self.state})"


class StepRun(models.Model):
    """One plan step for one enrollment: when it is due, how it stands, what it came to.

    ``state`` is in partial indexes only, each over a small share of the rows: what is due, what is in flight, what waits for
    a person. In flight there is one run an enrollment at most, and the database sees to it.

    Each condition is one that SQLite, too, recognises in a query with parameters: one state, or *is (not) null*. It would not
    find a list of states again; ask for ``state="held"``, or for what is open by ``closed_at__isnull=True``.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        HELD = "held", "Held"
        CLAIMED = "claimed", "About to be sent"
        CALLING = "calling", "Being sent"
        UNKNOWN = "unknown", "Being looked up"
        REVIEW = "review", "Waits for a person"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Stopped"
        SKIPPED = "skipped", "Skipped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="runs"
    )
    contact_id = models.BigIntegerField()
    plan_step = models.ForeignKey(
        PlanStep, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="runs"
    )
    seq = models.PositiveSmallIntegerField(help_text="the step's position, from 0")
    action_type = models.CharField(max_length=100)
    addon = models.CharField(max_length=40)
    kind = models.CharField(
        max_length=4,
        choices=PlanKind.choices,
        default=PlanKind.PLAN,
        db_default=PlanKind.PLAN,
        help_text="its plan's, for the engine and for counts",
    )
    effect_class = models.CharField(max_length=10, null=True, blank=True)
    costly = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.SCHEDULED, db_default=State.SCHEDULED)
    fence = models.BigIntegerField(default=0, db_default=0)
    worker_no = models.IntegerField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    open_attempts = models.PositiveIntegerField(default=0, db_default=0)
    crashes = models.PositiveIntegerField(default=0, db_default=0)
    first_intent_at = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0, db_default=0)
    effect_key = models.CharField(max_length=64, help_text="sha256 in hex, see hub.plans.effect_key")
    hold_reason = models.CharField(max_length=60, blank=True, default="", db_default="")
    hold_detail = models.TextField(blank=True, default="", db_default="")
    held_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    unknown_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveIntegerField(default=0, db_default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The key is made of account, enrollment and step, so this is as strict as (account, effect_key) would be. With the
            # enrollment in front it is also the index by enrollment, and new rows are added at its end, not all over it.
            models.UniqueConstraint(fields=["enrollment", "effect_key"], name="step_run_effect_once"),
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(state__in=["claimed", "calling", "unknown"]),
                name="step_run_one_in_flight",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="step_run_of_account"),  # ids begin with the time: newest first
            models.Index(
                fields=["account", "closed_at", "state"], condition=Q(closed_at__isnull=False), name="step_run_closed"
            ),
            models.Index(fields=["due_at"], condition=Q(state="scheduled"), name="step_run_due"),
            # Asked only while very many are due, so that each account gets its turn (hub.engine.fair).
            models.Index(fields=["account", "due_at"], condition=Q(state="scheduled"), name="step_run_due_by_account"),
            models.Index(fields=["next_check_at"], condition=Q(state="unknown"), name="step_run_to_look_up"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="step_run_leased"),
            models.Index(fields=["account"], condition=Q(state="review"), name="step_run_for_a_person"),
            models.Index(fields=["account", "hold_reason"], condition=Q(state="held"), name="step_run_held"),
            models.Index(
                fields=["plan_step", "state"], condition=Q(closed_at__isnull=True), name="step_run_open_by_step"
            ),
            models.Index(fields=["plan_step"], condition=Q(state="failed"), name="step_run_failed_by_step"),
            models.Index(fields=["account", "hold_reason"], condition=Q(state="failed"), name="step_run_refused"),
            # Tests are few, so that what counts all runs takes them away again instead of asking each run for its kind.
            models.Index(fields=["account", "closed_at", "state"], condition=Q(kind="test"), name="step_run_tests"),
        ]

    def __str__(self) -> str:
        return f"{self.action_type} for contact {self.contact_id} ({self.state})"


IN_FLIGHT = (StepRun.State.CLAIMED, StepRun.State.CALLING, StepRun.State.UNKNOWN)
"""A worker has it, or it is not known what became of it."""

CLOSED = (StepRun.State.DONE, StepRun.State.FAILED, StepRun.State.CANCELLED, StepRun.State.SKIPPED)
"""Closed for ever."""

OPEN = tuple(state for state in StepRun.State if state not in CLOSED)
"""Still to come to an end."""
