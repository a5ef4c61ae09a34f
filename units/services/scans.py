"""The malware scan: asked for with an upload, done by the worker, and again by a timer until there is a verdict.

Nothing here runs in a request: a slow scanner holds nobody up, and a dead one leaves files pending, never served.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q

from units import audit
from units.kept_files import KEEPERS
from units.models import FileScan
from units.uploads import UploadRefused
from zi_portal.clamd import NoVerdict, verdict_on
from zi_portal.logs import security_event

# Longer than the scanner may take: a claim older than this was lost with its worker.
CLAIM = timedelta(minutes=10)
FILES_AT_ONCE = 500
log = logging.getLogger(__name__)


def request_scan(*, sha256: str, path: str, now: datetime) -> None:
    """Put the scan of a file that was just stored in the queue, unless its bytes have a verdict already.

    Nothing happens without a scanner. Joins the caller's transaction. Raises UploadRefused for bytes in quarantine.
    """
    if not settings.CLAMD_URL:
        return
    with transaction.atomic():
        values = {"path": path, "requested_at": now}
        scan, created = FileScan.objects.get_or_create(sha256=sha256, defaults=values)
        if scan.state == FileScan.State.QUARANTINED:
            raise UploadRefused("virus")
        if scan.state == FileScan.State.PENDING:
            if not created:  # the copy that was stored first may be gone
                FileScan.objects.filter(pk=scan.pk, state=FileScan.State.PENDING).update(path=path)
            from units.tasks import scan_file  # noqa: PLC0415 - the task calls scan below

            scan_file.enqueue(sha256)


def scan(*, sha256: str, now: datetime) -> bool:
    """Ask the scanner about a pending file; of several at once one asks. False where it gave no verdict."""
    claimed = _claimed(sha256, now)
    if claimed is None:
        return True
    try:
        with default_storage.open(claimed.path) as content:
            signature = verdict_on(content, settings.CLAMD_URL)
    except FileNotFoundError:
        claimed.delete()  # a photo that was taken off its finding; where another copy lies, the timer finds it
        return True
    except (NoVerdict, OSError) as error:
        log.warning("No verdict on file %s: %s", sha256[:12], error)
        security_event("upload_validation", None, reason="virusscan:incomplete", sha256=sha256)
        FileScan.objects.filter(pk=claimed.pk, claimed_until=claimed.claimed_until).update(claimed_until=None)
        return False
    _settle(claimed, signature, now)
    return True


def _claimed(sha256: str, now: datetime) -> FileScan | None:
    """The scan, if this call is the one that does it."""
    if not settings.CLAMD_URL:
        return None
    free = FileScan.objects.filter(_free(now), sha256=sha256, state=FileScan.State.PENDING)
    if not free.update(asked_at=now, claimed_until=now + CLAIM):
        return None
    return FileScan.objects.get(sha256=sha256)


def _free(now: datetime) -> Q:
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)


def _settle(claimed: FileScan, signature: str, now: datetime) -> None:
    state = FileScan.State.QUARANTINED if signature else FileScan.State.CLEAN
    with transaction.atomic():
        pending = FileScan.objects.filter(pk=claimed.pk, state=FileScan.State.PENDING)
        if not pending.update(state=state, signature=signature, scanned_at=now, claimed_until=None):
            return
        claimed.state, claimed.signature, claimed.scanned_at = state, signature, now
        if signature:
            for keeper in KEEPERS.values():
                keeper.quarantined(claimed, now)
            found = {"reason": "virusscan:FAILED", "sha256": claimed.sha256, "signature": signature}
            transaction.on_commit(lambda: security_event("upload_validation", None, **found))


def waiting(*, now: datetime) -> list[str]:
    """Hashes of files without a verdict that nobody is asking about, longest not asked first.

    Files from before the scanner was turned on join them. Empty without a scanner.
    """
    if not settings.CLAMD_URL:
        return []
    for keeper in KEEPERS.values():
        rows = [
            FileScan(sha256=sha256, path=path, requested_at=now) for sha256, path in keeper.unscanned(FILES_AT_ONCE)
        ]
        FileScan.objects.bulk_create(rows, ignore_conflicts=True)
    free = FileScan.objects.filter(_free(now), state=FileScan.State.PENDING)
    oldest = free.order_by(F("asked_at").asc(nulls_first=True), "pk")
    return list(oldest.values_list("sha256", flat=True)[:FILES_AT_ONCE])


def scan_again(*, sha256: str, now: datetime) -> bool:
    """Make a settled file pending again, after a false alarm or with newer signatures; False for an unknown hash."""
    with transaction.atomic():
        scan = FileScan.objects.select_for_update().filter(sha256=sha256).first()
        if scan is None:
            return False
        before = {"state": scan.state, "signature": scan.signature}
        values = {"state": FileScan.State.PENDING, "signature": "", "scanned_at": None}
        FileScan.objects.filter(pk=scan.pk).update(**values)
        audit.record(verb="file.scan_again", target=scan, actor=None, now=now, before=before)
    return True
