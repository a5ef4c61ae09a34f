"""How the teams of demo units work together: questions of persons, copies to check, follow-ups, a field visit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from assessments.demo.people import Crew
from assessments.demo.promises import PROMISES, follow_up
from assessments.demo.quarters import LIVE
from assessments.demo.shelf import Shelf
from assessments.demo.visits import visit_units
from assessments.models import Assessment
from assessments.queries.instruments import instrument_value
from assessments.services.copies import copy_answers
from assessments.services.duties import give_questions

AGENCY = "kalteng"
HOURS = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Teamwork:
    """Questions by the position of the operator who gets them, and the areas that were carried over."""

    questions: dict[int, tuple[str, ...]]
    copied: tuple[str, ...] = ()


UNITS = {
    "samsat-sampit": Teamwork({0: ("A.II.5.i.a", "A.II.1.i.a"), 2: ("A.I.6.iv.a",)}, ("6",)),
    "labkes-kalibrasi": Teamwork({1: ("A.I.1.i.b",)}),
}


def share_work(crews: dict[str, Crew], files: Shelf, now: datetime) -> None:
    """Through the services, so that history and audit log tell the same."""
    for code in dict.fromkeys((*UNITS, *PROMISES)):
        if code not in crews:
            continue
        years = Assessment.objects.filter(unit__agency__code=AGENCY, unit__code=code).order_by("period__quarter")
        for sheet in years.select_related("unit__agency", "period__instrument"):
            if sheet.period.quarter == LIVE and code in UNITS:
                _share(sheet, crews[code], UNITS[code], now)
            follow_up(sheet, crews[code], now)
    visit_units(AGENCY, crews, files, now)


def _share(live: Assessment, crew: Crew, plan: Teamwork, now: datetime) -> None:
    _give(live, crew, plan, now)
    if plan.copied:
        copy_answers(assessment=live, areas=plan.copied, actor=crew.operators[0], now=now - HOURS)


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
