"""How the teams of two demo units work together: questions of persons, copies to check, follow-ups in each state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assessments.demo.people import Crew
from assessments.demo.quarters import LIVE
from assessments.demo.visits import visit_units
from assessments.models import Assessment, FollowUp
from assessments.queries.followups import notes_to_follow
from assessments.queries.instruments import instrument_value
from assessments.services.copies import copy_answers
from assessments.services.duties import give_questions
from assessments.services.followups import Promise, Report, close_followup, create_followup, report_followup

AGENCY = "kalteng"
HOURS = timedelta(hours=3)
DAYS_TO_MEND = timedelta(days=30)
REPORTED_AFTER, CLOSED_AFTER = timedelta(days=18), timedelta(days=24)
DONE = "Dokumen sudah dilengkapi, ditandatangani, dan disosialisasikan kepada seluruh pegawai."
CLOSING = "Perbaikan sudah dilihat pada dokumen dan sesuai dengan catatan."


@dataclass(frozen=True, slots=True)
class Teamwork:
    """Questions by the position of the operator who gets them, and the areas that were carried over."""

    questions: dict[int, tuple[str, ...]]
    copied: tuple[str, ...] = ()
    has_followups: bool = False


UNITS = {
    "samsat-sampit": Teamwork({0: ("A.II.5.i.a", "A.II.1.i.a"), 2: ("A.I.6.iv.a",)}, ("6",), has_followups=True),
    "labkes-kalibrasi": Teamwork({1: ("A.I.1.i.b",)}),
}


def share_work(crews: dict[str, Crew], now: datetime) -> None:
    """Through the services, so that history and audit log tell the same."""
    for code, plan in UNITS.items():
        if code not in crews:
            continue
        crew = crews[code]
        years = Assessment.objects.filter(unit__agency__code=AGENCY, unit__code=code).order_by("period__quarter")
        quarters = list(years.select_related("unit__agency", "period__instrument"))
        live = next(item for item in quarters if item.period.quarter == LIVE)
        _give(live, crew, plan, now)
        if plan.copied:
            copy_answers(assessment=live, areas=plan.copied, actor=crew.operators[0], now=now - HOURS)
        if plan.has_followups:
            _follow_up(next(item for item in quarters if item.period.quarter == LIVE - 1), crew, now)
    visit_units(AGENCY, crews, now)


def _give(assessment: Assessment, crew: Crew, plan: Teamwork, now: datetime) -> None:
    instrument = instrument_value(assessment.period.instrument)
    for position, codes in plan.questions.items():
        give_questions(
            unit=assessment.unit,
            instrument=instrument,
            codes=codes,
            user=crew.operators[position],
            actor=crew.head,
            now=now - 2 * HOURS,
        )


def _follow_up(assessment: Assessment, crew: Crew, now: datetime) -> None:
    """One is done, one is overdue, one is open."""
    released = assessment.finalised_at or now
    notes = notes_to_follow(assessment)
    made: Sequence[FollowUp] = [
        create_followup(
            assessment=assessment,
            note=note,
            promise=Promise(note.text, (begun + DAYS_TO_MEND).date(), owner),
            actor=crew.members[0],
            now=begun,
        )
        for note, begun, owner in zip(
            notes,
            (released + HOURS, released + HOURS, now - HOURS),
            (crew.operators[0], crew.operators[1], None),
            strict=False,
        )
    ]
    report_followup(
        assessment=assessment,
        followup=made[0],
        report=Report(DONE),
        version=made[0].version,
        actor=crew.operators[0],
        now=released + REPORTED_AFTER,
    )
    close_followup(
        assessment=assessment,
        followup=made[0],
        closing=CLOSING,
        version=made[0].version + 1,
        actor=crew.lead,
        now=released + CLOSED_AFTER,
    )
