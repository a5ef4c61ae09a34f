"""A filled worksheet that a unit wants to take over: kept between the preview and the decision."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Assessment
from units.models import User


def workbook_path(instance: "WorkbookImport", filename: str) -> str:  # noqa: ARG001 - a stranger's name never becomes a path
    name = instance.uuid.hex
    return f"imports/{name[:2]}/{name}"


class WorkbookImport(models.Model):
    """An uploaded workbook as it was read: `content` holds the answers, the problems and the stamp of the template.

    It is applied at most once, all of it or nothing.
    """

    class Mode(models.TextChoices):
        FILL = "fill", _("Isi yang kosong")
        OVERWRITE = "overwrite", _("Timpa")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="imports")
    file = models.FileField(upload_to=workbook_path, max_length=120)
    original_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    mode = models.CharField(max_length=10, choices=Mode, blank=True)
    applied_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("impor lembar kerja")
        verbose_name_plural = _("impor lembar kerja")
        ordering = ("-uploaded_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="workbook_import_applied_in_a_mode",
                condition=Q(applied_at__isnull=True, applied_by__isnull=True, mode="")
                | Q(applied_at__isnull=False, applied_by__isnull=False, mode__in=("fill", "overwrite")),
            ),
        )

    def __str__(self) -> str:
        return self.original_name
