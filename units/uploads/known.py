"""Bytes that the malware scanner has condemned before are refused at once (SEC-29)."""

from django.conf import settings

from units.uploads.refusals import UploadRefused


def refuse_quarantined(sha256: str) -> None:
    """One query, and none without a scanner. Raises UploadRefused."""
    if not settings.CLAMD_URL:
        return
    from units.models import FileScan  # noqa: PLC0415 - children that only parse know no models

    if FileScan.objects.filter(sha256=sha256, state=FileScan.State.QUARANTINED).exists():
        raise UploadRefused("virus")
