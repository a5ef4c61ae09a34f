"""Evidence of a unit: added, used by further questions, taken off a question, withdrawn. Never deleted."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number, standing_evidence
from assessments.services.answers import NotNoted, lock_for_unit, refuse_closed
from assessments.services.texts import checked_text
from assessments.services.transitions import lock, open_questions
from units import audit
from units.files import new_path, stored
from units.models import User
from units.uploads import ScannedFile
from zi_portal.errors import Refused

TITLE_MAX = 200
URL_MAX = 500
REASON_MAX = 240


class TooMuchEvidence(Refused):
    """`data`: maximum."""

    status = 422
    message = _("Pertanyaan ini sudah memiliki bukti sebanyak batas yang diizinkan.")


class WithdrawalReasonMissing(Refused):
    status = 422
    message = _("Tuliskan alasan penarikan bukti.")


class AlreadyWithdrawn(Refused):
    message = _("Bukti ini sudah ditarik.")


class LastUse(Refused):
    """A record that no question uses would be lost from sight."""

    message = _("Bukti ini hanya dipakai di sini. Tarik buktinya bila tidak berlaku.")


@dataclass(frozen=True, slots=True)
class Added:
    """A record that a question uses now; `reused` where the unit had it already."""

    evidence: Evidence
    reused: bool


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
) -> Added:
    """Store a scanned file and attach it to a question; a unit never stores the same bytes twice in a year.

    KeyError for an unknown code. Raises PermissionDenied, WrongState, Closed, NotNoted, TooMuchEvidence, TextRefused.
    """
    question_id = _may_fill(assessment, code, actor)
    checked_title = checked_text(title, TITLE_MAX).strip() or scanned.safe_name
    known = _same_file(assessment, scanned.sha256)
    if known is None:
        # Refuse before the bytes are stored what would be refused after.
        with transaction.atomic():
            _refuse_full(lock_for_unit(assessment, question_id, now), question_id)
        try:
            return Added(
                _store(assessment, question_id, code, upload, scanned, checked_title, actor, now), reused=False
            )
        except _StoredMeanwhile:
            known = _same_file(assessment, scanned.sha256)
    if known is None:
        raise AlreadyWithdrawn
    return attach(assessment=assessment, code=code, evidence=known, actor=actor, now=now)


def add_link(*, assessment: Assessment, code: str, url: str, title: str, actor: User, now: datetime) -> Added:
    """Attach a web address (http or https, validated by the form); the same address of a unit and year is reused."""
    question_id = _may_fill(assessment, code, actor)
    checked_title = checked_text(title, TITLE_MAX).strip() or url[:TITLE_MAX]
    with transaction.atomic():
        locked = lock_for_unit(assessment, question_id, now)
        known = _records(locked).filter(kind=Evidence.Kind.LINK, url=url).first()
        if known is not None:
            return _attach(locked, question_id, code, known, actor, now)
        _refuse_full(locked, question_id)
        record = _create(locked, Evidence.Kind.LINK, checked_title, actor, now, url=url)
        _use(locked, question_id, record, actor, now)
        _audit_added(locked, code, record, {"url": url}, actor, now)
    return Added(record, reused=False)


def attach(*, assessment: Assessment, code: str, evidence: Evidence, actor: User, now: datetime) -> Added:
    """Let a question use a record that the unit has already. Nothing happens where it does so."""
    question_id = _may_fill(assessment, code, actor)
    with transaction.atomic():
        locked = lock_for_unit(assessment, question_id, now)
        standing = _records(locked).filter(pk=evidence.pk).first()
        if standing is None:
            raise AlreadyWithdrawn
        return _attach(locked, question_id, code, standing, actor, now)


def detach(*, assessment: Assessment, code: str, evidence: Evidence, actor: User, now: datetime) -> None:
    """Take a record off one question; it stays with the others that use it. Raises LastUse."""
    question_id = _may_fill(assessment, code, actor)
    with transaction.atomic():
        locked = lock_for_unit(assessment, question_id, now)
        uses = EvidenceUse.objects.filter(evidence=evidence)
        if not uses.exclude(assessment=locked, question=question_id).exists():
            raise LastUse
        if uses.filter(assessment=locked, question=question_id).delete()[0]:
            _record_audit("evidence.detach", locked, evidence, actor, now, before={"question": code})


def withdraw(*, evidence: Evidence, reason: str, actor: User, now: datetime) -> Evidence:
    """Take a record out of force for every question that uses it; it stays readable with its reason.

    Everything that uses it must be open to this person, as for a change of those answers. Raises PermissionDenied,
    WithdrawalReasonMissing, AlreadyWithdrawn, WrongState, Closed, NotNoted, TextRefused.
    """
    text = checked_text(reason, REASON_MAX).strip()
    uses = list(
        EvidenceUse.objects.filter(evidence=evidence).select_related(
            "question", "assessment__period__instrument", "assessment__unit"
        )
    )
    _refuse_foreign_areas(uses, actor)
    if not text:
        raise WithdrawalReasonMissing
    with transaction.atomic():
        for assessment in {use.assessment_id: use.assessment for use in sorted(uses, key=_by_assessment)}.values():
            _refuse_unopened(assessment, uses, now)
        values = {"withdrawn_at": now, "withdrawn_by": actor, "withdrawn_reason": text}
        if not Evidence.objects.filter(pk=evidence.pk, withdrawn_at__isnull=True).update(**values):
            raise AlreadyWithdrawn
        audit.record(
            verb="evidence.withdraw",
            target=evidence,
            actor=actor,
            now=now,
            unit=evidence.unit,
            before={"questions": sorted({use.question.code for use in uses})},
            reason=text,
        )
    for name, value in values.items():
        setattr(evidence, name, value)
    return evidence


def _by_assessment(use: EvidenceUse) -> int:
    """One order for all, so that two withdrawals never wait for each other."""
    return use.assessment_id


def _refuse_foreign_areas(uses: list[EvidenceUse], actor: User) -> None:
    for use in uses:
        instrument = stored_instrument(use.assessment.period.instrument).value
        if not permissions.can_fill(actor, use.assessment, area_number(instrument, use.question.code)):
            raise PermissionDenied


def _refuse_unopened(assessment: Assessment, uses: list[EvidenceUse], now: datetime) -> None:
    locked = lock(assessment)
    refuse_closed(locked, now)
    opened = open_questions(locked)
    concerned = {use.question_id for use in uses if use.assessment_id == locked.pk}
    if opened is not None and not concerned <= opened:
        raise NotNoted


def _may_fill(assessment: Assessment, code: str, actor: User) -> int:
    """Id of the question. KeyError for an unknown code. Raises PermissionDenied."""
    instrument = stored_instrument(assessment.period.instrument)
    question_id = instrument.question_ids[code]
    if not permissions.can_fill(actor, assessment, area_number(instrument.value, code)):
        raise PermissionDenied
    return question_id


def _records(assessment: Assessment) -> QuerySet[Evidence]:
    """Records in force of the unit and year."""
    return Evidence.objects.filter(
        unit_id=assessment.unit_id, year=assessment.period.year, withdrawn_at__isnull=True
    ).order_by("pk")


def _same_file(assessment: Assessment, sha256: str) -> Evidence | None:
    return _records(assessment).filter(files__sha256=sha256).first()


def _store(
    assessment: Assessment,
    question_id: int,
    code: str,
    upload: "File[bytes]",
    scanned: ScannedFile,
    title: str,
    actor: User,
    now: datetime,
) -> Evidence:
    row = EvidenceFile(
        original_name=scanned.safe_name,
        kind=scanned.kind,
        size=scanned.size,
        sha256=scanned.sha256,
        uploaded_by=actor,
        uploaded_at=now,
    )
    with stored(upload, new_path(row, "file", scanned.safe_name)) as name, transaction.atomic():
        locked = lock_for_unit(assessment, question_id, now)
        if _same_file(locked, scanned.sha256) is not None:
            raise _StoredMeanwhile
        _refuse_full(locked, question_id)
        record = _create(locked, Evidence.Kind.FILE, title, actor, now)
        row.evidence, row.file.name = record, name
        row.save(force_insert=True)
        _use(locked, question_id, record, actor, now)
        after = {"name": scanned.safe_name, "size": scanned.size, "sha256": scanned.sha256}
        _audit_added(locked, code, record, after, actor, now)
    return record


def _attach(assessment: Assessment, question_id: int, code: str, record: Evidence, actor: User, now: datetime) -> Added:
    used = EvidenceUse.objects.filter(evidence=record, assessment=assessment, question=question_id)
    if not used.exists():
        _refuse_full(assessment, question_id)
        _use(assessment, question_id, record, actor, now)
        _record_audit("evidence.attach", assessment, record, actor, now, after={"question": code})
    return Added(record, reused=True)


def _refuse_full(assessment: Assessment, question_id: int) -> None:
    maximum = settings.UPLOAD_POLICY["max_files_per_answer"]
    if standing_evidence(assessment, question_id).count() >= maximum:
        message = _("Satu pertanyaan paling banyak memiliki %(maximum)s bukti. Tarik yang tidak berlaku.")
        raise TooMuchEvidence(message % {"maximum": maximum}, maximum=maximum)


def _create(assessment: Assessment, kind: str, title: str, actor: User, now: datetime, url: str = "") -> Evidence:
    return Evidence.objects.create(
        unit_id=assessment.unit_id,
        year=assessment.period.year,
        kind=kind,
        title=title,
        url=url,
        created_by=actor,
        created_at=now,
    )


def _use(assessment: Assessment, question_id: int, record: Evidence, actor: User, now: datetime) -> None:
    EvidenceUse.objects.create(
        evidence=record, assessment=assessment, question_id=question_id, attached_by=actor, attached_at=now
    )


def _audit_added(
    assessment: Assessment, code: str, record: Evidence, what: dict[str, object], actor: User, now: datetime
) -> None:
    after = {"question": code, "title": record.title, "kind": record.kind} | what
    _record_audit("evidence.add", assessment, record, actor, now, after=after)


def _record_audit(
    verb: str,
    assessment: Assessment,
    record: Evidence,
    actor: User,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    audit.record(verb=verb, target=record, actor=actor, now=now, unit=assessment.unit, before=before, after=after)
