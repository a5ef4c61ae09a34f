"""The malware scan under parallel workers: the same bytes are sent to the scanner once (SEC-29)."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from assessments.models import EvidenceFile
from tests import factories, fake_clamd
from units.models import AuditEvent, FileScan, Notice
from units.services import scans

pytestmark = pytest.mark.usefixtures("storage")


def test_parallel_runs_scan_once_and_tell_once(cast, assessment, settings, at_once):
    fake, settings.CLAMD_URL = fake_clamd.tcp()
    fake.seconds = 0.2
    record = factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    path = default_storage.save("evidence/x", ContentFile(fake_clamd.EICAR))
    now = timezone.now()
    EvidenceFile.objects.create(
        evidence=record, file=path, original_name="a.pdf", kind="pdf", size=1, sha256="a" * 64,
        uploaded_by=cast.operator, uploaded_at=now,
    )  # fmt: skip

    def run():
        return [scans.scan(sha256=sha256, now=timezone.now()) for sha256 in scans.waiting(now=timezone.now())]

    at_once([run] * 6)
    fake.stop()
    assert (FileScan.objects.get().state, len(fake.seen)) == ("quarantined", 1)
    assert AuditEvent.objects.filter(verb="evidence.quarantine").count() == 1
    assert Notice.objects.filter(kind="evidence_quarantined").count() == 2
