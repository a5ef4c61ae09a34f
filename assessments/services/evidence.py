"""Evidence beside questions: added, used by further questions, taken off a question. Never deleted."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.queries.evidence import same_file
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number, standing_evidence
from assessments.services.answers import lock_for_unit
from assessments.services.evidence_rules import (
    TITLE_MAX,
    AlreadyWithdrawn,
    held_record,
    mark_changed,
    refuse_over_quota,
    standing_records,
)
from assessments.services.previews import request_preview
from assessments.services.texts import checked_text
from units import audit
from units.files import new_path, stored
from units.models import User
from units.services.scans import request_scan
from units.uploads import ScannedFile
from zi_portal.errors import Refused


class TooMuchEvidence(Refused):
    """`data`: maximum."""

    status = 422
    message = _("Pertanyaan ini sudah memiliki bukti sebanyak batas yang diizinkan.")


class LastUse(Refused):
    """A record that no question uses would be lost from sight."""

    message = _("Bukti ini hanya dipakai di sini. Tarik buktinya bila tidak berlaku.")


class SameFile(Refused):
    """The unit has these bytes already; `found` is the file that holds them."""

    message = _("Berkas yang sama sudah ada pada unit ini.")

    def __init__(self, found: EvidenceFile) -> None:
        self.found = found
        super().__init__(file=str(found.uuid))


@dataclass(frozen=True, slots=True)
class Added:
    """A record that a question uses now; `reused` where the unit had it already."""

    evidence: Evidence
    reused: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A question to which something is added, by whom and when."""

    assessment: Assessment
    code: str
    question_id: int
    actor: User
    now: datetime

    def lock(self) -> "_Place":
        locked = lock_for_unit(self.assessment, self.question_id, self.now)
        return _Place(locked, self.code, self.question_id, self.actor, self.now)


class _StoredMeanwhile(Exception):  # noqa: N818 - a signal inside this module
    """The same file arrived by another request while this one was stored."""


def add_file(
    *,
    assessment: Assessment,
    code: str,
    upload: "File[bytes]",
    scanned: ScannedFile,
    title: str,
    actor: User,
    now: datetime,
    apart: bool = False,
) -> Added:
    """Store a scanned file as a record of its own and attach it to a question.

    Bytes that the unit has already raise SameFile, so that the person can choose; `apart` stores them all the same.
    A file that this very question has already is the same upload sent twice: nothing is stored. KeyError for an
    unknown code. Raises PermissionDenied, WrongState, Closed, NotNoted, TooMuchEvidence, QuotaFull, TextRefused.
    """
    place = _place(assessment, code, actor, now)
    checked_title = checked_text(title, TITLE_MAX).strip() or scanned.safe_name
    known = _known(place, scanned.sha256, apart=apart)
    if known is None:
        # Refuse before the bytes are stored what would be refused after.
        with transaction.atomic():
            _refuse_full(place.lock())
            refuse_over_quota(assessment.unit_id, assessment.period.year, scanned.size)
        try:
            return Added(_store(place, upload, scanned, checked_title, apart=apart), reused=False)
        except _StoredMeanwhile:
            known = _known(place, scanned.sha256, apart=apart)
    if known is None:
        raise AlreadyWithdrawn
    if not EvidenceUse.objects.filter(**_here(place), evidence=known.evidence_id).exists():
        raise SameFile(known)
    return Added(known.evidence, reused=True)


def add_copy(*, assessment: Assessment, code: str, file: EvidenceFile, title: str, actor: User, now: datetime) -> Added:
    """A record of its own for bytes that the unit has stored already; both records name the same stored file."""
    place = _place(assessment, code, actor, now)
    checked_title = checked_text(title, TITLE_MAX).strip() or file.original_name
    row = EvidenceFile(
        original_name=file.original_name,
        kind=file.kind,
        size=file.size,
        sha256=file.sha256,
        uploaded_by=actor,
        uploaded_at=now,
    )
    row.file.name = file.file.name
    with transaction.atomic():
        locked = place.lock()
        _refuse_full(locked)
        return Added(_create(locked, checked_title, row), reused=False)


def add_link(*, assessment: Assessment, code: str, url: str, title: str, actor: User, now: datetime) -> Added:
    """Attach a web address (http or https, validated by the form); the same address of a unit and year is reused."""
    place = _place(assessment, code, actor, now)
    checked_title = checked_text(title, TITLE_MAX).strip() or url[:TITLE_MAX]
    with transaction.atomic():
        locked = place.lock()
        known = standing_records(assessment).filter(kind=Evidence.Kind.LINK, url=url, year=assessment.period.year)
        if record := known.first():
            return _attach(locked, record)
        _refuse_full(locked)
        return Added(_create(locked, checked_title, url=url), reused=False)


def attach(*, assessment: Assessment, code: str, evidence: Evidence, actor: User, now: datetime) -> Added:
    """Let a question use a record that the unit has already. Nothing happens where it does so."""
    place = _place(assessment, code, actor, now)
    with transaction.atomic():
        locked = place.lock()
        standing = standing_records(assessment).filter(pk=evidence.pk).first()
        if standing is None:
            raise AlreadyWithdrawn
        return _attach(locked, standing)


def detach(*, assessment: Assessment, code: str, evidence: Evidence, actor: User, now: datetime) -> None:
    """Take a record off one question; it stays with the others that use it. Raises LastUse."""
    place = _place(assessment, code, actor, now)
    with transaction.atomic():
        locked = place.lock()
        record = Evidence.objects.select_for_update().get(pk=evidence.pk)
        here = EvidenceUse.objects.filter(**_here(locked), evidence=record)
        if not EvidenceUse.objects.filter(evidence=record).exclude(pk__in=here.values("pk")).exists():
            raise LastUse
        if here.delete()[0]:
            mark_changed(record)
            _record_audit("evidence.detach", locked, record, before={"question": code})


def _place(assessment: Assessment, code: str, actor: User, now: datetime) -> _Place:
    """KeyError for an unknown code. Raises PermissionDenied."""
    instrument = stored_instrument(assessment.period.instrument)
    question_id = instrument.question_ids[code]
    if not permissions.can_fill(actor, assessment, area_number(instrument.value, code)):
        raise PermissionDenied
    return _Place(assessment, code, question_id, actor, now)


def _here(place: _Place) -> dict[str, int]:
    return {"assessment": place.assessment.pk, "question": place.question_id}


def _known(place: _Place, sha256: str, *, apart: bool) -> EvidenceFile | None:
    """The file in force with these bytes: at this question, else (unless `apart`) anywhere in the unit."""
    here = same_file(place.assessment, sha256, place.question_id)
    return here or (None if apart else same_file(place.assessment, sha256))


def _store(place: _Place, upload: "File[bytes]", scanned: ScannedFile, title: str, *, apart: bool) -> Evidence:
    row = file_row(scanned, place.actor, place.now)
    with stored(upload, new_path(row, "file", scanned.safe_name)) as name, transaction.atomic():
        locked = place.lock()
        refuse_over_quota(locked.assessment.unit_id, locked.assessment.period.year, scanned.size)
        if _known(locked, scanned.sha256, apart=apart) is not None:
            raise _StoredMeanwhile
        _refuse_full(locked)
        row.file.name = name
        return _create(locked, title, row)


def file_row(scanned: ScannedFile, actor: User, now: datetime) -> EvidenceFile:
    """A row, not stored yet, for a file that was scanned."""
    return EvidenceFile(
        original_name=scanned.safe_name,
        kind=scanned.kind,
        size=scanned.size,
        sha256=scanned.sha256,
        uploaded_by=actor,
        uploaded_at=now,
    )


def _attach(place: _Place, record: Evidence) -> Added:
    if not EvidenceUse.objects.filter(**_here(place), evidence=record).exists():
        _refuse_full(place)
        record = held_record(record)
        _use(place, record)
        mark_changed(record)
        _record_audit("evidence.attach", place, record, after={"question": place.code})
    return Added(record, reused=True)


def _refuse_full(place: _Place) -> None:
    maximum = settings.UPLOAD_POLICY["max_files_per_answer"]
    if standing_evidence(place.assessment, place.question_id).count() >= maximum:
        message = _("Satu pertanyaan paling banyak memiliki %(maximum)s bukti. Tarik yang tidak berlaku.")
        raise TooMuchEvidence(message % {"maximum": maximum}, maximum=maximum)


def _create(place: _Place, title: str, file: EvidenceFile | None = None, url: str = "") -> Evidence:
    """A record with its first file or its address, used by the question, with its audit record."""
    record = Evidence.objects.create(
        unit_id=place.assessment.unit_id,
        year=place.assessment.period.year,
        kind=Evidence.Kind.FILE if file else Evidence.Kind.LINK,
        title=title,
        url=url,
        created_by=place.actor,
        created_at=place.now,
    )
    what: dict[str, object] = {"url": url}
    if file:
        file.evidence = record
        file.save(force_insert=True)
        request_preview(sha256=file.sha256, kind=file.kind, now=place.now)
        request_scan(sha256=file.sha256, path=str(file.file.name), now=place.now)
        what = {"name": file.original_name, "size": file.size, "sha256": file.sha256}
    _use(place, record)
    after = {"question": place.code, "title": title, "kind": record.kind} | what
    _record_audit("evidence.add", place, record, after=after)
    return record


def _use(place: _Place, record: Evidence) -> None:
    EvidenceUse.objects.create(
        evidence=record,
        assessment=place.assessment,
        question_id=place.question_id,
        attached_by=place.actor,
        attached_at=place.now,
    )


def _record_audit(
    verb: str,
    place: _Place,
    record: Evidence,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    unit = place.assessment.unit
    audit.record(verb=verb, target=record, actor=place.actor, now=place.now, unit=unit, before=before, after=after)
