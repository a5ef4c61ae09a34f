"""The library: all evidence of a unit as a list that can be searched, and one record with everything about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from assessments import permissions, scoring
from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.queries.evidence import applies_to, bytes_of_year, in_force, records_of
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number
from assessments.services.transitions import open_questions
from units.models import User

SEARCH_MAX = 100


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes that the unit's evidence of the year takes, and may take."""

    used: int
    maximum: int

    @property
    def percent(self) -> int:
        return min(100, self.used * 100 // self.maximum) if self.maximum else 100

    @property
    def is_scarce(self) -> bool:
        return self.percent >= 90  # noqa: PLR2004 - per cent


@dataclass(frozen=True)
class Listed:
    """A record with its files in force and the questions that use it: codes here, labels of other periods."""

    record: Evidence
    files: tuple[EvidenceFile, ...]
    codes: tuple[str, ...]
    elsewhere: tuple[str, ...]
    applies: bool
    is_old: bool


@dataclass(frozen=True, slots=True)
class Uses:
    """Questions of one quarter that use a record; `is_open` while they may be changed."""

    assessment: Assessment
    uses: tuple[EvidenceUse, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a record: the file in force (None when retired) and the files that stood there before."""

    file: EvidenceFile | None
    before: tuple[EvidenceFile, ...]
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class RecordPage:
    """One record with its files, its uses in all quarters, and `lock`: why it cannot be changed, empty if it can.

    `lock` is `withdrawn`, `role`, `area`, `sent` (`closed` names the quarters), or `not_noted`.
    """

    record: Evidence
    slots: tuple[Slot, ...]
    retired: tuple[Slot, ...]
    quarters: tuple[Uses, ...]
    lock: str
    closed: tuple[str, ...]
    applies: bool
    is_old: bool

    @property
    def use_count(self) -> int:
        return sum(len(item.uses) for item in self.quarters)

    @property
    def is_shared(self) -> bool:
        return self.use_count > 1


def year_begins(assessment: Assessment) -> date:
    """A document dated before is older than the period; decrees of January hold for the whole year."""
    return date(assessment.period.year, 1, 1)


def is_old(record: Evidence, assessment: Assessment) -> bool:
    return record.document_date is not None and record.document_date < year_begins(assessment)


Filter = Callable[[Assessment], Q]
_OF_YEAR: Filter = lambda assessment: Q(year=assessment.period.year) | Q(used_here=True)  # noqa: E731
# Key in the address -> which records it shows, "" for those of the year.
FILTERS: dict[str, Filter] = {
    "": _OF_YEAR,
    "dipakai": lambda _assessment: Q(used_here=True),
    "belum": lambda assessment: Q(year=assessment.period.year, used_here=False, withdrawn_at__isnull=True),
    "ditarik": lambda assessment: _OF_YEAR(assessment) & Q(withdrawn_at__isnull=False),
    "lama": lambda assessment: _OF_YEAR(assessment) & Q(document_date__lt=year_begins(assessment)),
    "tanpa-tanggal": lambda assessment: _OF_YEAR(assessment) & Q(document_date__isnull=True, withdrawn_at__isnull=True),
    "tahun-lain": lambda assessment: Q(year__lt=assessment.period.year),
}


def library(assessment: Assessment, search: str = "", shown: str = "") -> QuerySet[Evidence]:
    """Records of one filter that hold the search words, newest first, with files and uses; three queries when read."""
    uses = EvidenceUse.objects.select_related("question", "assessment__period").order_by("question__position")
    return (
        _matching(assessment, search)
        .filter(FILTERS[shown](assessment))
        .select_related("created_by", "withdrawn_by")
        .prefetch_related("files", Prefetch("uses", queryset=uses))
        .order_by("-created_at", "-pk")
    )


def library_counts(assessment: Assessment, search: str = "") -> dict[str, int]:
    """How many records each filter shows; one query."""
    counts = {f"n{number}": Count("pk", filter=FILTERS[key](assessment)) for number, key in enumerate(FILTERS)}
    found = _matching(assessment, search).order_by().aggregate(**counts)
    return {key: found[f"n{number}"] for number, key in enumerate(FILTERS)}


def _matching(assessment: Assessment, search: str) -> QuerySet[Evidence]:
    here = EvidenceUse.objects.filter(evidence=OuterRef("pk"), assessment=assessment)
    records = records_of(assessment).annotate(used_here=Exists(here))
    for word in search[:SEARCH_MAX].split():
        files = EvidenceFile.objects.filter(Q(original_name__icontains=word) | Q(label__icontains=word))
        in_record = Q(title__icontains=word) | Q(document_number__icontains=word) | Q(url__icontains=word)
        records = records.filter(in_record | Exists(files.filter(evidence=OuterRef("pk"))))
    return records


def listed(records: Iterable[Evidence], assessment: Assessment) -> list[Listed]:
    """Rows of the list, from records of `library`; no query."""
    rows = []
    for record in records:
        here = [use.question.code for use in record.uses.all() if use.assessment_id == assessment.pk]
        others = {use.assessment.period for use in record.uses.all() if use.assessment_id != assessment.pk}
        labels = [period.label for period in sorted(others, key=lambda period: (period.year, period.quarter))]
        rows.append(
            Listed(
                record,
                tuple(in_force(record.files.all())),
                tuple(here),
                tuple(labels),
                applies=applies_to(record, assessment),
                is_old=is_old(record, assessment),
            )
        )
    return rows


def space_of(assessment: Assessment) -> Space:
    used = bytes_of_year(assessment.unit_id, assessment.period.year)
    return Space(used, settings.UPLOAD_POLICY["max_unit_bytes"])


def record_page(assessment: Assessment, uuid: UUID, user: User, now: datetime) -> RecordPage | None:
    """A record of the unit, seen from this assessment; three queries, and one for each returned quarter."""
    uses = EvidenceUse.objects.select_related(
        "question", "attached_by", "assessment__period__instrument", "assessment__unit__agency"
    ).order_by("-assessment__period__year", "-assessment__period__quarter", "question__position")
    files = EvidenceFile.objects.select_related("uploaded_by", "retired_by").order_by("slot", "-revision")
    record = (
        records_of(assessment)
        .select_related("created_by", "withdrawn_by", "unit")
        .prefetch_related(Prefetch("files", queryset=files), Prefetch("uses", queryset=uses))
        .filter(uuid=uuid)
        .first()
    )
    if record is None:
        return None
    slots = _slots(list(record.files.all()))
    quarters = tuple(
        Uses(held, tuple(found)) for held, found in groupby(record.uses.all(), key=lambda use: use.assessment)
    )
    lock, closed = _lock(record, quarters, user, now)
    return RecordPage(
        record=record,
        slots=tuple(slot for slot in slots if slot.file),
        retired=tuple(slot for slot in slots if slot.file is None),
        quarters=quarters,
        lock=lock,
        closed=closed,
        applies=applies_to(record, assessment),
        is_old=is_old(record, assessment),
    )


def _slots(files: list[EvidenceFile]) -> list[Slot]:
    standing = in_force(files)
    order = [file.slot for file in standing]
    found = []
    for number, group in groupby(files, key=lambda file: file.slot):
        newest, *older = group
        current = newest if newest in standing else None
        before = tuple(older) if current else (newest, *older)
        found.append(Slot(current, before, is_first=order[:1] == [number], is_last=order[-1:] == [number]))
    return found


def _lock(record: Evidence, quarters: tuple[Uses, ...], user: User, now: datetime) -> tuple[str, tuple[str, ...]]:
    if record.withdrawn_at is not None:
        return "withdrawn", ()
    if any(not permissions.can_fill(user, item.assessment) for item in quarters):
        return "role", ()
    if any(not permissions.can_fill(user, use.assessment, _area(use)) for item in quarters for use in item.uses):
        return "area", ()
    closed = tuple(item.assessment.period.label for item in reversed(quarters) if not _is_open(item.assessment, now))
    if closed:
        return "sent", closed
    if any(not _is_noted(item) for item in quarters):
        return "not_noted", ()
    return "", ()


def _area(use: EvidenceUse) -> int | None:
    return area_number(stored_instrument(use.assessment.period.instrument).value, use.question.code)


def _is_open(assessment: Assessment, now: datetime) -> bool:
    return permissions.is_open_for_unit(assessment, now)


def _is_noted(item: Uses) -> bool:
    opened = open_questions(item.assessment)
    return opened is None or {use.question_id for use in item.uses} <= opened


def choosable(assessment: Assessment, node: str, user: User, now: datetime) -> tuple[scoring.Question, ...]:
    """Questions of a sub-area to which this person may attach evidence now; one query in a returned round."""
    stored = stored_instrument(assessment.period.instrument)
    if not permissions.can_edit_answer(user, assessment, now, area_number(stored.value, node)):
        return ()
    opened = open_questions(assessment)
    questions = stored.value.questions_of(node)
    return tuple(item for item in questions if opened is None or stored.question_ids[item.code] in opened)
