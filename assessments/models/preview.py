"""Pages of evidence as images, made once for the same bytes by a worker, with the text that lies under them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def page_path(instance: "PreviewPage", filename: str) -> str:  # noqa: ARG001 - made from the hash and the number alone
    sha256 = instance.preview.sha256
    return f"previews/{sha256[:2]}/{sha256}/{instance.number}"


class Preview(models.Model):
    """The page images of one file, found by the SHA-256 of its bytes; `failed` falls back to the download."""

    class State(models.TextChoices):
        PENDING = "pending", _("Sedang disiapkan")
        READY = "ready", _("Siap")
        FAILED = "failed", _("Tidak dapat ditampilkan")

    sha256 = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    page_count = models.PositiveIntegerField(default=0)
    requested_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pratinjau")
        verbose_name_plural = _("pratinjau")
        constraints = (
            models.CheckConstraint(name="preview_state_known", condition=Q(state__in=("pending", "ready", "failed"))),
        )

    def __str__(self) -> str:
        return self.sha256


class PreviewPage(models.Model):
    """One page: its image, its size in pixels, and its text for searching."""

    preview = models.ForeignKey(Preview, models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    image = models.FileField(upload_to=page_path, max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("halaman pratinjau")
        verbose_name_plural = _("halaman pratinjau")
        ordering = ("preview", "number")
        constraints = (models.UniqueConstraint(fields=("preview", "number"), name="preview_page_once"),)

    def __str__(self) -> str:
        return f"{self.preview_id}:{self.number}"
