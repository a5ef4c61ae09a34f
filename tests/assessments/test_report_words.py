"""What an LHE says: numbers, dates, gates, prerequisites and the conclusion."""
# ruff: noqa: RUF001 - the typographic minus and dash are what is tested

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from assessments import scoring
from assessments.models import Assessment, Snapshot
from assessments.reports import wording
from assessments.reports.facts import Facts, agreeing
from assessments.reports.letter import letter_of
from assessments.reports.lhe import lhe_context
from assessments.reports.making import draft_lhe
from assessments.reports.verdict import Conclusion, verdict_of
from tests import factories
from tests.assessments.final_results import (
    facts_of,
    finalised,
    meet_prerequisites,
    pdf_text,
    squeezed,
)
from tests.conftest import Cast
from units.models import Agency, Predikat

Golden = Callable[[str], dict[str, Any]]
NOON = datetime(2024, 7, 31, 5, 0, tzinfo=UTC)


def lhe_html(facts: Facts, agency: Agency, number: str = "700/1") -> str:
    context = lhe_context(facts, letter_of(agency, None, number=number, now=NOON), made_at=NOON)
    with translation.override("id"):
        return render_to_string("reports/lhe.html", context)


@pytest.fixture
def final(assessment: Assessment, cast: Cast, golden: Golden) -> Snapshot:
    """Unit A's final result: all best answers, two of them seen lower by TPI."""
    return finalised(assessment, cast, golden("20")["answers"], {"A.I.1.i.b": "C", "A.I.5.i.b": "C"})


@pytest.fixture
def gates_only(final: Snapshot) -> Facts:
    return facts_of(final)


# ---- numbers, dates ----


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1234.565", "1.234,57"), ("-0.445", "−0,45"), ("0", "0,00"), ("0.005", "0,01"), ("1234567", "1.234.567,00")],
)
def test_number_is_written_the_indonesian_way(value: str, shown: str) -> None:
    assert wording.number(Fraction(value)) == shown


def test_signed_number_shows_its_direction() -> None:
    assert [wording.signed(Fraction(text)) for text in ("0.45", "-0.45", "0.001")] == ["+0,45", "−0,45", "0,00"]


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Jakarta", "31 Maret 2027 pukul 22.59 WIB"),
        ("Asia/Pontianak", "31 Maret 2027 pukul 22.59 WIB"),
        ("Asia/Makassar", "31 Maret 2027 pukul 23.59 WITA"),
        ("Asia/Jayapura", "1 April 2027 pukul 00.59 WIT"),
    ],
)
def test_time_names_the_zone_of_the_agency(zone: str, shown: str) -> None:
    moment = datetime(2027, 3, 31, 15, 59, tzinfo=UTC)
    assert wording.time_of(moment, zone).replace(wording.NO_BREAK, " ") == shown


@pytest.mark.parametrize(
    ("actual", "verdicts", "shown"),
    [
        ("74.996", [("75", False)], "74.996"),
        ("75", [("75", True)], "75.00"),
        ("74.994", [("75", False)], "74.99"),
        ("84.9996", [("75", True), ("85", False)], "84.9996"),
    ],
)
def test_number_beside_verdicts_gets_the_places_that_it_needs(actual: str, verdicts: Any, shown: str) -> None:
    assert agreeing(Fraction(actual), [(Fraction(text), passed) for text, passed in verdicts]) == Decimal(shown)


# ---- the LHE ----


def test_lhe_pdf_says_what_scoring_says(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    worksheet = golden("22")
    snapshot = finalised(assessment, cast, worksheet["answers"])
    text = squeezed(pdf_text(draft_lhe(assessment=assessment, now=NOON)))
    expected = worksheet["expected"]
    for code in ("TOTAL", "A", "B", "A.I.1.i", "A.II.6.ii", *(f"AREA{number}" for number in range(1, 7))):
        number = wording.number(scoring.round_half_up(Fraction(str(expected[code])), 12))
        assert (code, squeezed(number) in text) == (code, True)
    result = facts_of(snapshot)
    for line in result.gates("WBK"):
        row = squeezed(f"{line.shown}{line.margin}{line.verdict}")
        assert (line.key, row in text) == (line.key, True)


def test_lhe_names_gates_and_prerequisites_apart(final: Snapshot, cast: Cast) -> None:
    html = lhe_html(facts_of(final), cast.agency)
    assert "Ambang nilai WBK" in html
    assert "Syarat pengusulan WBK" in html
    assert "Ambang nilai terpenuhi 12 dari 12. Syarat pengusulan terpenuhi 0 dari 10." in html
    assert html.count("belum diisi") == 10 + 10 + 1  # the table, the conclusion, the remark
    assert "belum memenuhi kriteria untuk diusulkan" in html


def test_lhe_shows_both_answers_and_the_released_note(final: Snapshot, cast: Cast) -> None:
    html = lhe_html(facts_of(final), cast.agency)
    assert "Catatan A.I.1.i.b" in html
    assert "Tidak ada aturan setempat yang dipakai" in html


def test_lhe_with_zero_denominator_prints_the_local_rule(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    answers = golden("20")["answers"] | {"A.II.6.i.b": {"services_registered": 0, "services_simplified": 0}}
    html = lhe_html(facts_of(finalised(assessment, cast, answers)), cast.agency)
    assert "aturan setempat" in html
    assert "Tanpa perizinan/pelayanan yang terdata, nilai 0." in html


def test_lhe_never_rounds_against_its_verdict(final: Snapshot, cast: Cast) -> None:
    content = copy.deepcopy(json.loads(final.content))
    content["summary"]["tpi"]["total"] = "18749/250"  # 74.996
    for report in content["scores"]["tpi"]["gates"].values():
        report["passed"] = report["results"][0]["passed"] = False
    facts = Facts(content, final.sha256, facts_of(final).instrument)
    line = facts.gates("WBK")[0]
    assert (line.shown, line.margin, line.verdict) == ("74,996", "−0,004", "belum memenuhi")
    html = lhe_html(facts, cast.agency)
    assert html.count("74,996") == 4  # the box, the score and its share of 100, the gate
    assert "Nilai total kurang 0,004" in html.replace(wording.NO_BREAK, " ")


def test_lhe_exactly_at_the_minimum_meets_it(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    line = facts_of(finalised(assessment, cast, golden("35")["answers"])).gates("WBK")[0]
    assert (line.shown, line.margin, line.verdict) == ("75,00", "0,00", "memenuhi")


def test_area_gate_is_printed_in_points(final: Snapshot) -> None:
    line = next(line for line in facts_of(final).gates("WBK") if line.key == "area:5")
    assert (line.minimum, line.required) == ("9,00", Fraction(9))


@pytest.mark.parametrize(
    ("prerequisites", "affirmative", "agency_kind", "gates", "conclusion"),
    [
        (True, "", "local_government", True, Conclusion.MEETS),
        (True, "samsat", "local_government", True, Conclusion.MEETS),
        (False, "", "local_government", True, Conclusion.GATES_ONLY),
        (False, "samsat", "local_government", True, Conclusion.WHILE_COMPLETING),
        (False, "samsat", "ministry_agency", True, Conclusion.GATES_ONLY),
        (True, "", "local_government", False, Conclusion.NOT_YET),
        (False, "samsat", "local_government", False, Conclusion.NOT_YET),
    ],
)
def test_conclusion_needs_gates_and_prerequisites(
    prerequisites: bool, affirmative: str, agency_kind: str, gates: bool, conclusion: Conclusion, gates_only: Facts
) -> None:
    content = dict(copy.deepcopy(dict(gates_only.content)))
    content["unit"]["affirmative"], content["agency"]["kind"] = affirmative, agency_kind
    for item in content["prerequisites"] if prerequisites else ():
        item["standing"], item["actual"] = "met", item["required"]
    if not gates:
        content["scores"]["tpi"]["gates"]["WBK"]["passed"] = False
    verdict = verdict_of(Facts(content, "", gates_only.instrument))
    assert (verdict.conclusion, verdict.meets) == (conclusion, conclusion is Conclusion.MEETS)


def test_affirmative_unit_is_told_that_it_may_be_proposed(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    cast.unit_a.affirmative = "samsat"
    cast.unit_a.save(update_fields=["affirmative"])
    assessment.refresh_from_db()
    html = lhe_html(facts_of(finalised(assessment, cast, golden("20")["answers"])), cast.agency)
    assert "Belum memenuhi kriteria; dapat diusulkan sambil melengkapi syarat" in html
    assert "Nomor 5 Tahun 2024 tetap boleh diusulkan" in html


def test_wbbm_without_wbk_is_not_met(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    factories.unit_year(cast.unit_a, target="WBBM")
    meet_prerequisites(cast.unit_a)
    facts = facts_of(finalised(assessment, cast, golden("20")["answers"]))
    assert facts.lacks("WBBM") == ["belum berpredikat WBK"]
    assert verdict_of(facts).meets is False


def test_wbbm_with_wbk_and_its_own_minima_is_judged_by_them(assessment: Assessment, cast: Cast, golden: Golden) -> None:
    factories.unit_year(cast.unit_a, target="WBBM")
    Predikat.objects.create(unit=cast.unit_a, kind="WBK", year=2023)
    meet_prerequisites(cast.unit_a)
    verdict = verdict_of(facts_of(finalised(assessment, cast, golden("20")["answers"])))
    assert verdict.missing_prerequisites == ["Predikat SAKIP instansi (belum memenuhi)"]  # B is enough for WBK only
    assert verdict.conclusion is Conclusion.GATES_ONLY


def test_endless_word_may_break_and_a_short_one_stays() -> None:
    assert wording.breakable("x" * 200).count(wording.BREAK_HERE) == 2
    assert wording.breakable("kata " * 200) == "kata " * 200
