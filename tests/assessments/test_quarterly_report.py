"""The quarterly report: only final results count, and everything that is missing is said in words."""
# ruff: noqa: RUF001 - the typographic minus and dash are what is tested

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone, translation

from assessments.models import Assessment, Period, Report, Snapshot
from assessments.queries.reports import quarter_of
from assessments.reports import wording
from assessments.reports.letter import letter_of
from assessments.reports.making import make_quarterly, quarterly_html
from assessments.services.reports import Rendered, store_quarterly
from assessments.services.transitions import Action, carry_out
from tests import factories
from tests.assessments.final_results import (
    facts_of,
    finalised,
    meet_prerequisites,
    squeezed,
    submitted,
    words_of,
)
from tests.conftest import Cast
from units.models import AuditEvent

Golden = Callable[[str], dict[str, Any]]
NOON = datetime(2024, 7, 31, 5, 0, tzinfo=UTC)


@pytest.fixture
def final(assessment: Assessment, cast: Cast, golden: Golden) -> Snapshot:
    """Unit A's final result: all best answers, two of them seen lower by TPI."""
    return finalised(assessment, cast, golden("20")["answers"], {"A.I.1.i.b": "C", "A.I.5.i.b": "C"})


def quarterly_words(assessment: Assessment) -> str:
    """What the report would say now; its PDF is another test's."""
    period = Period.objects.select_related("agency", "instrument").get(pk=assessment.period_id)
    letter = letter_of(period.agency, None, number="", now=NOON)
    return words_of(quarterly_html(quarter_of(period, NOON), letter, made_at=NOON, identity="x"))


def make(assessment: Assessment, cast: Cast, number: str = "") -> Report:
    return make_quarterly(period=assessment.period, actor=cast.inspector, now=timezone.now(), number=number)


def test_quarterly_counts_only_final_results(
    final: Snapshot, assessment_b: Assessment, cast: Cast, golden: Golden
) -> None:
    submitted(assessment_b, cast, golden("22")["answers"])
    text = quarterly_words(final.assessment)
    assert squeezed("2 dari 2 unit kerja (100,0 %)") in text
    assert squeezed("1 unit memenuhi ambang nilai WBK") in text
    assert squeezed("belum dinilai TPI – terkirim, menunggu TPI; nilai mandiri yang dikirim 72,56") in text
    assert squeezed(f"Rata-rata nilai total {facts_of(final).shown('total')}") in text
    assert squeezed("Lampiran 2: unit yang belum dinilai TPI") in text


def test_unit_without_final_result_never_meets(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    meet_prerequisites(cast.unit_a)
    submitted(assessment, cast, golden("20")["answers"])
    text = quarterly_words(assessment)
    assert squeezed("Belum ada unit yang dinilai final") in text
    assert squeezed("Memenuhi kriteria: ambang nilai dan syarat pengusulan lengkap Belum ada.") in text
    assert squeezed("memenuhi kriteria Menuju WBK") not in text.replace(
        squeezed("unit memenuhi kriteria Menuju WBK"), ""
    )
    assert squeezed("nilai mandiri yang dikirim 100,00") in text


def test_reopened_result_no_longer_counts(final: Snapshot, cast: Cast) -> None:
    carry_out(assessment=final.assessment, action=Action.REOPEN, actor=cast.inspector, now=timezone.now(), reason="Uji")
    text = quarterly_words(final.assessment)
    assert squeezed("belum dinilai TPI – dibuka kembali; nilai mandiri yang dikirim 100,00") in text
    assert squeezed("0 di antaranya sudah dinilai final") in text


def test_quarterly_says_in_words_what_is_missing(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    finalised(assessment, cast, golden("22")["answers"])
    lacks = facts_of(Snapshot.objects.get(kind="final")).lacks("WBK")
    text = quarterly_words(assessment)
    assert lacks[0].replace(wording.NO_BREAK, " ") == "Nilai total kurang 2,44"
    assert squeezed("; ".join(lacks)) in text


def test_meeting_unit_is_listed_as_meeting(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    meet_prerequisites(cast.unit_a)
    finalised(assessment, cast, golden("20")["answers"])
    assert squeezed("1 unit memenuhi kriteria Menuju WBK dan 0 unit memenuhi kriteria Menuju WBBM") in quarterly_words(
        assessment
    )


def test_trend_compares_with_the_quarter_before(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    before = factories.AssessmentFactory(
        unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, year=2024, quarter=1)
    )
    finalised(before, cast, golden("22")["answers"])
    finalised(assessment, cast, golden("20")["answers"])
    text = quarterly_words(assessment)
    assert squeezed("Rata-rata nilai total berubah dari 72,56 menjadi 100,00 (+27,44)") in text
    assert squeezed("72,56 100,00 +27,44 belum memenuhi → memenuhi") in text


def test_no_trend_without_a_quarter_before(final: Snapshot, cast: Cast) -> None:
    assert "Perkembangansejak" not in quarterly_words(final.assessment)


def test_quarterly_of_an_empty_period_says_so(assessment: Assessment, cast: Cast) -> None:
    Assessment.objects.all().delete()
    text = quarterly_words(assessment)
    assert squeezed("Belum ada unit yang mempunyai lembar kerja pada triwulan ini") in text


def test_same_inputs_again_find_the_stored_report(final: Snapshot, cast: Cast) -> None:
    first, second = make(final.assessment, cast), make(final.assessment, cast)
    assert first == second
    assert AuditEvent.objects.filter(verb="report.make").count() == 1
    assert make(final.assessment, cast, number="700/9") != first


def test_changed_state_makes_another_report(
    final: Snapshot, assessment_b: Assessment, cast: Cast, golden: Golden
) -> None:
    first = make(final.assessment, cast)
    submitted(assessment_b, cast, golden("22")["answers"])
    second = make(final.assessment, cast)
    assert first != second
    assert second.snapshots.count() == 2


@pytest.mark.parametrize("units", [1, 3])
def test_quarter_is_read_with_the_same_queries_for_any_number_of_units(
    units: int, final: Snapshot, cast: Cast, golden: Golden, django_assert_num_queries: Any
) -> None:
    period = final.assessment.period
    for _ in range(units - 1):
        unit = factories.UnitFactory(agency=cast.agency)
        factories.team_for(unit)
        finalised(factories.AssessmentFactory(unit=unit, period=period), cast, golden("20")["answers"])
    # Assessments, snapshots, unit years, the quarter before, active units, follow-ups, their steps.
    with django_assert_num_queries(7):
        assert len(quarter_of(period, NOON).units) == units


def test_units_stand_in_natural_order(assessment: Assessment, cast: Cast) -> None:
    for name in ("Unit 10", "Unit 2", "unit 1"):
        factories.AssessmentFactory(unit=factories.UnitFactory(agency=cast.agency, name=name), period=assessment.period)
    names = [item.unit.name for item in quarter_of(assessment.period, NOON).units]
    assert [name for name in names if len(name) < 8] == [
        "unit 1",
        "Unit 2",
        "Unit 10",
    ]


def test_quarterly_is_indonesian_for_an_english_reader(final: Snapshot, cast: Cast) -> None:
    factories.unit_year(cast.unit_b)
    with translation.override("en"):
        words = quarterly_words(final.assessment)
    assert squeezed("Pembangunan 1") in words
    assert squeezed("31 Juli 2024") in words


def test_same_report_made_twice_at_once_is_kept_once(final: Snapshot, cast: Cast) -> None:
    values = {"period": final.assessment.period, "snapshots": [final], "number": "", "actor": cast.inspector}
    rendered = Rendered(b"%PDF-1.7 uji", "0" * 64)
    first, second = (store_quarterly(rendered=rendered, now=timezone.now(), **values) for _ in range(2))
    assert first == second
    assert Report.objects.count() == AuditEvent.objects.filter(verb="report.make").count() == 1
