"""Follow-ups as they stood at a moment, from the audit log, which only grows: a report can be made again later."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from assessments.models import FollowUp, Period
from units.models import AuditEvent

MONTHS = 3


@dataclass(frozen=True, slots=True)
class Reported:
    """A follow-up at a moment: `open`, `overdue`, `answered` (reported, TPI's turn) or `closed`; days by the agency."""

    code: str
    text: str
    owner: str
    due: date
    state: str
    year: int
    quarter: int
    reported_on: date | None
    has_proof: bool
    closed_on: date | None

    def as_json(self) -> dict[str, Any]:
        """For the hash of a report's inputs."""
        return {key: str(value) if isinstance(value, date) else value for key, value in asdict(self).items()}


@dataclass(slots=True)
class _Course:
    """What the steps until the moment amount to."""

    due: date
    owner: str = ""
    reported_at: datetime | None = None
    has_proof: bool = False
    closed_at: datetime | None = None

    def take(self, event: AuditEvent) -> None:
        after = event.after or {}
        self.due = date.fromisoformat(after["due"]) if "due" in after else self.due
        self.owner = str(after["owner"]) if "owner" in after else self.owner
        if event.verb == "followup.report":
            self.reported_at, self.has_proof = event.at, after.get("proof") is not None
        elif event.verb == "followup.send_back":
            self.reported_at = None
        elif event.verb == "followup.close":
            self.closed_at = event.at

    def state(self, today: date) -> str:
        if self.closed_at is not None:
            return "closed"
        if self.reported_at is not None:
            return "answered"
        return "overdue" if self.due < today else "open"


def followups_at(units: Iterable[int], period: Period, moment: datetime) -> dict[int, list[Reported]]:
    """What reports of a quarter say, by unit, the earliest due first; two queries.

    Those of the quarter's notes, and those carried over from earlier ones that were not closed before it began.
    """
    zone = period.agency.tz
    begin = datetime(period.year, MONTHS * (period.quarter - 1) + 1, 1, tzinfo=zone)
    rows = list(_rows(units, period, moment))
    courses = _courses(rows, moment)
    found: defaultdict[int, list[Reported]] = defaultdict(list)
    for row in rows:
        course, begun = courses[row.pk], row.note.assessment.period
        is_carried = (begun.year, begun.quarter) < (period.year, period.quarter)
        if is_carried and course.closed_at is not None and course.closed_at < begin:
            continue
        found[row.unit_id].append(
            Reported(
                code=row.code,
                text=row.text,
                owner=course.owner,
                due=course.due,
                state=course.state(moment.astimezone(zone).date()),
                year=begun.year,
                quarter=begun.quarter,
                reported_on=course.reported_at.astimezone(zone).date() if course.reported_at else None,
                has_proof=course.has_proof,
                closed_on=course.closed_at.astimezone(zone).date() if course.closed_at else None,
            )
        )
    return {unit: sorted(items, key=lambda item: item.due) for unit, items in found.items()}


def _rows(units: Iterable[int], period: Period, moment: datetime) -> Iterable[FollowUp]:
    """Text, code and quarter of a follow-up never change; everything else comes from its steps."""
    until = Q(note__assessment__period__year__lt=period.year) | Q(
        note__assessment__period__year=period.year, note__assessment__period__quarter__lte=period.quarter
    )
    rows = FollowUp.objects.filter(until, unit__in=list(units), created_at__lte=moment)
    return rows.select_related("note__assessment__period").order_by("code", "pk")


def _courses(rows: Iterable[FollowUp], moment: datetime) -> Mapping[int, _Course]:
    courses = {row.pk: _Course(row.due) for row in rows}
    steps = AuditEvent.objects.filter(
        object_type=FollowUp._meta.label_lower, object_id__in=[str(pk) for pk in courses], at__lte=moment
    )
    for event in steps.order_by("pk"):
        courses[int(event.object_id)].take(event)
    return courses
