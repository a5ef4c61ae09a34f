"""The audit log: one row for each write, in its transaction; the database refuses changes (SEC-90, SEC-92)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models.agency import Agency, Unit
from units.models.people import User


class AuditEvent(models.Model):
    """Who did what to which object, when, from where, with the values before and after."""

    at = models.DateTimeField(_("waktu"))
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("pelaku"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("instansi"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit kerja"))
    verb = models.CharField(_("perbuatan"), max_length=60)
    object_type = models.CharField(_("jenis objek"), max_length=60)
    object_id = models.CharField(_("objek"), max_length=60)
    before = models.JSONField(_("sebelum"), null=True)
    after = models.JSONField(_("sesudah"), null=True)
    reason = models.TextField(_("alasan"), blank=True)
    ip = models.GenericIPAddressField(_("alamat IP"), null=True)
    request_id = models.CharField(_("nomor permintaan"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("catatan audit")
        verbose_name_plural = _("catatan audit")
        ordering = ("id",)
        indexes = (
            models.Index(fields=("object_type", "object_id", "id"), name="audit_object"),
            models.Index(fields=("agency", "id"), name="audit_agency"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type}:{self.object_id}"
