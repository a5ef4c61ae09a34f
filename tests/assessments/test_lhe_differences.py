"""An LHE hides no difference, and no per cent contradicts a verdict."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from assessments.models import Assessment
from assessments.reports.letter import letter_of
from assessments.reports.lhe import WITHOUT_NOTE, lhe_context
from tests import factories
from tests.assessments.final_results import facts_of, finalise, finalised, submitted
from tests.conftest import Cast

Golden = Callable[[str], dict[str, Any]]
NOON = datetime(2024, 7, 31, 5, 0, tzinfo=UTC)


def context_of(snapshot: Any, cast: Cast) -> dict[str, Any]:
    return lhe_context(facts_of(snapshot), letter_of(cast.agency, None, number="700/1", now=NOON), made_at=NOON)


def test_differences_without_a_released_note_are_listed_in_the_order_of_the_worksheet(
    assessment: Assessment, cast: Cast, golden: Golden
) -> None:
    answers = golden("20")["answers"]
    submitted(assessment, cast, answers)
    lower = {"A.I.1.i.b": "C", "A.I.5.i.b": "C", "A.I.6.i.b": "C"}
    factories.answer_everything(assessment, answers | lower, stage="member", by=cast.member)
    factories.note(assessment, "A.I.1.i.b", cast.member, "Rahasia TPI")
    factories.note(assessment, "A.I.5.i.b", cast.member, "Lengkapi bukti.", for_release=True)
    factories.note(assessment, "A.I.6.i.b", cast.member, "Rahasia lain")
    found = context_of(finalise(assessment, cast), cast)["notes"]
    assert [(item["code"], item["notes"][0]["text"]) for item in found] == [
        ("A.I.1.i.b", WITHOUT_NOTE),
        ("A.I.5.i.b", "Lengkapi bukti."),
        ("A.I.6.i.b", WITHOUT_NOTE),
    ]


def test_share_of_a_hairline_total_stays_below_the_minimum(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    snapshot = finalised(assessment, cast, golden("35")["answers"] | {"B.II.a": "3.1999"})
    lines = {line.code: line for line in context_of(snapshot, cast)["summary_lines"]}
    results = {line.code: line for line in context_of(snapshot, cast)["results"]}
    assert (lines["total"].theirs, lines["total"].share) == ("74,9996", "74,9996")
    assert (results["B.II"].theirs, results["B.II"].share) == ("13,9996", "79,998")
