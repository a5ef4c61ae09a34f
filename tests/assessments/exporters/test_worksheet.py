"""The exported workbook: the official layout, values beside the formulas, what may be typed, what an import reads."""

import json
from io import BytesIO

import openpyxl
import pytest

from assessments.exporters.stamp import STAMP_SHEET, Stamp, fingerprint_of, read_stamp, stamp_text
from assessments.exporters.worksheet_formulas import BLANK, DOUBTFUL, FILLED, PARTIAL
from assessments.exporters.worksheet_lke import LKE_SHEET, TPI, UNIT
from assessments.exporters.worksheet_recap import RECAP_SHEET, SIDE_FIRST
from assessments.exporters.worksheet_rows import layout_of
from assessments.importers.worksheet import read_workbook
from assessments.queries.workbook import Proof
from tests.assessments.exporters.books import book_of, contents_of, random_answers, read, sheet_of
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
TYPES = {"Ya/Tidak": 17, "A/B/C": 36, "A/B/C/D": 33, "A/B/C/D/E": 17, "%": 8, "Nilai (0-4)": 2}


def opened(raw, **how):
    return openpyxl.load_workbook(BytesIO(raw), **how)


@pytest.fixture(scope="module")
def second(lke):
    """Golden worksheet 22 with TPI's answers of 24."""
    (own,), (theirs,) = ([path for path in GOLDEN if path.name.startswith(number)] for number in ("22", "24"))
    return [json.loads(path.read_text(encoding="utf-8"))["answers"] for path in (own, theirs)]


@pytest.fixture(scope="module")
def raw(lke, second):
    return book_of(lke, *second)


@pytest.fixture(scope="module")
def sheet(raw):
    return opened(raw)[LKE_SHEET]


def at(lke, code, column, key=""):
    layout = layout_of(lke)
    row = layout.counts[code, key] if key else (layout.nodes | layout.questions)[code]
    return f"{column}{row + 1}"


def test_columns_are_those_of_the_official_form(lke, sheet):
    heads = [sheet.cell(2, column).value for column in range(1, 23)]
    assert heads == [
        "No.", "Penilaian", *[None] * 5, "Bobot", "Penjelasan", "Pilihan Jawaban", "Jawaban", "Nilai", "%", None,
        "Catatan unit", "Bukti dukung", "Tautan bukti", "Status isian", "Jawaban TPI", "Nilai TPI", "% TPI",
        "Catatan TPI",
    ]  # fmt: skip
    question = lke.question("A.I.1.i.a")
    row = layout_of(lke).questions["A.I.1.i.a"] + 1
    assert [sheet.cell(row, column).value for column in range(1, 12)] == [
        5, None, None, None, None, "a.", question.text, None, "Ya: " + question.options[0].criterion, "Ya/Tidak",
        "Ya",
    ]  # fmt: skip
    numbering = {code: (sheet[at(lke, code, mark)].value, sheet[at(lke, code, text)].value) for code, mark, text in (
        ("A", "B", "C"), ("A.II", "C", "D"), ("A.II.5", "D", "E"), ("A.II.5.iii", "E", "F"), ("B.I.a", "D", "E"),
    )}  # fmt: skip
    assert numbering == {
        "A": ("A.", "PENGUNGKIT"),
        "A.II": ("II.", "REFORM"),
        "A.II.5": ("5.", "PENGUATAN PENGAWASAN"),
        "A.II.5.iii": ("iii.", "Penyampaian Laporan Harta Kekayaan"),
        "B.I.a": ("a.", lke.question("B.I.a").text),
    }


def test_each_question_has_its_type_and_each_count_a_row(lke, sheet):
    found = [sheet.cell(row, 10).value for row in range(4, sheet.max_row + 1)]
    assert {kind: found.count(kind) for kind in TYPES} == TYPES
    counts = sum(len(item.inputs) + len(item.derived) for item in lke.questions if not item.scale.is_choice)
    assert found.count("Jumlah") == counts - 2


def test_sheets_are_the_worksheet_the_recap_and_a_hidden_stamp(lke, raw):
    book = opened(raw)
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        (LKE_SHEET, "visible"),
        (RECAP_SHEET, "visible"),
        (STAMP_SHEET, "veryHidden"),
    ]
    stamp = read_stamp(book[STAMP_SHEET]["A1"].value)
    assert (stamp.instrument, stamp.instrument_version, stamp.fingerprint) == (lke.code, 1, fingerprint_of(lke))
    assert (stamp.agency, stamp.unit, stamp.period) == ("instansi", "unit", "2024-2")
    assert stamp.exported_at == "2024-06-20T03:00:00+00:00"
    assert stamp.versions == {item.code: 1 for item in lke.questions}


def test_stamp_holds_the_version_of_each_answer_and_none_of_blanks(lke):
    sheet = sheet_of(lke, {"A.I.1.i.a": "Ya", "A.I.1.i.b": "B"})
    sheet.rows["A.I.1.i.b"].version = 7
    stamp = read_stamp(opened(book_of(lke, sheet))[STAMP_SHEET]["A1"].value)
    assert stamp.versions == {"A.I.1.i.a": 1, "A.I.1.i.b": 7}


NO_STAMPS = (
    None,
    "",
    5,
    "x",
    "[]",
    "{}",
    '{"format":"zi-portal-lke/1"}',
    "[" * 100_000,
    stamp_text(Stamp("a", 1, "", "", "", "", "", {"A": 0})),
    stamp_text(Stamp("a", True, "", "", "", "", "", {})),
    stamp_text(Stamp(None, 1, "", "", "", "", "", {})),
    stamp_text(Stamp("a", 1, "", "", "", "", "", {})).replace("lke/1", "lke/2"),
)


@pytest.mark.parametrize("text", NO_STAMPS, ids=range(len(NO_STAMPS)))
def test_stamp_that_is_none_is_not_believed(text):
    assert read_stamp(text) is None


def test_only_answers_counts_and_notes_of_the_unit_can_be_typed(lke, sheet):
    layout = layout_of(lke)
    open_cells = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    typed = [row for code, row in layout.questions.items() if lke.question(code).scale != "ratio"]
    counts = [row for (code, key), row in layout.counts.items() if key not in ("lhkpn_due", "lhkasn_due")]
    wanted = {f"K{row + 1}" for row in (*typed, *counts)} | {f"O{row + 1}" for row in layout.questions.values()}
    assert open_cells == wanted
    assert (sheet.protection.sheet, sheet.protection.password) == (True, None)
    recap = opened(book_of(lke, {}))[RECAP_SHEET]
    assert recap.protection.sheet
    assert all(cell.protection.locked for row in recap.iter_rows() for cell in row)


def test_answer_cells_offer_their_options_and_refuse_what_cannot_be(lke, sheet):
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    lists = {code: rules[at(lke, code, "K")].formula1 for code in ("A.I.1.i.a", "A.I.1.i.b", "A.I.2.i.b")}
    assert lists == {"A.I.1.i.a": '"Ya,Tidak"', "A.I.1.i.b": '"A,B,C"', "A.I.2.i.b": '"A,B,C,D,E"'}
    count = rules[at(lke, "A.II.1.i.a", "K", "agents")]
    assert (count.type, count.formula1, count.formula2) == ("whole", "0", "9999999")
    index = rules[at(lke, "B.I.a", "K")]
    assert (index.type, float(index.formula1), float(index.formula2)) == ("decimal", 0, 4)


def test_head_stays_and_pages_are_landscape_a4(raw):
    book = opened(raw)
    lke = book[LKE_SHEET]
    assert (lke.freeze_panes, lke.print_title_rows, lke.print_title_cols) == ("A3", "$2:$2", "$B:$G")
    assert {"B1:G1", "B3:G3"} <= {str(place) for place in lke.merged_cells.ranges}  # whole on each printed page
    assert {(sheet.page_setup.orientation, sheet.page_setup.paperSize) for sheet in book if sheet.title[0] != "_"} == {
        ("landscape", 9)
    }


def test_lhkasn_counts_beside_lhkpn(lke, sheet):
    both = [at(lke, f"A.II.5.iii.{letter}", "L") for letter in "ab"]
    assert sheet[at(lke, "A.II.5.iii", "L")].value == f"=SUM({both[0]},{both[1]})"


def test_discipline_follows_its_rule_for_zero(lke, sheet):
    before, now = (at(lke, "A.II.3.iii.a", "K", f"violations_{year}") for year in ("previous", "current"))
    formula = sheet[at(lke, "A.II.3.iii.a", "K")].value
    assert f"IFERROR(MAX(0,MIN(1,({before}-{now})/{before})),IF({now}=0,1,0))" in formula


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_import_reads_a_worked_worksheet_back(lke, path):
    answers = json.loads(path.read_text(encoding="utf-8"))["answers"]
    reading = read_workbook(book_of(lke, answers, answers), lke)
    assert (reading.problems, reading.missing) == ((), ())
    assert reading.answers == sheet_of(lke, answers).values


@pytest.mark.parametrize("seed", range(3))
def test_import_reads_random_answers_back_with_respondents_and_partial_counts(lke, seed):
    answers = random_answers(lke, seed)
    reading = read_workbook(book_of(lke, answers), lke)
    assert (reading.problems, reading.missing) == ((), ())
    assert reading.answers == sheet_of(lke, answers).values


@pytest.mark.parametrize("seed", [None, 1])
def test_stored_values_are_the_portals_numbers(lke, second, raw, seed):
    answers = second if seed is None else [random_answers(lke, seed), random_answers(lke, seed + 10)]
    book = read(raw if seed is None else book_of(lke, *answers))
    results = [result_of(lke, one, holds_wbk=False) for one in answers]
    for side, result, start, column in zip((UNIT, TPI), results, SIDE_FIRST, (4, 7), strict=True):
        assert worksheet_cells(lke, book.lke, side) == worksheet_numbers(lke, result)
        assert gate_cells(lke, book, start) == gate_facts(lke, result)
        assert recap_cells(book, column) == recap_facts(lke, result, results[0])


def test_status_tells_blank_partial_and_filled_apart(lke):
    answers = {
        "A.I.1.i.a": "Ya",
        "A.II.1.i.a": {"agents": 3},
        "A.II.3.iii.a": {"violations_sanctioned": 1},
        "A.II.4.i.a": {"targets": 0, "targets_achieved": 0},
        "B.I.a": {"respondents": 30},
        "B.II.a": "3.2",
    }
    cells = read(book_of(lke, answers)).lke
    assert {code: cells[at(lke, code, "R")] for code in (*answers, "A.I.1.i.b")} == {
        "A.I.1.i.a": FILLED,
        "A.II.1.i.a": PARTIAL,
        "A.II.3.iii.a": BLANK,
        "A.II.4.i.a": FILLED,
        "B.I.a": BLANK,
        "B.II.a": FILLED,
        "A.I.1.i.b": BLANK,
    }


def test_reader_without_tpis_side_gets_none_of_its_columns(lke, second):
    book = opened(book_of(lke, second[0]))
    assert book[LKE_SHEET].max_column == 18
    assert [cell.value for cell in book[RECAP_SHEET][8]][:7] == [
        "Bagian", "Bobot", "Pemenuhan", "Reform", "Nilai unit", "% unit", "Terisi",
    ]  # fmt: skip
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [text for text in texts if "TPI" in text] == []


def test_confidential_workbook_says_so(lke, second):
    contents = contents_of(lke, *second, confidential=True)
    assert opened(book_of(lke, *second, confidential=True))[LKE_SHEET]["B3"].value.startswith("RAHASIA TPI")
    assert contents.confidential


def test_evidence_stands_by_name_and_address(lke):
    proofs = {
        "A.I.1.i.a": (
            Proof("SK Tim", "800/12/2024", "", ()),
            Proof("Publikasi", "", "https://contoh.go.id/zi", ()),
        )
    }
    cells = read(book_of(lke, {}, proofs=proofs)).lke
    assert cells[at(lke, "A.I.1.i.a", "P")] == "SK Tim (800/12/2024)\nPublikasi"
    assert cells[at(lke, "A.I.1.i.a", "Q")] == "https://contoh.go.id/zi"
    assert DOUBTFUL not in cells.values()


def test_number_on_the_wrong_side_of_a_gate_gets_more_places(lke, raw):
    """74.996 would be shown as 75.00 beside "Belum memenuhi"."""
    book = opened(raw)
    total, share = f"L{layout_of(lke).grand_total + 1}", at(lke, "B.I", "M")
    rules = {
        str(ranged.sqref): (rule.formula[0], rule.dxf.numFmt.formatCode)
        for ranged, found in book[LKE_SHEET].conditional_formatting._cf_rules.items()
        for rule in found
        if rule.type == "expression"
    }
    sides = [f"(ROUND({total},2)>={gate})<>(ROUND({total},10)>={gate})" for gate in (75, 85)]
    assert rules[total] == (f"OR({','.join(sides)})", "0.00########")
    percent = f"{share}*100"
    sides = [
        f"(ROUND({percent},2)>={gate})<>(ROUND({percent},10)>={gate})"
        for gate in ("81.111111111111", "86.666666666667")
    ]
    assert rules[share] == (f"OR({','.join(sides)})", "0.00########%")
