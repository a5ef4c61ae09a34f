"""Snapshots of assessments and reports made from them. Rows never change (assessments/guards.py)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Assessment
from assessments.models.period import Period
from units.models import User


class Snapshot(models.Model):
    """What stood at one moment: canonical JSON of answers, evidence hashes, scores, gates; its SHA-256.

    `summary` repeats the few numbers that lists show, so that a board of 250 units parses no `content`.
    """

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", _("Terkirim")
        FINAL = "final", _("Final")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="snapshots")
    kind = models.CharField(max_length=10, choices=Kind)
    round = models.PositiveSmallIntegerField()
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    engine_version = models.CharField(max_length=20)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    summary = models.JSONField()

    class Meta:
        verbose_name = _("rekaman penilaian")
        verbose_name_plural = _("rekaman penilaian")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(name="snapshot_kind_known", condition=Q(kind__in=("submitted", "final"))),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.kind} {self.sha256[:12]}"


def report_path(instance: "Report", filename: str) -> str:  # noqa: ARG001 - Django's signature
    return f"reports/{instance.uuid.hex}.pdf"


class Report(models.Model):
    """A PDF made from snapshots: stored once, downloaded as the same bytes ever after.

    `inputs_sha256` identifies everything that went into it; asking again for the same inputs finds this row.
    """

    class Kind(models.TextChoices):
        LHE = "lhe", _("Laporan Hasil Evaluasi (LHE)")
        QUARTERLY = "quarterly", _("Laporan triwulan")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    period = models.ForeignKey(Period, models.PROTECT, related_name="reports")
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="reports")
    snapshots = models.ManyToManyField(Snapshot, related_name="reports")
    number = models.CharField(_("nomor"), max_length=80, blank=True)
    inputs_sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=report_path, max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("laporan")
        verbose_name_plural = _("laporan")
        ordering = ("-made_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("period", "kind", "inputs_sha256"), name="report_once_per_inputs"),
            models.CheckConstraint(
                name="report_lhe_has_assessment_and_number",
                condition=Q(kind="lhe", assessment__isnull=False, number__gt="")
                | Q(kind="quarterly", assessment__isnull=True),
            ),
            models.UniqueConstraint(
                fields=("period", "number"),
                condition=Q(number__gt=""),
                name="report_number_once_per_period",
                violation_error_message=_("Nomor laporan ini sudah dipakai."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.sha256[:12]}"
