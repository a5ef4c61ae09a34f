"""A unit's year: stage, target, prerequisites of a proposal, and predicates (predikat) held."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.models.agency import Agency, Unit


class PredikatKind(models.TextChoices):
    WBK = "WBK", _("Menuju WBK")
    WBBM = "WBBM", _("Menuju WBBM")


class UnitYear(models.Model):
    """Where a unit stands in a year, on the way of `domain.md`: declared, building, proposed, ..."""

    class Stage(models.TextChoices):
        NOT_DECLARED = "not_declared", _("Belum mencanangkan")
        DECLARED = "declared", _("Sudah mencanangkan")
        BUILDING = "building", _("Pembangunan")
        PROPOSED = "proposed", _("Diusulkan")
        NATIONAL_REVIEW = "national_review", _("Evaluasi TPN")
        PREDICATE = "predicate", _("Berpredikat")
        GUIDANCE = "guidance", _("Pembinaan kembali")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="years", verbose_name=_("unit kerja"))
    year = models.PositiveSmallIntegerField(_("tahun"))
    stage = models.CharField(_("tahap"), max_length=16, choices=Stage, default=Stage.NOT_DECLARED)
    target = models.CharField(_("predikat yang dituju"), max_length=4, choices=PredikatKind, default=PredikatKind.WBK)

    class Meta:
        verbose_name = _("tahun unit")
        verbose_name_plural = _("tahun unit")
        ordering = ("-year", "unit")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "year"),
                name="unit_year_once",
                violation_error_message=_("Tahun ini sudah tercatat untuk unit tersebut."),
            ),
            models.CheckConstraint(name="unit_year_sane", condition=Q(year__gte=2012, year__lte=2100)),
            models.CheckConstraint(
                name="unit_year_stage_known",
                condition=Q(
                    stage__in=(
                        "not_declared",
                        "declared",
                        "building",
                        "proposed",
                        "national_review",
                        "predicate",
                        "guidance",
                    )
                ),
            ),
            models.CheckConstraint(name="unit_year_target_known", condition=Q(target__in=("WBK", "WBBM"))),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year}"


class Prerequisite(models.Model):
    """A requirement of Tabel 5 (PermenPAN-RB 5/2024) as filled in for a year.

    `key` is a key of the instrument's prerequisites; `unit` is empty for those of the whole government.
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="prerequisites", verbose_name=_("instansi"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="prerequisites", verbose_name=_("unit kerja")
    )
    year = models.PositiveSmallIntegerField(_("tahun"))
    key = models.CharField(_("syarat"), max_length=40)
    value = models.CharField(_("nilai"), max_length=20)
    proof = models.CharField(_("bukti"), max_length=240, blank=True)
    proof_date = models.DateField(_("tanggal bukti"), null=True, blank=True)

    class Meta:
        verbose_name = _("syarat pengusulan")
        verbose_name_plural = _("syarat pengusulan")
        ordering = ("year", "key")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "year", "key"),
                condition=Q(unit__isnull=False),
                name="prerequisite_once_per_unit_year",
                violation_error_message=_("Syarat ini sudah diisi untuk unit dan tahun tersebut."),
            ),
            models.UniqueConstraint(
                fields=("agency", "year", "key"),
                condition=Q(unit__isnull=True),
                name="prerequisite_once_per_agency_year",
                violation_error_message=_("Syarat ini sudah diisi untuk instansi dan tahun tersebut."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.year}"


class Predikat(models.Model):
    """A predicate that a unit holds, granted by the ministry (TPN) or by its agency (5/2024, B)."""

    class GrantedBy(models.TextChoices):
        TPN = "tpn", _("Kementerian PANRB (TPN)")
        AGENCY = "agency", _("Instansi sendiri")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="predikat", verbose_name=_("unit kerja"))
    kind = models.CharField(_("predikat"), max_length=4, choices=PredikatKind)
    year = models.PositiveSmallIntegerField(_("tahun"))
    granted_by = models.CharField(_("diberikan oleh"), max_length=8, choices=GrantedBy, default=GrantedBy.TPN)
    decree_number = models.CharField(_("nomor keputusan"), max_length=80, blank=True)
    decree_date = models.DateField(_("tanggal keputusan"), null=True, blank=True)

    class Meta:
        verbose_name = _("predikat")
        verbose_name_plural = _("predikat")
        ordering = ("unit", "year")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "kind"),
                name="predikat_once_per_unit",
                violation_error_message=_("Predikat ini sudah tercatat untuk unit tersebut."),
            ),
            models.CheckConstraint(name="predikat_kind_known", condition=Q(kind__in=("WBK", "WBBM"))),
            models.CheckConstraint(name="predikat_granter_known", condition=Q(granted_by__in=("tpn", "agency"))),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.unit_id}"
