"""Sheets, columns, references and stored values; the official layout where it is at hand."""

import pytest
from openpyxl import load_workbook

from assessments.importers.reasons import CellReason
from assessments.importers.worksheet import read_book, read_workbook
from assessments.importers.xlsx import WorkbookError
from assessments.scoring.answers import Choice
from tests.assessments.importers.packages import rewritten, stored_text
from tests.assessments.importers.worksheet_book import build, cells_of, changed, problems
from tests.scoring.conftest import ROOT

SHARED = ROOT.parent / "shared" / "workbooks" / "lke-worksheet-filled.xlsx"
ABC = "A.I.1.i.b"


def test_other_sheets_and_shifted_columns_do_not_matter(lke, any_book, answers):
    any_book.workbook.create_sheet("Petunjuk", 0).append(["Isilah kolom jawaban"])
    any_book.sheet.insert_cols(9)
    any_book.sheet.insert_cols(1)
    assert read_book(any_book.cells(), lke).answers == answers


def test_sheet_without_head_row_is_read(lke, any_book, answers):
    any_book.delete(2)
    assert read_book(any_book.cells(), lke).answers == answers


def test_answers_and_texts_in_another_sheet_are_followed(lke, book, answers):
    other = book.workbook.create_sheet("Isian 'Unit'", 0)
    for row in range(4, book.sheet.max_row + 1):
        for column in ("G", "K"):
            value = book.sheet[f"{column}{row}"].value
            if value is not None and not str(value).startswith("="):
                other[f"{column}{row}"] = value
                book.sheet[f"{column}{row}"] = f"='Isian ''Unit'''!${column}${row}"
    assert read_book(book.cells(), lke).answers == answers


@pytest.mark.parametrize("formula", ["=K9999", "=Lain!A1", "=ZZZ1"])
def test_reference_to_nothing(lke, book, answers, formula):
    book.put(ABC, formula)
    reading = read_book(book.cells(), lke)
    expected = [(book.answer(ABC), "", CellReason.NO_STORED_VALUE)] if formula == "=Lain!A1" else []
    assert (changed(reading, answers), problems(reading)) == ({ABC}, expected)


def test_reference_in_a_circle_is_reported(lke, book):
    book.put(ABC, f"={book.answer('A.I.1.i.a')}")
    book.put("A.I.1.i.a", f"={book.answer(ABC)}")
    reading = read_book(book.cells(), lke)
    assert [item.reason for item in reading.problems] == [CellReason.NO_STORED_VALUE] * 2


def test_stored_value_of_a_formula_is_read(lke, book, answers):
    """Excel stores what a formula gave; openpyxl cannot, so the part is written by hand."""
    book.put(ABC, '=IF(TRUE,"B","A")')
    raw = rewritten(book.bytes(), "xl/worksheets/sheet1.xml", stored_text(book.answer(ABC), "B"))
    reading = read_workbook(raw, lke)
    assert (reading.answers, reading.problems) == (answers, ())


def test_copy_of_the_sheet_with_the_same_answers_is_no_question(lke, book, answers):
    book.workbook.copy_worksheet(book.sheet)
    assert read_book(book.cells(), lke).answers == answers


def test_empty_copy_of_the_sheet_is_passed_over(lke, answers):
    blank, filled = build(lke, {}), build(lke, answers)
    filled_sheet = blank.workbook.create_sheet("Isian")
    for row in filled.sheet.iter_rows():
        for cell in row:
            filled_sheet[cell.coordinate] = cell.value
    reading = read_book(blank.cells(), lke)
    assert (reading.sheet, reading.answers) == ("Isian", answers)


def test_two_sheets_with_different_answers_are_refused_unless_one_is_named(lke, book):
    book.workbook.copy_worksheet(book.sheet)[book.answer(ABC)] = "A"
    with pytest.raises(WorkbookError, match="LKE, LKE Copy"):
        read_book(book.cells(), lke)
    assert read_book(book.cells(), lke, sheet="LKE Copy").answers[ABC] == Choice("A")


def test_workbook_without_worksheet_is_refused(lke, book):
    with pytest.raises(WorkbookError, match="Tidak ada lembar LKE"):
        read_workbook(book.bytes(), lke, sheet="Lain")


def test_table_of_another_kind_is_refused(lke, book):
    for row in range(1, book.sheet.max_row + 1):
        for column in "BCDEFG":
            book.sheet[f"{column}{row}"] = None
    with pytest.raises(WorkbookError, match="Tidak ada lembar LKE"):
        read_book(book.cells(), lke)


if SHARED.exists():

    @pytest.fixture(scope="module")
    def official():
        return load_workbook(SHARED)

    @pytest.fixture
    def variant(official):
        """The official sheet to be changed; the other sheets go again afterwards."""
        sheet = official.copy_worksheet(official.worksheets[0])
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        yield sheet
        official.remove(sheet)

    def read_variant(sheet, lke):
        return read_book(cells_of(sheet.parent), lke, sheet=sheet.title)

    def test_official_layout_gives_the_worked_answers(lke, answers):
        reading = read_workbook(SHARED.read_bytes(), lke)
        assert (reading.answers, reading.problems, reading.missing) == (answers, (), ())

    def test_official_layout_with_rows_inserted_everywhere(lke, answers, variant):
        for row in range(205, 3, -9):
            variant.insert_rows(row)
        assert read_variant(variant, lke).answers == answers

    @pytest.mark.parametrize(("source", "target"), [(9, 40), (123, 60), (154, 30), (171, 212), (203, 20)])
    def test_official_layout_with_a_row_moved(lke, answers, variant, source, target):
        values = [variant.cell(source, column).value for column in range(1, 18)]
        variant.delete_rows(source)
        variant.insert_rows(target)
        for column, value in enumerate(values, 1):
            variant.cell(target, column).value = value
        assert read_variant(variant, lke).answers == answers

    @pytest.mark.parametrize("row", [8, 86, 123, 128, 155, 173, 178, 189, 202, 203])
    def test_official_layout_reports_the_cell_that_is_spoilt(lke, answers, variant, row):
        variant[f"K{row}"] = "xyz"
        reading = read_variant(variant, lke)
        assert [item.cell for item in reading.problems] == [f"K{row}"]
        assert changed(reading, answers) == {reading.problems[0].code}

    def test_official_layout_without_texts_gives_the_worked_answers(lke, answers, variant):
        for row in range(4, 209):
            variant[f"G{row}"] = None
        assert read_variant(variant, lke).answers == answers
