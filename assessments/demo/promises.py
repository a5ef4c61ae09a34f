"""Follow-ups of two units from the quarter before the open one, one of each kind; both are carried over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from assessments.demo.deeds import DAY, days_ago
from assessments.demo.people import Crew
from assessments.demo.quarters import LIVE
from assessments.models import Assessment, FollowUp, Note
from assessments.queries.followups import notes_to_follow
from assessments.services import telling
from assessments.services.followups import (
    Promise,
    Report,
    change_due,
    close_followup,
    create_followup,
    report_followup,
)
from units.models import User

HOURS: Final = timedelta(hours=3)
DAYS_TO_MEND: Final = timedelta(days=30)
REPORTED_AFTER, CLOSED_AFTER = timedelta(days=18), timedelta(days=24)
DONE: Final = "Dokumen sudah dilengkapi, ditandatangani, dan disosialisasikan kepada seluruh pegawai."
CLOSING: Final = "Perbaikan sudah dilihat pada dokumen dan sesuai dengan catatan."
PUT_OFF: Final = "Jadwal pelatihan diundur oleh penyelenggara; unit meminta waktu tambahan."
MORNING_AFTER: Final = time(7, 0)
# Days before now.
LATE_SINCE, LATE_SET, REPORTED, WAITING_SET, PUT_OFF_AT, PUT_OFF_SET = 3, 33, 2, 20, 1, 25


@dataclass(frozen=True, slots=True)
class Place:
    """A final worksheet whose notes are followed up."""

    assessment: Assessment
    crew: Crew
    now: datetime

    @property
    def released(self) -> datetime:
        return self.assessment.finalised_at or self.now

    def days_ago(self, days: int) -> datetime:
        """A working morning, but not before the note was released."""
        return max(self.released + HOURS, days_ago(self.now, days, self.assessment.unit.agency.tz))

    def promise(self, note: Note, begun: datetime, owner: User | None, until: datetime | None = None) -> FollowUp:
        due = (until or begun + DAYS_TO_MEND).astimezone(self.assessment.unit.agency.tz).date()
        return create_followup(
            assessment=self.assessment,
            note=note,
            promise=Promise(note.text, due, owner),
            actor=self.crew.members[0],
            now=begun,
        )

    def report(self, followup: FollowUp, at: datetime) -> FollowUp:
        return report_followup(
            assessment=self.assessment,
            followup=followup,
            report=Report(DONE),
            version=followup.version,
            actor=self.crew.operators[0],
            now=at,
        )


def finished(place: Place, note: Note) -> None:
    made = place.promise(note, place.released + HOURS, place.crew.operators[0])
    reported = place.report(made, place.released + REPORTED_AFTER)
    close_followup(
        assessment=place.assessment,
        followup=reported,
        closing=CLOSING,
        version=reported.version,
        actor=place.crew.lead,
        now=place.released + CLOSED_AFTER,
    )


def overdue(place: Place, note: Note) -> None:
    """Told the morning after, as the timer does."""
    begun, until = place.days_ago(LATE_SET), place.now - LATE_SINCE * DAY
    made = place.promise(note, begun, place.crew.operators[1], max(begun, until))
    told = datetime.combine(made.due + DAY, MORNING_AFTER, place.assessment.unit.agency.tz)
    telling.followup_overdue(assessment=place.assessment, followup=made, now=told)


def fresh(place: Place, note: Note) -> None:
    place.promise(note, place.now - HOURS, None)


def reported(place: Place, note: Note) -> None:
    """Waits for TPI."""
    made = place.promise(note, place.days_ago(WAITING_SET), place.crew.operators[0])
    place.report(made, place.days_ago(REPORTED))


def put_off(place: Place, note: Note) -> None:
    made = place.promise(note, place.days_ago(PUT_OFF_SET), place.crew.operators[1])
    change_due(
        assessment=place.assessment,
        followup=made,
        due=made.due + DAYS_TO_MEND,
        reason=PUT_OFF,
        version=made.version,
        actor=place.crew.members[0],
        now=place.days_ago(PUT_OFF_AT),
    )


PROMISES: dict[str, tuple[Callable[[Place, Note], None], ...]] = {
    "samsat-sampit": (finished, overdue, fresh),
    "rsud-doris-sylvanus": (reported, put_off),
}


def follow_up(assessment: Assessment, crew: Crew, now: datetime) -> None:
    """Turn the first notes of the quarter before the open one into follow-ups."""
    if assessment.period.quarter == LIVE - 1:
        place = Place(assessment, crew, now)
        for make, note in zip(PROMISES.get(assessment.unit.code, ()), notes_to_follow(assessment), strict=False):
            make(place, note)
