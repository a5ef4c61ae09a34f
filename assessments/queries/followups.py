"""What units have promised to improve (tindak lanjut)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db.models import QuerySet

from assessments.models import Assessment, Evidence, FollowUp, Note, Period
from units.models import AuditEvent

# What a step says, by the audited verb; other verbs are no step.
STEP_TEXTS: Final = {
    "followup.create": "text",
    "followup.owner": "owner",
    "followup.change_due": "reason",
    "followup.report": "report",
    "followup.send_back": "closing",
    "followup.close": "closing",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was said about a follow-up; `verb` is a key of STEP_TEXTS. `due` where the day was moved."""

    verb: str
    at: datetime
    name: str
    text: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A follow-up on a day: `closed`, `answered` (reported, TPI's turn), `overdue` or `open`."""

    followup: FollowUp
    state: str
    steps: tuple[Step, ...] = field(default=())

    @property
    def is_late(self) -> bool:
        return self.state == "overdue"

    def is_carried_into(self, period: Period) -> bool:
        """Whether it comes from an earlier quarter than `period`."""
        begun = self.followup.note.assessment.period
        return (begun.year, begun.quarter) < (period.year, period.quarter)


def open_followups(unit_id: int) -> dict[str, list[FollowUp]]:
    """What TPI has not closed yet, by question code, the earliest due first; one query."""
    found: defaultdict[str, list[FollowUp]] = defaultdict(list)
    rows = FollowUp.objects.filter(unit_id=unit_id, closed_at__isnull=True).select_related("proof", "reported_by")
    for row in rows.order_by("due", "pk"):
        found[row.code].append(row)
    return dict(found)


def state_of(followup: FollowUp, today: date) -> str:
    """`closed`, `answered`, `overdue` or `open`; a report in time is not overdue while TPI reads it."""
    if followup.closed_at is not None:
        return "closed"
    if followup.reported_at is not None:
        return "answered"
    return "overdue" if followup.due < today else "open"


def followups_of(unit_id: int, today: date) -> list[Standing]:
    """All follow-ups of a unit with their history: open ones first, the earliest due first; closed ones after them."""
    rows = list(followup_rows().filter(unit=unit_id).order_by("due", "pk"))
    steps = _steps(row.pk for row in rows)
    standing = [Standing(row, state_of(row, today), tuple(steps[row.pk])) for row in rows]
    return sorted(standing, key=lambda item: item.state == "closed")


def _steps(followups: Iterable[int]) -> defaultdict[int, list[Step]]:
    """All that was ever said about follow-ups, oldest first, from the audit log: a row keeps the last words only."""
    found: defaultdict[int, list[Step]] = defaultdict(list)
    events = AuditEvent.objects.filter(
        object_type=FollowUp._meta.label_lower, object_id__in=[str(pk) for pk in followups], verb__in=STEP_TEXTS
    )
    for event in events.select_related("actor").order_by("pk"):
        name = event.actor.full_name if event.actor else ""
        after = event.after or {}
        text = str(after.get(STEP_TEXTS[event.verb], ""))
        due = date.fromisoformat(after["due"]) if event.verb == "followup.change_due" else None
        found[int(event.object_id)].append(Step(event.verb, event.at, name, text, due))
    return found


def open_standings(unit_id: int, today: date) -> list[Standing]:
    """Those that TPI has not closed, the earliest due first; one query."""
    rows = FollowUp.objects.filter(unit=unit_id, closed_at__isnull=True).select_related(
        "note__assessment__period", "owner"
    )
    return [Standing(row, state_of(row, today)) for row in rows.order_by("due", "pk")]


def followups_beside(assessment: Assessment, code: str, today: date) -> list[Standing]:
    """Follow-ups of one question, also of earlier quarters, for TPI's desk: open ones first; one query."""
    rows = FollowUp.objects.filter(unit=assessment.unit_id, code=code)
    rows = rows.select_related("note__assessment__period", "owner", "proof").order_by("due", "pk")
    standing = [Standing(row, state_of(row, today)) for row in rows]
    return sorted(standing, key=lambda item: item.state == "closed")


def followup_rows() -> QuerySet[FollowUp]:
    """With everything that a list shows; two queries where one has a proof."""
    rows = FollowUp.objects.select_related(
        "note__assessment__period", "owner", "proof", "created_by", "reported_by", "closed_by"
    )
    return rows.prefetch_related("proof__files")


def notes_to_follow(assessment: Assessment) -> list[Note]:
    """Released notes of TPI that are no follow-up yet, in the order of the worksheet; one query."""
    released = Note.objects.filter(assessment=assessment, released_at__isnull=False, followup__isnull=True)
    rows = released.exclude(stage=Note.Stage.ASSISTANCE).exclude(kind=Note.Kind.CLARIFICATION)
    rows = rows.select_related("question", "visit")
    return list(rows.order_by("question__position", "pk"))


def proofs(assessment: Assessment) -> list[Evidence]:
    """Standing records of the unit in the period's year, which may prove a follow-up; one query."""
    rows = Evidence.objects.filter(unit_id=assessment.unit_id, year=assessment.period.year, withdrawn_at__isnull=True)
    return list(rows.order_by("title", "pk"))
