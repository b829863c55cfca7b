"""Tables of the mail room: mailboxes, what was sent, what came in, and who wants no more."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.users.models import User

USUAL_MOST = 10
"""E-mails that one contact gets from one account in a day, where the account has not chosen another number."""


class Mailbox(models.Model):
    """Where a person's mail of an account goes out and comes in; without a person it is the account's own.

    One provider at a time: ``connection`` is its settings and credential, ``mailer`` which of its add-on's mailers. Off and
    without a connection it says only that somebody has looked at the page.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="mailboxes", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    connection = models.OneToOneField(Connection, on_delete=models.SET_NULL, null=True, related_name="mailbox")
    mailer = models.CharField(max_length=80, blank=True, help_text="addon.mailer")
    address = models.CharField(max_length=254, blank=True, help_text="as the provider last confirmed it")
    sender_name = models.CharField(max_length=200, blank=True, help_text="empty: first name and company")
    enabled = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False, help_text="carries what names nobody")
    read_mail = models.BooleanField(default=False)
    daily_cap = models.PositiveIntegerField(null=True, help_text="mails on one day of the account's; empty: no limit")
    files_as_links = models.BooleanField(null=True, help_text="empty: as the mailer advises")

    # --- reading: the rows own the truth, a reader may die anywhere
    cursor = models.JSONField(default=dict, help_text="where reading goes on; empty: it has not begun")
    cursors_reset = models.PositiveSmallIntegerField(default=0, help_text="in a row, without a mail between them")
    read_at = models.DateTimeField(null=True, help_text="the last look that went well")
    read_problem = models.CharField(max_length=300, blank=True)
    read_failures = models.PositiveSmallIntegerField(default=0)
    read_again_at = models.DateTimeField(null=True, help_text="not before")
    reader = models.PositiveBigIntegerField(null=True, help_text="the worker number of who keeps it open")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="mailbox_of_user"),
            models.UniqueConstraint(fields=["account"], condition=Q(user__isnull=True), name="mailbox_of_account"),
            models.UniqueConstraint(fields=["account"], condition=Q(is_default=True), name="mailbox_default"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(read_mail=True, enabled=True), name="mailbox_read")]

    def __str__(self) -> str:
        return f"mailbox {self.pk} of account {self.account_id}"


class MailHabits(models.Model):
    """What an account has chosen for all of its mail."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    falls_back = models.BooleanField(
        default=False, help_text="what a broken mailbox would hold goes out through the platform's sender instead"
    )
    most_a_day = models.PositiveSmallIntegerField(
        default=USUAL_MOST, help_text="e-mails that one contact gets between two of the account's midnights"
    )

    def __str__(self) -> str:
        return f"mail habits of account {self.account_id}"


class SentMail(models.Model):
    """One mail that was handed to a provider, as far as we know. An unclear one has its row, too, for an answer may prove it."""

    class State(models.TextChoices):
        UNCLEAR = "unclear", "Perhaps sent"
        SENT = "sent", "Sent"
        BOUNCED = "bounced", "Came back"
        ANSWERED = "answered", "Answered"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    contact_id = models.BigIntegerField()
    run_id = models.UUIDField(null=True)
    enrollment_id = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=250, help_text="ours, with its angle brackets")
    other_id = models.CharField(max_length=250, blank=True, help_text="what the provider made of it")
    thread = models.CharField(max_length=250, blank=True, help_text="the provider's conversation, in this mailbox")
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.SENT)
    said = models.CharField(max_length=300, blank=True, help_text="what a bounce told")
    sent_at = models.DateTimeField()
    untold = models.BooleanField(
        default=False, help_text="a letter proves that it left, and its step does not know yet"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "message_id"], name="sent_once")]
        indexes = [
            models.Index(fields=["mailbox", "other_id"], condition=~Q(other_id=""), name="sent_other"),
            models.Index(fields=["mailbox", "thread"], condition=~Q(thread=""), name="sent_thread"),
            models.Index(fields=["account", "contact_id", "-sent_at"], name="sent_contact"),
            models.Index(fields=["run_id"], condition=Q(run_id__isnull=False), name="sent_run"),
            models.Index(fields=["sent_at"], name="sent_age"),
            models.Index(fields=["id"], condition=Q(untold=True), name="sent_untold"),
        ]

    def __str__(self) -> str:
        return f"mail {self.message_id} ({self.state})"


class IncomingMail(models.Model):
    """One mail that a mailbox brought and that belongs to a contact: kept once, however often it is read."""

    class Kind(models.TextChoices):
        REPLY = "reply", "Answer"
        MAIL = "mail", "E-mail"
        AUTO = "auto", "Automatic answer"
        BOUNCE = "bounce", "Came back"
        DELAY = "delay", "Late"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact_id = models.BigIntegerField()
    answers = models.ForeignKey(SentMail, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    matched_by = models.CharField(max_length=12, help_text="a layer of hub.mail.reading.matching")
    guessed = models.BooleanField(default=False)
    message_id = models.CharField(max_length=250, help_text="made from its bytes where it has none")
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True, help_text="what is new in it, without what it quotes")
    html = models.TextField(blank=True, help_text="cleaned; empty where the text says it all")
    arrived_at = models.DateTimeField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "message_id"], name="incoming_once")]
        indexes = [
            models.Index(fields=["account", "contact_id", "-arrived_at"], name="incoming_contact"),
            models.Index(fields=["kept_at"], name="incoming_age"),
            models.Index(fields=["answers"], name="incoming_answers"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in mailbox {self.mailbox_id}"


class Suppression(models.Model):
    """An address that gets no more marketing mail of this account, and why."""

    class Why(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        BOUNCED = "bounced", "Address does not exist"
        COMPLAINED = "complained", "Complained"
        BY_HAND = "by_hand", "Entered by hand"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=254, help_text="in small letters")
    why = models.CharField(max_length=12, choices=Why.choices)
    contact_id = models.BigIntegerField(null=True)
    by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "address"], name="suppressed_once")]

    def __str__(self) -> str:
        return f"{self.address} in account {self.account_id}"


class MailFile(models.Model):
    """A file that steps attach or link. In the database, so that every worker of a scaled-out hub has it."""

    uid = models.UUIDField(default=uuid4, unique=True, editable=False, help_text="what steps and links name")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of its bytes")
    content = models.BinaryField()
    by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, help_text="chosen no more; steps that name it still have it")

    def __str__(self) -> str:
        return self.name


class RefusedFiles(models.Model):
    """A mail whose files its provider refused: it goes out once more, with links in their place."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    run_id = models.UUIDField(unique=True)
    said = models.CharField(max_length=300, help_text="the provider's words, as the history tells them")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"refused files of {self.run_id}"


class MailDay(models.Model):
    """How many mails a mailbox was granted on a day of its account's: what the daily cap counts."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    granted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "day"], name="mail_day_once")]
        indexes = [models.Index(fields=["day"], name="mail_day_age")]

    def __str__(self) -> str:
        return f"{self.granted} of mailbox {self.mailbox_id} on {self.day}"
