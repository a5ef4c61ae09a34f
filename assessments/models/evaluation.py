"""Notes (catatan) on questions and the record of every change of state."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import NOTE_MAX, Assessment
from assessments.models.instrument import Question
from units.models import User


class Note(models.Model):
    """What an evaluator or assistant writes on a question in a round.

    TPI's notes are invisible to the unit until `released_at` is set, and only those with `for_release` ever
    get it. Notes of an assistance team are for the unit from the start.
    """

    class Stage(models.TextChoices):
        MEMBER = "member", _("Anggota TPI")
        LEAD = "lead", _("Ketua tim TPI")
        CONTROLLER = "controller", _("Pengendali teknis")
        ASSISTANCE = "assistance", _("Tim asistensi")

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="notes")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    stage = models.CharField(max_length=12, choices=Stage)
    round = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("catatan"), max_length=NOTE_MAX)
    for_release = models.BooleanField(_("sampaikan kepada unit"), default=False)
    released_at = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("catatan")
        verbose_name_plural = _("catatan")
        ordering = ("round", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "question", "stage", "round"), name="note_once_per_stage_and_round"
            ),
            models.CheckConstraint(name="note_not_empty", condition=Q(text__gt="")),
            models.CheckConstraint(
                name="note_released_only_if_marked", condition=Q(released_at__isnull=True) | Q(for_release=True)
            ),
            models.CheckConstraint(
                name="note_stage_known", condition=Q(stage__in=("member", "lead", "controller", "assistance"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.question_id}:{self.stage}"


class TransitionRecord(models.Model):
    """One change of state: from, to, by whom, why; the history that people see.

    `key` is the form's idempotency key: sending the form twice is one change.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="transitions")
    action = models.CharField(max_length=20)
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    round = models.PositiveSmallIntegerField()
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=NOTE_MAX)
    key = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("riwayat keadaan")
        verbose_name_plural = _("riwayat keadaan")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "key"), condition=Q(key__isnull=False), name="transition_once_per_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.from_state} > {self.to_state}"
