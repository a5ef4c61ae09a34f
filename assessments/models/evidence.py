"""Evidence (bukti dukung): one record, its files, and the questions that use it. Withdrawn, never deleted."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Assessment
from assessments.models.instrument import Question
from units.models import KeptFile, Unit, User


def evidence_path(instance: "EvidenceFile", filename: str) -> str:  # noqa: ARG001 - a stranger's name never becomes a path
    name = instance.uuid.hex
    return f"evidence/{name[:2]}/{name}"


class Evidence(models.Model):
    """A document or link of a unit in a year; several questions may use it."""

    class Kind(models.TextChoices):
        FILE = "file", _("Berkas")
        LINK = "link", _("Tautan")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="evidence")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=4, choices=Kind)
    title = models.CharField(_("judul"), max_length=200)
    url = models.URLField(_("tautan"), max_length=500, blank=True)
    document_number = models.CharField(_("nomor dokumen"), max_length=80, blank=True)
    document_date = models.DateField(_("tanggal dokumen"), null=True, blank=True)
    quarters = models.CharField(
        _("berlaku untuk triwulan"),
        max_length=4,
        blank=True,
        validators=[RegexValidator(r"^1?2?3?4?$")],
        help_text=_("Kosong berarti sepanjang tahun."),
    )
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_reason = models.CharField(_("alasan penarikan"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("bukti dukung")
        verbose_name_plural = _("bukti dukung")
        ordering = ("created_at", "id")
        constraints = (
            models.CheckConstraint(
                name="evidence_link_has_url",
                condition=Q(kind="link", url__gt="") | Q(kind="file", url=""),
            ),
            models.CheckConstraint(
                name="evidence_withdrawn_with_reason",
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_reason__gt=""),
            ),
        )

    def __str__(self) -> str:
        return self.title


class EvidenceFile(KeptFile):
    """One stored file of a record; `sha256` of its bytes, hex.

    `slot` is its place in the record, `revision` counts the files that stood in this place: the highest one is in force
    unless it is retired. Nothing is deleted.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="files")
    slot = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(_("nama tampilan"), max_length=200, blank=True)
    file = models.FileField(upload_to=evidence_path, max_length=120)
    original_name = models.CharField(max_length=255)
    kind = models.CharField(max_length=5)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    retired_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        verbose_name = _("berkas bukti")
        verbose_name_plural = _("berkas bukti")
        ordering = ("evidence", "slot", "revision", "id")
        constraints = (
            models.UniqueConstraint(fields=("evidence", "sha256"), name="evidence_file_once"),
            models.UniqueConstraint(fields=("evidence", "slot", "revision"), name="evidence_file_one_per_revision"),
            models.CheckConstraint(
                name="evidence_file_retired_with_reason",
                condition=Q(retired_at__isnull=True, retired_reason="")
                | Q(retired_at__isnull=False, retired_reason__gt=""),
            ),
            models.CheckConstraint(
                name="evidence_file_kind_known", condition=Q(kind__in=("pdf", "jpg", "png", "docx", "xlsx"))
            ),
        )

    def __str__(self) -> str:
        return self.original_name


class EvidenceUse(models.Model):
    """A question of an assessment that a record of evidence supports."""

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="uses")
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="evidence_uses")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    attached_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    class Meta:
        verbose_name = _("pemakaian bukti")
        verbose_name_plural = _("pemakaian bukti")
        ordering = ("attached_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("evidence", "assessment", "question"),
                name="evidence_use_once",
                violation_error_message=_("Bukti ini sudah dipakai pada pertanyaan tersebut."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.evidence_id}:{self.question_id}"
