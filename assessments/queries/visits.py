"""Field visits of TPI: what was found on which question, with photos, and who may look at it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import FilteredRelation, Q, QuerySet

from assessments.models import Assessment, Note, NoteFile, Visit
from assessments.permissions import can_see_answers, can_see_evaluation
from units.models import User, hold_of, scan_state


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a finding; `size` in bytes, `hold` why it is not shown (units.models.hold_of)."""

    uuid: UUID
    name: str
    size: int
    hold: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a visit found on a question, with the day and place of the visit."""

    pk: int
    code: str
    text: str
    version: int
    stage: str
    round: int
    author: str
    for_release: bool
    released_at: datetime | None
    visit_id: int
    date: date
    place: str
    participants: str
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit with its findings in the order of the worksheet."""

    visit: Visit
    findings: tuple[Finding, ...]


def findings_beside(assessment: Assessment, question_id: int) -> tuple[Finding, ...]:
    """What visits of this quarter found on one question, for TPI's desk, the earliest visit first; one query."""
    return _read(Note.objects.filter(assessment=assessment, question=question_id))


def released_findings(assessment: Assessment) -> tuple[Finding, ...]:
    """What the unit may read (SEC-05), visit by visit in the order of the worksheet; one query."""
    return _read(Note.objects.filter(assessment=assessment, released_at__isnull=False))


def visits_of(assessment: Assessment) -> list[VisitLine]:
    """Every visit of the quarter, for TPI; two queries."""
    found: dict[int, list[Finding]] = {}
    for finding in _read(Note.objects.filter(assessment=assessment)):
        found.setdefault(finding.visit_id, []).append(finding)
    rows = Visit.objects.filter(assessment=assessment).select_related("created_by").order_by("date", "pk")
    return [VisitLine(row, tuple(found.get(row.pk, ()))) for row in rows]


def _read(notes: QuerySet[Note]) -> tuple[Finding, ...]:
    """Findings and their photos in one query: a row for each photo, one without a photo where there is none."""
    rows = (
        notes.filter(kind=Note.Kind.FINDING)
        .annotate(photo=FilteredRelation("files", condition=Q(files__message__isnull=True)))
        .annotate(photo_state=scan_state("photo__sha256"))
        .order_by("visit__date", "visit", "question__position", "pk", "photo__pk")
        .values(
            "pk",
            "question__code",
            "text",
            "version",
            "stage",
            "round",
            "author__full_name",
            "for_release",
            "released_at",
            "visit",
            "visit__date",
            "visit__place",
            "visit__participants",
            "photo__uuid",
            "photo__original_name",
            "photo__size",
            "photo_state",
        )
    )
    together: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        together.setdefault(row["pk"], []).append(dict(row))
    return tuple(_finding(group) for group in together.values())


def _finding(rows: list[dict[str, Any]]) -> Finding:
    row = rows[0]
    return Finding(
        pk=row["pk"],
        code=row["question__code"],
        text=row["text"],
        version=row["version"],
        stage=row["stage"],
        round=row["round"],
        author=row["author__full_name"],
        for_release=row["for_release"],
        released_at=row["released_at"],
        visit_id=row["visit"],
        date=row["visit__date"],
        place=row["visit__place"],
        participants=row["visit__participants"],
        photos=tuple(_photos(rows)),
    )


def _photos(rows: Iterable[dict[str, Any]]) -> Iterable[Photo]:
    for row in rows:
        if row["photo__uuid"] is not None:
            yield Photo(
                row["photo__uuid"], row["photo__original_name"], row["photo__size"], hold_of(row["photo_state"])
            )


def photo_by_uuid(uuid: UUID) -> NoteFile | None:
    """A photo of a finding; files of its thread are none. One query."""
    photos = NoteFile.objects.filter(uuid=uuid, message__isnull=True, note__kind=Note.Kind.FINDING)
    return photos.select_related("note").first()


def sees_photo(user: User, photo: NoteFile) -> bool:
    """TPI and the Inspector always; who reads the unit's worksheet once it is released (SEC-05). One query."""
    note = photo.note
    visible = Assessment.objects.visible_to(user).filter(pk=note.assessment_id).select_related("period", "unit")
    assessment = visible.first()
    if assessment is None:
        return False
    if can_see_evaluation(user, assessment):
        return True
    return note.released_at is not None and can_see_answers(user, assessment)
