"""Files of evidence and of notes for the malware scan: what it does not know yet, and what a find brings about."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from assessments.models import EvidenceFile, EvidenceUse, NoteFile
from assessments.queries.evidence import files_in_force
from assessments.services import telling
from units import audit
from units.kept_files import Keeper, register
from units.models import FileScan


def unscanned(limit: int) -> Iterator[tuple[str, str]]:
    rows = (model.objects.unscanned().values_list("sha256", "file")[:limit] for model in (EvidenceFile, NoteFile))
    return islice(chain.from_iterable(rows), limit)


def quarantined(scan: FileScan, now: datetime) -> None:
    """The records stay. Each file has an audit record; the unit is told of evidence, the author of a note's file."""
    after = {"sha256": scan.sha256, "signature": scan.signature}
    for file in EvidenceFile.objects.filter(sha256=scan.sha256).select_related("evidence__unit"):
        what = {"name": file.original_name, **after}
        record = file.evidence
        audit.record(verb="evidence.quarantine", target=record, actor=None, now=now, unit=record.unit, after=what)
    standing = files_in_force().filter(sha256=scan.sha256, evidence__withdrawn_at__isnull=True)
    for file in standing.select_related("evidence"):
        use = _newest_use(file)
        if use is not None:
            telling.evidence_quarantined(file=file, use=use, now=now)
    places = ("note__assessment__unit__agency", "note__assessment__period__instrument", "message", "uploaded_by")
    for photo in NoteFile.objects.filter(sha256=scan.sha256).select_related(*places):
        unit = photo.note.assessment.unit
        audit.record(verb="note.quarantine", target=photo.note, actor=None, now=now, unit=unit, after=after)
        telling.note_file_quarantined(file=photo, now=now)


def _newest_use(file: EvidenceFile) -> EvidenceUse | None:
    uses = EvidenceUse.objects.filter(evidence=file.evidence).select_related(
        "question", "assessment__unit__agency", "assessment__period__instrument"
    )
    return uses.order_by("-assessment__period__year", "-assessment__period__quarter", "question__position").first()


register("assessments", Keeper(unscanned, quarantined))
