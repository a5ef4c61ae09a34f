"""The history of answers: every save that the portal acknowledged, and what a copy from an earlier quarter offers."""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import NOTE_MAX, Answer, Assessment
from assessments.models.instrument import Question
from units.models import User


class AnswerRevision(models.Model):
    """What an answer said after one save. Frozen by triggers; `version` is that of the answer.

    `key` is the idempotency key that the browser gave to the save: the same key again is the same save, not a new one.
    """

    class Origin(models.TextChoices):
        TYPED = "typed", _("Diisi")
        RESTORED = "restored", _("Dipulihkan dari riwayat")
        COPIED = "copied", _("Disalin dari periode lain")
        IMPORTED = "imported", _("Diimpor dari lembar kerja")
        BULK = "bulk", _("Disetujui sekaligus")
        WITHDRAWN = "withdrawn", _("Nilai dibatalkan")
        MERGED = "merged", _("Sama menurut dua penilai")

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    choice = models.CharField(max_length=8, blank=True)
    inputs = models.JSONField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=NOTE_MAX)
    round = models.PositiveSmallIntegerField(default=1)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.TYPED)
    key = models.UUIDField(null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("riwayat jawaban")
        verbose_name_plural = _("riwayat jawaban")
        ordering = ("answer", "version")
        constraints = (
            models.UniqueConstraint(fields=("answer", "version"), name="answer_revision_once_per_version"),
            models.UniqueConstraint(
                fields=("answer", "key"), condition=Q(key__isnull=False), name="answer_revision_once_per_key"
            ),
            models.CheckConstraint(name="answer_revision_one_kind", condition=Q(choice="") | Q(inputs__isnull=True)),
            models.CheckConstraint(
                name="answer_revision_origin_known",
                condition=Q(origin__in=("typed", "restored", "copied", "imported", "bulk", "withdrawn", "merged")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.answer_id}:{self.version}"

    @classmethod
    def of(cls, answer: Answer, *, origin: str = Origin.TYPED, key: UUID | None = None) -> "AnswerRevision":
        """What an answer says now, not yet stored."""
        return cls(
            answer=answer,
            version=answer.version,
            choice=answer.choice,
            inputs=answer.inputs,
            note=answer.note,
            round=answer.round,
            origin=origin,
            key=key,
            by_id=answer.updated_by_id,
            at=answer.updated_at,
        )

    @property
    def raw(self) -> Any:
        """The answer in the format of `manage.py score`; None when nothing is given."""
        return self.choice or self.inputs or None


class AnswerCopy(models.Model):
    """An earlier quarter's answer that waits to be checked; nothing counts before the unit confirms it (UX-06).

    Confirming it, or saving the question in any other way, makes the answer and removes the copy.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="copies")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    source = models.ForeignKey(Assessment, models.PROTECT, related_name="+")
    choice = models.CharField(max_length=8, blank=True)
    inputs = models.JSONField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=NOTE_MAX)
    copied_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    copied_at = models.DateTimeField()

    class Meta:
        verbose_name = _("salinan jawaban")
        verbose_name_plural = _("salinan jawaban")
        constraints = (
            models.UniqueConstraint(fields=("assessment", "question"), name="answer_copy_once"),
            models.CheckConstraint(name="answer_copy_one_kind", condition=Q(choice="") | Q(inputs__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.question_id}"

    @property
    def raw(self) -> Any:
        """The answer in the format of `manage.py score`; None when only a note or evidence is copied."""
        return self.choice or self.inputs or None
