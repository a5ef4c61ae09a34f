"""Deadlines that the Inspector moved for one worksheet."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import NOTE_MAX, Assessment
from units.models import User


class Extension(models.Model):
    """The Inspector gave one worksheet another deadline, with a reason. Frozen by triggers.

    Times are UTC and exact to the second; `until` is the first moment at which it is too late.
    """

    class Phase(models.TextChoices):
        FILL = "fill", _("Pengisian oleh unit")
        REVIEW = "review", _("Evaluasi TPI dan perbaikan")

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="extensions")
    phase = models.CharField(max_length=6, choices=Phase)
    previous = models.DateTimeField()
    until = models.DateTimeField(_("batas baru"))
    reason = models.TextField(_("alasan"), max_length=NOTE_MAX)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("perpanjangan")
        verbose_name_plural = _("perpanjangan")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(name="extension_phase_known", condition=Q(phase__in=("fill", "review"))),
            models.CheckConstraint(name="extension_has_reason", condition=Q(reason__gt="")),
            models.CheckConstraint(name="extension_moves_the_deadline", condition=~Q(until=F("previous"))),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.phase} {self.until}"
