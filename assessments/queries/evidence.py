"""Evidence of a unit: the files in force, what stands beside questions, who may read it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.permissions import can_see_answers
from units.models import FileScan, User


@dataclass(frozen=True, slots=True)
class Attached:
    """A record beside a question; `uses` counts the questions of this quarter, `shared` looks at all quarters."""

    record: Evidence
    files: tuple[EvidenceFile, ...]
    uses: int
    shared: bool
    applies: bool


def in_force(files: Iterable[EvidenceFile]) -> list[EvidenceFile]:
    """Of all files of one record those that count: the highest revision of each slot, unless it is retired."""
    newest: dict[int, EvidenceFile] = {}
    for file in files:
        if file.slot not in newest or newest[file.slot].revision < file.revision:
            newest[file.slot] = file
    return [newest[slot] for slot in sorted(newest) if newest[slot].retired_at is None]


def files_in_force() -> QuerySet[EvidenceFile]:
    """The same, for all records."""
    newer = EvidenceFile.objects.filter(
        evidence=OuterRef("evidence"), slot=OuterRef("slot"), revision__gt=OuterRef("revision")
    )
    return EvidenceFile.objects.filter(~Exists(newer), retired_at__isnull=True)


def applies_to(record: Evidence, assessment: Assessment) -> bool:
    """Whether the record is meant for this quarter; a record of an earlier year says nothing about this one."""
    is_of_year = record.year == assessment.period.year
    return not is_of_year or not record.quarters or str(assessment.period.quarter) in record.quarters


def evidence_by_question(assessment: Assessment, question_ids: Iterable[int]) -> dict[int, list[Attached]]:
    """Records of each question, withdrawn ones too, oldest first; two queries."""
    uses = (
        EvidenceUse.objects.filter(assessment=assessment, question__in=list(question_ids))
        .select_related("evidence__created_by", "evidence__withdrawn_by")
        .prefetch_related("evidence__files")
        .annotate(
            used_here=Count("evidence__uses", filter=Q(evidence__uses__assessment=assessment)),
            used_by=Count("evidence__uses"),
        )
        .order_by("attached_at", "pk")
    )
    found: defaultdict[int, list[Attached]] = defaultdict(list)
    for use in uses:
        record = use.evidence
        found[use.question_id].append(
            Attached(
                record,
                tuple(in_force(record.files.all())),
                uses=use.used_here,
                shared=use.used_by > 1,
                applies=applies_to(record, assessment),
            )
        )
    return found


def records_of(assessment: Assessment) -> QuerySet[Evidence]:
    """Records that questions of this assessment may use: of its unit, of its year or an earlier one."""
    return Evidence.objects.filter(unit_id=assessment.unit_id, year__lte=assessment.period.year).select_related("unit")


def same_file(assessment: Assessment, sha256: str, question_id: int | None = None) -> EvidenceFile | None:
    """A file in force with these bytes that the assessment may use, or that this question uses; newest year first.

    None in quarantine: the same bytes go through the scanner again, which refuses them.
    """
    usable = Q(scan_state__isnull=True) | ~Q(scan_state=FileScan.State.QUARANTINED)
    found = files_in_force().filter(
        usable,
        sha256=sha256,
        evidence__unit=assessment.unit_id,
        evidence__year__lte=assessment.period.year,
        evidence__withdrawn_at__isnull=True,
    )
    if question_id is not None:
        found = found.filter(evidence__uses__assessment=assessment, evidence__uses__question=question_id)
    return found.select_related("evidence").order_by("-evidence__year", "pk").first()


def bytes_of_year(unit_id: int, year: int) -> int:
    """Bytes that a unit has stored in a year, revisions and withdrawn ones too; a stored file counts once."""
    stored = EvidenceFile.objects.filter(evidence__unit=unit_id, evidence__year=year).order_by().values("file")
    return stored.annotate(bytes=Max("size")).aggregate(sum=Sum("bytes"))["sum"] or 0


def sees_evidence(user: User, record: Evidence) -> bool | None:
    """Whether somebody may read it; None where they may not even know of it. One query."""
    using = Assessment.objects.visible_to(user).filter(evidence_uses__evidence=record)
    known = list(using.select_related("period").distinct())
    if not known:
        return None
    return any(can_see_answers(user, assessment) for assessment in known)


def worksheet_using(user: User, record: Evidence) -> Assessment | None:
    """The newest worksheet that uses the record and whose answers the person may read. One query."""
    using = Assessment.objects.visible_to(user).filter(evidence_uses__evidence=record)
    newest = using.select_related("period", "unit__agency").order_by("-period__year", "-period__quarter").distinct()
    return next((assessment for assessment in newest if can_see_answers(user, assessment)), None)


def file_by_uuid(uuid: UUID) -> EvidenceFile | None:
    return EvidenceFile.objects.select_related("evidence__unit").filter(uuid=uuid).first()


def record_by_uuid(uuid: UUID) -> Evidence | None:
    return Evidence.objects.select_related("unit").filter(uuid=uuid).first()
