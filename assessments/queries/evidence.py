"""Evidence of a unit's year: beside its questions, and as a list."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Prefetch, QuerySet

from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.permissions import can_see_answers
from units.models import User


@dataclass(frozen=True)
class Listed:
    """A record with the questions that use it: codes in this assessment, and labels of other periods."""

    record: Evidence
    codes: tuple[str, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """A record beside a question; `shared` where other questions use it too."""

    record: Evidence
    shared: bool


def evidence_by_question(assessment: Assessment, question_ids: Iterable[int]) -> dict[int, list[Attached]]:
    """Records of each question, withdrawn ones too, oldest first; two queries."""
    uses = (
        EvidenceUse.objects.filter(assessment=assessment, question__in=list(question_ids))
        .select_related("evidence__created_by", "evidence__withdrawn_by")
        .prefetch_related("evidence__files")
        .annotate(used_by=Count("evidence__uses"))
        .order_by("attached_at", "pk")
    )
    found: defaultdict[int, list[Attached]] = defaultdict(list)
    for use in uses:
        found[use.question_id].append(Attached(use.evidence, shared=use.used_by > 1))
    return found


def evidence_of_year(assessment: Assessment) -> list[Listed]:
    """All records of the unit in the period's year, newest first; three queries."""
    uses = EvidenceUse.objects.select_related("question", "assessment__period").order_by("question__position")
    records = (
        Evidence.objects.filter(unit_id=assessment.unit_id, year=assessment.period.year)
        .select_related("created_by", "withdrawn_by")
        .prefetch_related("files", Prefetch("uses", queryset=uses))
        .order_by("-created_at", "-pk")
    )
    return [_listed(record, assessment) for record in records]


def _listed(record: Evidence, assessment: Assessment) -> Listed:
    here = [use.question.code for use in record.uses.all() if use.assessment_id == assessment.pk]
    others = {use.assessment.period for use in record.uses.all() if use.assessment_id != assessment.pk}
    labels = [period.label for period in sorted(others, key=lambda period: (period.year, period.quarter))]
    return Listed(record, tuple(here), tuple(labels))


def records_of(assessment: Assessment) -> QuerySet[Evidence]:
    """Records that questions of this assessment may use: of its unit and year."""
    return Evidence.objects.filter(unit_id=assessment.unit_id, year=assessment.period.year).select_related("unit")


def sees_evidence(user: User, record: Evidence) -> bool | None:
    """Whether somebody may read it; None where they may not even know of it. One query."""
    using = Assessment.objects.visible_to(user).filter(evidence_uses__evidence=record)
    known = list(using.select_related("period").distinct())
    if not known:
        return None
    return any(can_see_answers(user, assessment) for assessment in known)


def file_by_uuid(uuid: UUID) -> EvidenceFile | None:
    return EvidenceFile.objects.select_related("evidence__unit").filter(uuid=uuid).first()


def record_by_uuid(uuid: UUID) -> Evidence | None:
    return Evidence.objects.select_related("unit").filter(uuid=uuid).first()
