"""Who of TPI scores a worksheet, what two of them say without seeing each other, and scores given in bulk."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import NOTE_MAX, Assessment
from assessments.models.instrument import Question
from units.models import User


class Scorer(models.Model):
    """A TPI member to whom a worksheet is given. Rows end, they are not deleted: they are the history.

    Single scoring uses slot 1 only; paired scoring needs both, and each hands in for itself. A worksheet without
    scorers may be scored by any member of its team (single scoring).
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="scorers")
    user = models.ForeignKey(User, models.PROTECT, related_name="scorings", verbose_name=_("penilai"))
    slot = models.PositiveSmallIntegerField(default=1)
    assigned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        verbose_name = _("penugasan penilai")
        verbose_name_plural = _("penugasan penilai")
        ordering = ("assessment", "slot", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "slot"),
                condition=Q(ended_at__isnull=True),
                name="scorer_one_per_slot",
                violation_error_message=_("Tempat penilai ini sudah terisi."),
            ),
            models.UniqueConstraint(
                fields=("assessment", "user"),
                condition=Q(ended_at__isnull=True),
                name="scorer_one_slot_per_person",
                violation_error_message=_("Orang ini sudah menilai lembar kerja tersebut."),
            ),
            models.CheckConstraint(name="scorer_slot_known", condition=Q(slot__in=(1, 2))),
            models.CheckConstraint(
                name="scorer_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.slot}:{self.user_id}"


class BlindScore(models.Model):
    """What the holder of one slot says in paired scoring. Nobody but that holder reads it until both have handed in.

    Kept apart from Answer, so that no number, list, export or report can touch it. When both are in, equal scores
    become the member's answers, and the lead settles the others. `updated_by` is who truly scored, `note_by` who wrote
    the note. `is_withdrawn` says that there is no score: it was taken back, or only a note was written so far. Score
    and note have a version each; 0 where there was never a note.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="blind_scores")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    slot = models.PositiveSmallIntegerField()
    choice = models.CharField(max_length=8, blank=True)
    inputs = models.JSONField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=NOTE_MAX)
    for_release = models.BooleanField(default=False)
    note_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    note_version = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)
    is_withdrawn = models.BooleanField(default=False)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("nilai tertutup")
        verbose_name_plural = _("nilai tertutup")
        ordering = ("assessment", "slot", "question")
        constraints = (
            models.UniqueConstraint(fields=("assessment", "question", "slot"), name="blind_score_once_per_slot"),
            models.CheckConstraint(name="blind_score_slot_known", condition=Q(slot__in=(1, 2))),
            models.CheckConstraint(name="blind_score_one_kind", condition=Q(choice="") | Q(inputs__isnull=True)),
            models.CheckConstraint(
                name="blind_score_withdrawn_is_empty",
                condition=Q(is_withdrawn=False) | Q(choice="", inputs__isnull=True),
            ),
            models.CheckConstraint(
                name="blind_score_note_by_somebody", condition=Q(note="") | Q(note_by__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.question_id}:{self.slot}"

    @property
    def raw(self) -> Any:
        """The score in the format of `manage.py score`; None for a blank answer that was confirmed."""
        return self.choice or self.inputs or None


class BulkScore(models.Model):
    """Many questions agreed with, or given the same note, in one step.

    `rows` lists code, version before (0: none), version after, and of a score what it said before. The reason of a
    note is its own text, which stands on the questions.
    """

    class Kind(models.TextChoices):
        AGREE = "agree", _("Sesuai")
        NOTE = "note", _("Catatan")

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="bulk_scores")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.AGREE)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField(_("alasan"), blank=True, max_length=NOTE_MAX)
    rows = models.JSONField()
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("nilai sekaligus")
        verbose_name_plural = _("nilai sekaligus")
        ordering = ("-at", "-id")
        constraints = (
            models.CheckConstraint(name="bulk_score_kind_known", condition=Q(kind__in=("agree", "note"))),
            models.CheckConstraint(name="bulk_score_has_reason", condition=Q(kind="note") | Q(reason__gt="")),
            models.CheckConstraint(
                name="bulk_score_undone_by_somebody",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.at}"
