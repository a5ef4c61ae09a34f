"""One worksheet with everything that can stand above a member's score: every place that adds up says the same total."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments import scoring
from assessments.models import Answer, Assessment
from assessments.queries.answers import both_sheets, scores_in_force, stage_sheets, tpi_sheet
from assessments.queries.board import Picked, board
from assessments.queries.calibration import calibration
from assessments.queries.explanations import Side, explain_live, explain_snapshot
from assessments.queries.instruments import stored_instrument
from assessments.queries.overview import overview
from assessments.scoring.kinds import TOTAL
from tests import factories
from tests.assessments.exporters.books import read
from tests.assessments.exporters.facts import close, recap_cells
from tests.assessments.final_results import facts_of, finalise, squeezed
from tests.assessments.test_quarterly_report import quarterly_words
from tests.conftest import Cast
from units.models import Team, User

TPI_COLUMN = 7
MEMBERS, LEADS, CONTROLLERS = "A.I.1.i.b", "A.I.1.ii.b", "A.I.2.i.a"
OVERTAKEN, OUTRUN, WITHDRAWN, BLANK = "A.I.3.i.b", "A.I.4.i.b", "A.I.5.i.b", "A.I.6.i.b"
# code -> what each stage said in which round, and what is in force; the unit answered A everywhere
SAID = {
    MEMBERS: ({"member": ("B", 1)}, "B"),
    LEADS: ({"member": ("B", 1), "lead": ("C", 1)}, "C"),
    CONTROLLERS: ({"member": ("A", 1), "lead": ("C", 1), "controller": ("B", 1)}, "B"),
    OVERTAKEN: ({"member": ("B", 2), "lead": ("C", 1), "controller": ("A", 1)}, "B"),
    OUTRUN: ({"member": ("A", 1), "lead": ("C", 2), "controller": ("A", 1)}, "C"),
    WITHDRAWN: ({"member": ("B", 1), "lead": ("A", 2), "controller": ("", 2)}, "A"),
    BLANK: ({"member": ("", 2), "lead": ("A", 1)}, ""),
}


def say(assessment: Assessment, code: str, stage: str, label: str, number: int, by: User) -> None:
    """A later stage's row beside the member's, in its round; an empty one of a controller was taken back."""
    row = Answer.every.filter(assessment=assessment, question__code=code, stage=stage).first()
    row = row or factories.answer(assessment, code, label, stage=stage, by=by)
    is_withdrawn = stage == "controller" and not label
    Answer.every.filter(pk=row.pk).update(choice=label, round=number, is_withdrawn=is_withdrawn)


@pytest.fixture
def layered(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:
    """In the controller's hands in round 2; all best answers, judged by the stages as SAID has it."""
    answers = golden("20")["answers"]
    factories.answer_everything(assessment, answers, by=cast.operator)
    factories.answer_everything(assessment, answers, stage="member", by=cast.member)
    team = Team.objects.get(kind="tpi", units=cast.unit_a)
    people = {"member": cast.member, "lead": cast.lead, "controller": factories.teammate(team, "controller")}
    for code, (stages, _in_force) in SAID.items():
        for stage, (label, number) in stages.items():
            say(assessment, code, stage, label, number, people[stage])
        for stage, author in people.items():
            factories.note(assessment, code, author, f"Catatan {stage} {code}", stage=stage)
    moment = timezone.now()
    Assessment.objects.filter(pk=assessment.pk).update(
        state="review_controller", round=2, submitted_at=moment, submitted_by=cast.head
    )
    assessment.refresh_from_db()
    return assessment


@pytest.fixture
def total(layered: Assessment, golden: Callable[[str], dict[str, Any]]) -> Fraction:
    """Worked out past all queries: the answers in force as SAID lists them."""
    instrument = stored_instrument(layered.period.instrument).value
    raw: dict[str, Any] = golden("20")["answers"] | {code: in_force for code, (_said, in_force) in SAID.items()}
    answers = {code: scoring.read_answer(instrument.question(code), value or None) for code, value in raw.items()}
    return scoring.score(instrument, answers).total


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def by_database(assessment: Assessment) -> Fraction:
    """The rows that the database counts as in force."""
    stored = stored_instrument(assessment.period.instrument)
    rows = {stored.codes[row.question_id]: row.raw for row in scores_in_force().filter(assessment=assessment)}
    answers = {code: scoring.read_answer(stored.value.question(code), raw) for code, raw in rows.items()}
    return scoring.score(stored.value, answers).total


def by_calibration(assessment: Assessment, user: User) -> Fraction:
    """What the unit claimed, all best, less what it claimed too much."""
    view = calibration(fresh(user), assessment.period)
    (line,) = view.units
    assert sum(part.points for part in view.claims[assessment.unit_id].values()) == line.claim.points
    assert sum(area.claim.points for area in view.areas) == line.claim.points
    return both_sheets(assessment)[0].result().total - line.claim.points


def by_workbook(response: Any) -> float:
    """The total of TPI's side as the export has it stored beside its formula."""
    return recap_cells(read(response.content), TPI_COLUMN)[0]["Nilai total"]


def test_every_live_place_adds_up_the_scores_in_force(
    as_user: Callable[[User], Any], cast: Cast, layered: Assessment, total: Fraction
) -> None:
    found = {
        "sheet": tpi_sheet(layered).result().total,
        "stages": stage_sheets(layered).tpi.result().total,
        "database": by_database(layered),
        "overview": overview(layered, fresh(cast.lead)).result.total,
        "explanation": explain_live(layered, TOTAL, Side.TPI, fresh(cast.lead)).result.total,
        "calibration": by_calibration(layered, cast.lead),
    }
    place = (layered.unit.agency.code, layered.unit.code, layered.period.code)
    browser = as_user(cast.controller)
    found["desk"] = browser.get(reverse("desk_question", args=(*place, LEADS))).context["result"].total
    assert found == dict.fromkeys(found, total)
    assert by_workbook(browser.get(reverse("workbook_export", args=place))) == close(total)


def test_every_released_place_adds_up_the_scores_in_force(
    as_user: Callable[[User], Any], cast: Cast, layered: Assessment, total: Fraction
) -> None:
    snapshot = finalise(layered, cast)
    content = json.loads(snapshot.content)
    period = layered.period
    row = next(
        row for row in board(fresh(cast.inspector), period, (period,), Picked()).rows if row.unit == layered.unit
    )
    assert {code: content["answers"][code]["tpi"] or "" for code in SAID} == {
        code: said for code, (_, said) in SAID.items()
    }
    found = {
        "summary": Fraction(snapshot.summary["tpi"]["total"]),
        "facts of the LHE": facts_of(snapshot).points(TOTAL),
        "explanation": explain_snapshot(snapshot, TOTAL, Side.TPI).result.total,
        "calibration": by_calibration(layered, cast.lead),
        "board": row.tpi.total,
    }
    assert found == dict.fromkeys(found, total)
    assert squeezed(f"Rata-rata nilai total {facts_of(snapshot).shown(TOTAL)}") in quarterly_words(layered)
    place = (layered.unit.agency.code, layered.unit.code, period.code)
    assert by_workbook(as_user(cast.operator).get(reverse("workbook_export", args=place))) == close(total)
