"""Who in a unit looks after which question, and what the unit has promised to improve."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import NOTE_MAX, Assessment
from assessments.models.evaluation import Note
from assessments.models.evidence import Evidence
from units.models import Unit, User


class QuestionDuty(models.Model):
    """A question that a unit has given to one person; it stays so from quarter to quarter until it is ended.

    Areas are given to pokja by `Membership.areas`. Rows end, they are not deleted: they are the history.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="question_duties")
    code = models.CharField(_("pertanyaan"), max_length=24)
    user = models.ForeignKey(User, models.PROTECT, related_name="question_duties", verbose_name=_("penanggung jawab"))
    assigned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        verbose_name = _("penanggung jawab pertanyaan")
        verbose_name_plural = _("penanggung jawab pertanyaan")
        ordering = ("unit", "code", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "code"),
                condition=Q(ended_at__isnull=True),
                name="question_duty_one_person",
                violation_error_message=_("Pertanyaan ini sudah mempunyai penanggung jawab."),
            ),
            models.CheckConstraint(
                name="question_duty_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id}:{self.code}:{self.user_id}"


class Presence(models.Model):
    """The question of a worksheet that somebody was last seen editing (REL-03); advice to others, never a lock.

    One row for each person and worksheet, overwritten as they go on; old ones say nothing any more.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    code = models.CharField(_("pertanyaan"), max_length=24)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("orang yang sedang menyunting")
        verbose_name_plural = _("orang yang sedang menyunting")
        ordering = ("assessment", "user")
        constraints = (models.UniqueConstraint(fields=("assessment", "user"), name="presence_one_place_each"),)

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.code}:{self.user_id}"


class FollowUp(models.Model):
    """A released TPI note that became a promise (tindak lanjut): due, reported by the unit with proof, closed by TPI.

    It belongs to the unit and the question's code, so that it stands beside the question in later quarters too.
    """

    note = models.OneToOneField(Note, models.PROTECT, related_name="followup")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="followups")
    code = models.CharField(_("pertanyaan"), max_length=24)
    text = models.TextField(_("yang harus diperbaiki"), max_length=NOTE_MAX)
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="followups", verbose_name=_("penanggung jawab")
    )
    due = models.DateField(_("batas waktu"))
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    report = models.TextField(_("yang sudah dilakukan"), blank=True, max_length=NOTE_MAX)
    proof = models.ForeignKey(
        Evidence, models.PROTECT, null=True, blank=True, related_name="followups", verbose_name=_("bukti")
    )
    reported_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField(null=True, blank=True)
    closing = models.TextField(_("penilaian TPI"), blank=True, max_length=NOTE_MAX)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("tindak lanjut")
        verbose_name_plural = _("tindak lanjut")
        ordering = ("due", "id")
        constraints = (
            models.CheckConstraint(
                name="followup_reported_by_somebody",
                condition=Q(reported_at__isnull=True, reported_by__isnull=True)
                | Q(reported_at__isnull=False, reported_by__isnull=False, report__gt=""),
            ),
            models.CheckConstraint(
                name="followup_closed_by_somebody",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id}:{self.code}"
