"""What the malware scanner said of stored bytes, found by their SHA-256, and what all models of stored files share."""

from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound=models.Model)


class FileScan(models.Model):
    """One verdict for the same bytes, however often they are stored; `path` is where one copy lies.

    `signature` names what was found. While somebody asks the scanner, `claimed_until` keeps others from asking too.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Menunggu pemeriksaan")
        CLEAN = "clean", _("Bersih")
        QUARANTINED = "quarantined", _("Dikarantina")

    sha256 = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=120)
    state = models.CharField(max_length=11, choices=State, default=State.PENDING)
    signature = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pemeriksaan virus")
        verbose_name_plural = _("pemeriksaan virus")
        constraints = (
            models.CheckConstraint(
                name="file_scan_state_tells_all",
                condition=Q(state="pending", signature="", scanned_at__isnull=True)
                | Q(state="clean", signature="", scanned_at__isnull=False)
                | Q(state="quarantined", signature__gt="", scanned_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.sha256


def hold_of(state: str | None) -> str:
    """Why bytes in this state are not served: `pending`, `quarantined`, or empty where they are.

    What was quarantined stays so when the scanner is turned off; what nobody scanned waits only while it is on.
    """
    if state == FileScan.State.QUARANTINED:
        return FileScan.State.QUARANTINED.value
    return FileScan.State.PENDING.value if settings.CLAMD_URL and state != FileScan.State.CLEAN else ""


def scan_state(sha256: str = "sha256") -> Subquery:
    """The state of the bytes whose hash stands in this field: part of a query that is asked anyway."""
    return Subquery(FileScan.objects.filter(sha256=OuterRef(sha256)).values("state"))


class KeptFiles(models.Manager[Row]):
    """Every file is read together with the state of its bytes, so that no view can forget to ask for it."""

    def get_queryset(self) -> QuerySet[Row]:
        return super().get_queryset().annotate(scan_state=scan_state())  # type: ignore[return-value]

    def unscanned(self) -> QuerySet[Row]:
        """Those of which no scan knows, in the order in which they came."""
        known = FileScan.objects.filter(sha256=OuterRef("sha256"))
        return self.filter(~Exists(known)).order_by("pk")


class KeptFile(models.Model):
    """A row with a stored file of a stranger and the `sha256` of its bytes."""

    scan_state: str | None = None

    objects: ClassVar[KeptFiles[Self]] = KeptFiles()

    class Meta:
        abstract = True

    @property
    def hold(self) -> str:
        return hold_of(self.scan_state)
