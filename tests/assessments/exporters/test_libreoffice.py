"""LibreOffice, given an export with wrong stored values, comes to exactly the portal's numbers and verdicts."""

import json
from fractions import Fraction
from io import BytesIO

import openpyxl
import pytest

from assessments.exporters.worksheet_formulas import BLANK, DOUBTFUL, FILLED
from assessments.exporters.worksheet_lke import LKE_SHEET, TPI, UNIT
from assessments.exporters.worksheet_recap import SIDE_FIRST
from assessments.exporters.worksheet_rows import layout_of
from assessments.importers.worksheet import read_workbook
from assessments.scoring.kinds import HOLDS_WBK
from tests.assessments.exporters.books import book_of, calculated, random_answers, read, without_values
from tests.assessments.exporters.facts import (
    gate_cells,
    gate_facts,
    recap_cells,
    recap_facts,
    result_of,
    worksheet_cells,
    worksheet_numbers,
)
from tests.scoring.conftest import ROOT

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.json"))
SEEDS = (3, 14, 159)
CASES = (
    "blanks", "partial", "zero", "zero is one", "clipped up", "clipped down", "total", "a hair below", "area",
    "passed", "failed",
)  # fmt: skip


@pytest.fixture(scope="module")
def ten(lke):
    """Seven worked worksheets and three random ones; TPI's answers are those of the next, once a hair below a gate."""
    raws = [json.loads(path.read_text(encoding="utf-8"))["answers"] for path in GOLDEN]
    raws += [random_answers(lke, seed) for seed in SEEDS]
    theirs = raws[1:] + raws[:1]
    exactly_75 = next(number for number, path in enumerate(GOLDEN) if path.name.startswith("35_"))
    theirs[exactly_75] = raws[exactly_75] | {"A.II.4.i.a": {"targets": 9_999_999, "targets_achieved": 9_999_998}}
    return list(zip(raws, theirs, strict=True))


def test_libreoffice_calculates_what_the_portal_does(lke, ten, tmp_path):
    raws = [book_of(lke, unit, tpi, holds_wbk=number % 2 == 0) for number, (unit, tpi) in enumerate(ten)]
    books = [read(raw) for raw in calculated([without_values(raw) for raw in raws], tmp_path)]
    assert len(books) == 10
    for number, (book, answers) in enumerate(zip(books, ten, strict=True)):
        results = [result_of(lke, raw, holds_wbk=number % 2 == 0) for raw in answers]
        for side, result, start, column in zip((UNIT, TPI), results, SIDE_FIRST, (4, 7), strict=True):
            assert worksheet_cells(lke, book.lke, side) == worksheet_numbers(lke, result)
            assert gate_cells(lke, book, start) == gate_facts(lke, result)
            assert recap_cells(book, column) == recap_facts(lke, result, results[0])


def test_ten_worksheets_hold_what_can_go_wrong(lke, ten):
    """Blanks, partial counts, zero denominators, clipping on both ends, LHKPN and LHKASN, and a gate met exactly."""
    results = [result_of(lke, raw, holds_wbk=False) for raw, _other in ten]
    hairs = [result_of(lke, raw, holds_wbk=False).gates["WBK"].result("total").margin for _own, raw in ten]
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
        "a hair below": any(Fraction(-1, 10**6) < margin < 0 for margin in hairs),
        "area": any(key.startswith("area:") for key in exact),
        "passed": any(result.gates["WBK"].passed for result in results),
        "failed": any(not result.gates["WBK"].passed for result in results),
    } == dict.fromkeys(CASES, True)


TYPED = {
    ("A.I.1.i.a", ""): " ya ",
    ("A.I.1.i.b", ""): "b",
    ("A.I.1.ii.a", ""): "x",
    ("A.I.1.ii.b", ""): 1,
    ("A.II.1.i.a", "agents"): -1,
    ("A.II.1.i.a", "changes"): 1,
    ("A.II.1.i.b", "changes"): "5 orang",
    ("A.II.1.i.b", "integrated_changes"): 2,
    ("A.II.4.i.a", "targets"): 2.5,
    ("A.II.4.i.a", "targets_achieved"): 2,
    ("A.II.6.i.b", "services_registered"): 3,
    ("A.II.6.i.b", "services_simplified"): 5,
    ("B.I.a", ""): 5,
    ("B.II.a", ""): 3.12345,
}
SAID = {
    "A.I.1.i.a": (1, FILLED),
    "A.I.1.i.b": (0.5, FILLED),
    "A.I.1.ii.a": (0, DOUBTFUL),
    "A.I.1.ii.b": (0, DOUBTFUL),
    "A.II.1.i.a": (0, DOUBTFUL),
    "A.II.1.i.b": (0, DOUBTFUL),
    "A.II.4.i.a": (0, DOUBTFUL),
    "A.II.6.i.b": (1, FILLED),
    "B.I.a": (0, DOUBTFUL),
    "B.II.a": (0, DOUBTFUL),
    "B.I.b": (0, BLANK),
}


def test_what_people_type_scores_as_the_import_would_read_it(lke, tmp_path):
    """Letter case and blanks do not matter; what is no answer counts 0 and is pointed at."""
    layout = layout_of(lke)
    book = openpyxl.load_workbook(BytesIO(book_of(lke, {})))
    for (code, key), value in TYPED.items():
        row = layout.counts[code, key] if key else layout.questions[code]
        book[LKE_SHEET][f"K{row + 1}"] = value
    typed = BytesIO()
    book.save(typed)
    (raw,) = calculated([typed.getvalue()], tmp_path)
    cells = read(raw).lke
    rows = {code: layout.questions[code] + 1 for code in SAID}
    assert {code: (cells[f"L{row}"], cells[f"R{row}"]) for code, row in rows.items()} == SAID
    answers = read_workbook(raw, lke).answers
    assert set(answers) == {code for code, (_value, status) in SAID.items() if status == FILLED}
