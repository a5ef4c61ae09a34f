"""What stood in the quarter before: which one it is, and what of TPI may be read."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.utils import timezone

from assessments.models import Assessment
from assessments.queries.previous import previous_answers
from tests import factories


def quarter(assessment, year, number, *, unit=None, state="draft", by=None):
    """An earlier or later assessment of the unit."""
    now = timezone.now()
    period = factories.PeriodFactory(
        agency=assessment.unit.agency,
        year=year,
        quarter=number,
        fill_from=now - timedelta(days=200),
        fill_until=now - timedelta(days=150),
        review_until=now - timedelta(days=110),
    )
    done = {"finalised_at": now, "finalised_by": by} if state == "final" else {}
    return Assessment.objects.create(unit=unit or assessment.unit, period=period, state=state, **done)


def label(assessment):
    found = previous_answers(assessment)
    return found and found.assessment.period.label


def test_nothing_before_the_first_quarter(assessment, django_assert_num_queries):
    factories.answer(assessment, "A.I.1.i.a", "Ya")
    with django_assert_num_queries(1):
        assert previous_answers(assessment) is None


def test_previous_is_the_latest_earlier_quarter_with_answers(assessment, cast):
    """The period of the test is TW II 2024; later quarters, empty ones and other units do not count."""
    for year, number, unit in ((2023, 3, None), (2023, 4, None), (2024, 3, None), (2022, 4, cast.unit_b)):
        factories.answer(quarter(assessment, year, number, unit=unit), "A.I.1.i.a", "Ya")
    assert label(assessment) == "TW IV 2023"
    first = quarter(assessment, 2024, 1)
    assert label(assessment) == "TW IV 2023"
    factories.answer(first, "A.I.1.i.b", "B")
    assert label(assessment) == "TW I 2024"


def test_previous_of_another_unit_is_not_read(assessment, cast):
    factories.answer(quarter(assessment, 2024, 1, unit=cast.unit_b), "A.I.1.i.a", "Ya")
    assert previous_answers(assessment) is None


@pytest.mark.parametrize(
    ("state", "tpi", "difference"), [("final", Fraction(1, 2), Fraction(-1, 2)), ("review_controller", None, None)]
)
def test_score_of_tpi_is_there_only_when_final(assessment, cast, state, tpi, difference):
    earlier = quarter(assessment, 2024, 1, state=state, by=cast.controller)
    factories.answer(earlier, "A.I.1.i.b", "A", note="Alasan dahulu")
    factories.answer(earlier, "A.I.1.i.b", "B", stage="member", by=cast.member)
    before = previous_answers(assessment).of("A.I.1.i.b")
    assert (before.row.choice, before.row.note, before.value) == ("A", "Alasan dahulu", Fraction(1))
    assert (before.tpi_value, before.difference) == (tpi, difference)


def test_blank_of_tpi_counts_as_nothing_given(assessment, cast):
    earlier = quarter(assessment, 2024, 1, state="final", by=cast.controller)
    factories.answer(earlier, "A.II.1.i.a", {"agents": 2, "changes": 1})
    factories.answer(earlier, "A.II.1.i.a", {}, stage="member", by=cast.member)
    before = previous_answers(assessment).of("A.II.1.i.a")
    assert (before.value, before.tpi_value, before.difference) == (Fraction(1, 2), None, Fraction(-1, 2))


def test_question_that_was_not_touched_has_nothing_before(assessment):
    factories.answer(quarter(assessment, 2024, 1), "A.I.1.i.a", "Ya")
    assert previous_answers(assessment).of("A.I.1.i.b") is None
    assert previous_answers(assessment, ["A.I.1.i.b"]) is None


@pytest.mark.parametrize("count", [1, 3])
def test_previous_asks_one_query(assessment, count, django_assert_num_queries):
    earlier = quarter(assessment, 2024, 1)
    for code in ("A.I.1.i.b", "A.I.2.i.a", "A.I.3.iii.b")[:count]:
        factories.answer(earlier, code, "B")
    with django_assert_num_queries(1):
        assert len(previous_answers(assessment).unit.values) == count
