"""A period: one triwulan of an agency, its instrument and its phases."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assessments.models.instrument import Instrument
from units.models import Agency

ROMAN = ("I", "II", "III", "IV")


class Period(models.Model):
    """One quarter: units fill from `fill_from` until `fill_until`, TPI evaluates until `review_until` (UTC)."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="periods", verbose_name=_("instansi"))
    year = models.PositiveSmallIntegerField(_("tahun"))
    quarter = models.PositiveSmallIntegerField(_("triwulan"))
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="periods", verbose_name=_("instrumen"))
    fill_from = models.DateTimeField(_("pengisian dibuka"))
    fill_until = models.DateTimeField(_("batas pengiriman"))
    review_until = models.DateTimeField(_("batas evaluasi TPI"))

    class Meta:
        verbose_name = _("periode")
        verbose_name_plural = _("periode")
        ordering = ("agency", "-year", "-quarter")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "year", "quarter"),
                name="period_once_per_agency",
                violation_error_message=_("Triwulan ini sudah ada pada instansi tersebut."),
            ),
            models.CheckConstraint(
                name="period_quarter_known",
                condition=Q(quarter__gte=1, quarter__lte=4),
                violation_error_message=_("Triwulan adalah 1 sampai 4."),
            ),
            models.CheckConstraint(name="period_year_sane", condition=Q(year__gte=2012, year__lte=2100)),
            models.CheckConstraint(
                name="period_phases_in_order",
                condition=Q(fill_from__lt=F("fill_until")) & Q(fill_until__lt=F("review_until")),
                violation_error_message=_(
                    "Urutan waktu: pengisian dibuka, batas pengiriman, kemudian batas evaluasi TPI."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code}"

    @property
    def code(self) -> str:
        """`2024-2`, as in paths and on the command line."""
        return f"{self.year}-{self.quarter}"

    @property
    def label(self) -> str:
        """`TW II 2024`."""
        return f"TW {ROMAN[self.quarter - 1]} {self.year}"
