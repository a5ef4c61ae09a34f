"""LibreOffice, given an export with wrong stored values, comes to exactly the portal's numbers and verdicts."""

import json
from fractions import Fraction

import pytest

from assessments.exporters.worksheet_formulas import FAILED, PASSED
from assessments.exporters.worksheet_lke import TPI, UNIT
from assessments.exporters.worksheet_recap import SIDE_FIRST
from assessments.exporters.worksheet_rows import layout_of
from assessments.exporters.worksheet_words import gate_name
from assessments.scoring.answers import read_answer
from assessments.scoring.engine import score
from assessments.scoring.gates import gate_node
from assessments.scoring.kinds import HOLDS_WBK
from tests.assessments.exporters.books import (
    book_of,
    calculated,
    random_answers,
    read,
    without_values,
)
from tests.scoring.conftest import ROOT

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.json"))
SEEDS = (3, 14, 159)
PLACES = 10


@pytest.fixture(scope="module")
def ten(lke):
    """Seven worked worksheets and three random ones; TPI's answers are those of the next."""
    raws = [json.loads(path.read_text(encoding="utf-8"))["answers"] for path in GOLDEN]
    raws += [random_answers(lke, seed) for seed in SEEDS]
    return list(zip(raws, raws[1:] + raws[:1], strict=True))


def result_of(lke, raw, *, holds_wbk):
    answers = {code: read_answer(lke.question(code), value) for code, value in raw.items()}
    return score(lke, answers, holds_wbk=holds_wbk)


def close(number):
    """Beyond ten places a spreadsheet's binary numbers have nothing to say."""
    return round(float(number), PLACES)


def worksheet_numbers(lke, result):
    """(kind, code) -> number, as the portal has it."""
    found = {("node", code): result.nodes[code].score for code in layout_of(lke).nodes}
    found |= {("total", code): result.nodes[code].score for code in ("A", "B")}
    found["total", ""] = result.total
    for question in lke.questions:
        item = result.questions[question.code]
        found["question", question.code] = item.value if question.weight is None else item.points
    return {key: close(number) for key, number in found.items()}


def worksheet_cells(lke, cells, side):
    layout = layout_of(lke)
    places = {("node", code): row for code, row in layout.nodes.items()}
    places |= {("question", code): row for code, row in layout.questions.items()}
    places |= {("total", code): row for code, row in layout.totals.items()} | {("total", ""): layout.grand_total}
    column = chr(ord("A") + side.value)
    return {key: close(cells[f"{column}{row + 1}"]) for key, row in places.items()}


def gate_facts(lke, result):
    """Predicate and gate -> points and verdict; the conclusion counts the gates that hold."""
    found = {}
    for code, report in result.gates.items():
        for item in report.results:
            weight = result.nodes[item.key].maximum if item.key.startswith("area:") else 1
            actual = ("Ya" if item.passed else "Tidak") if item.key == HOLDS_WBK else close(item.actual * weight)
            found[code, gate_name(lke, item.key)] = (actual, PASSED if item.passed else FAILED)
        held = sum(item.passed for item in report.results)
        found[code, f"Kesimpulan {code}"] = (held, PASSED if report.passed else FAILED)
    return found


def gate_cells(lke, book, start):
    found = {}
    for code in lke.predicates:
        for label, row in book.table(f"Ambang {code}").items():
            actual = row[start - 1]
            found[code, label] = (actual if isinstance(actual, str) else close(actual), row[start + 1])
    return found


def recap_facts(lke, result, unit_result):
    """Bagian -> points; and how many questions are answered (the unit's)."""
    areas = {f"{area.number}. {area.name}": result.nodes[f"area:{area.number}"].score for area in lke.areas}
    parts = {lke.node(code).name: result.nodes[code].score for code in ("A", "B", "B.I", "B.II")}
    items = {gate_name(lke, code): result.nodes[gate_node(code)].score for code in ("B.I.a", "B.I.b")}
    answered = sum(item.answered for item in unit_result.questions.values())
    numbers = {key: close(value) for key, value in (areas | parts | items | {"Nilai total": result.total}).items()}
    return numbers, answered


def test_libreoffice_calculates_what_the_portal_does(lke, ten, tmp_path):
    raws = [book_of(lke, unit, tpi, holds_wbk=number % 2 == 0) for number, (unit, tpi) in enumerate(ten)]
    books = [read(raw) for raw in calculated([without_values(raw) for raw in raws], tmp_path)]
    assert len(books) == 10
    for number, (book, answers) in enumerate(zip(books, ten, strict=True)):
        results = [result_of(lke, raw, holds_wbk=number % 2 == 0) for raw in answers]
        for side, result, start, column in zip((UNIT, TPI), results, SIDE_FIRST, (4, 7), strict=True):
            assert worksheet_cells(lke, book.lke, side) == worksheet_numbers(lke, result)
            assert gate_cells(lke, book, start) == gate_facts(lke, result)
            totals = book.table("Bagian")
            shown = {label: close(row[column - 1]) for label, row in totals.items()}
            assert (shown, totals["Nilai total"][5]) == recap_facts(lke, result, results[0])


def test_ten_worksheets_hold_what_can_go_wrong(lke, ten):
    """Blanks, partial counts, zero denominators, clipping on both ends, LHASN of both kinds, and a gate met exactly."""
    results = [result_of(lke, raw, holds_wbk=False) for raw, _other in ten]
    questions = [item for result in results for item in result.questions.values()]
    gates = [item for result in results for report in result.gates.values() for item in report.results]
    partial = [
        raw[code]
        for (raw, _other), result in zip(ten, results, strict=True)
        for code in result.unanswered
        if isinstance(raw.get(code), dict)
    ]
    exact = {item.key for item in gates if item.margin == Fraction(0) and item.key != HOLDS_WBK}
    assert {
        "blanks": any(result.unanswered for result in results),
        "partial": bool(partial),
        "zero": any(item.zero_denominator_used and item.value == 0 for item in questions),
        "zero is one": any(item.zero_denominator_used and item.value == 1 for item in questions),
        "clipped up": any(item.clipped and item.value == 0 for item in questions),
        "clipped down": any(item.clipped and item.value == 1 for item in questions),
        "total": "total" in exact,
        "area": any(key.startswith("area:") for key in exact),
        "passed": any(result.gates["WBK"].passed for result in results),
        "failed": any(not result.gates["WBK"].passed for result in results),
    } == dict.fromkeys(
        ("blanks", "partial", "zero", "zero is one", "clipped up", "clipped down", "total", "area", "passed", "failed"),
        True,
    )
