"""Filled worksheets as people send them: read by structure, unreadable cells reported, nothing guessed."""

import datetime as dt
import json
import zipfile
from io import BytesIO

import pytest
from openpyxl import load_workbook

from assessments.importers import xlsx
from assessments.importers.instrument_file import read_instrument_file
from assessments.importers.numbers import NumberReason
from assessments.importers.reasons import CellReason, reason_sentence
from assessments.importers.worksheet import read_book, read_workbook
from assessments.importers.xlsx import WorkbookError
from assessments.scoring.answers import Choice, Counts, Reason, read_answer
from assessments.scoring.engine import score
from tests.assessments.worksheet_book import build, cells_of, no_words, other_words, own_words
from tests.scoring.conftest import FILE, ROOT

SHARED = ROOT.parent / "shared" / "workbooks" / "lke-worksheet-filled.xlsx"
ABC, RATIO, DISCIPLINE, LHKPN, LHKASN = "A.I.1.i.b", "A.II.1.i.a", "A.II.3.iii.a", "A.II.5.iii.a", "A.II.5.iii.b"


@pytest.fixture(scope="module")
def lke():
    return read_instrument_file(FILE)


@pytest.fixture(scope="module")
def answers(lke, golden_answers):
    return golden_answers(lke, "22")


@pytest.fixture(scope="module")
def golden_answers():
    def read(lke, number):
        (path,) = (ROOT / "tests" / "golden").glob(f"{number}_*.json")
        raw = json.loads(path.read_text(encoding="utf-8"))["answers"]
        return {code: read_answer(lke.question(code), value) for code, value in raw.items()}

    return read


@pytest.fixture(params=[own_words, other_words, no_words])
def any_book(request, lke, answers):
    """The worksheet with known texts, unknown texts and without texts."""
    return build(lke, answers, request.param)


@pytest.fixture
def book(lke, answers):
    return build(lke, answers)


def problems(reading):
    return [(item.cell, item.value, item.reason) for item in reading.problems]


def changed(reading, answers):
    return {code for code in answers if reading.answers.get(code) != answers[code]}


def test_worksheet_gives_its_answers(lke, any_book, answers):
    reading = read_workbook(any_book.bytes(), lke)
    assert reading.answers == answers
    assert (reading.problems, reading.missing, reading.sheet) == ((), (), "LKE")
    assert score(lke, reading.answers).total == score(lke, answers).total


def test_empty_worksheet_gives_none(lke):
    reading = read_book(build(lke, {}).cells(), lke)
    assert (reading.answers, reading.problems, reading.missing) == ({}, (), ())


def test_entries_tell_where_an_answer_came_from(lke, book):
    entries = {(item.code, item.key): item for item in read_book(book.cells(), lke).entries}
    assert entries[ABC, ""].cell == book.answer(ABC)
    assert entries[ABC, ""].value == "B"
    assert entries[ABC, ""].note == f"Catatan {ABC}"
    assert entries[RATIO, "agents"].cell == book.answer((RATIO, "agents"))
    assert entries[LHKPN, "lhkpn_due"].cell == book.answer((LHKPN, "lhkpn_due"))


@pytest.mark.parametrize("typed", ["b", " B ", "B\u00a0", "b\n"])
def test_answer_is_read_without_regard_to_case_and_blanks(lke, any_book, answers, typed):
    any_book.put(ABC, typed)
    any_book.put("A.I.1.i.a", "YA ")
    assert read_book(any_book.cells(), lke).answers == answers


@pytest.mark.parametrize("typed", [None, "", "  ", "Blm Diisi"])
def test_blank_answer_is_unanswered_and_no_problem(lke, any_book, answers, typed):
    any_book.put(ABC, typed)
    reading = read_book(any_book.cells(), lke)
    assert (changed(reading, answers), problems(reading)) == ({ABC}, [])


@pytest.mark.parametrize(
    ("place", "typed", "value", "reason"),
    [
        (ABC, "D", "D", Reason.UNKNOWN_OPTION),
        (ABC, "-", "-", Reason.UNKNOWN_OPTION),
        (ABC, "ya", "ya", Reason.UNKNOWN_OPTION),
        (ABC, "#REF!", "#REF!", Reason.UNKNOWN_OPTION),
        (ABC, 1, "1", CellReason.NOT_TEXT),
        ("A.I.1.i.a", True, "True", CellReason.NOT_TEXT),
        (ABC, dt.datetime(2024, 3, 1), "2024-03-01 00:00:00", CellReason.NOT_TEXT),  # noqa: DTZ001  # a cell's
        (ABC, '=IF(TRUE,"A","B")', "", CellReason.NO_STORED_VALUE),
        ("B.I.a", 4.5, "4.5", Reason.OUT_OF_RANGE),
        ("B.I.a", -1, "-1", Reason.OUT_OF_RANGE),
        ("B.I.a", 3.14159, "3.14159", Reason.TOO_MANY_DECIMALS),
        ("B.I.a", "tinggi", "tinggi", NumberReason.NOT_A_NUMBER),
        ("B.I.a", "3.6", "3.6", NumberReason.AMBIGUOUS),
        ("B.I.a", True, "True", NumberReason.NOT_A_NUMBER),
        ("B.I.a", "=1/4", "", CellReason.NO_STORED_VALUE),
        ((RATIO, "agents"), 2.5, "2.5", Reason.NOT_WHOLE),
        ((RATIO, "agents"), "2,5", "2,5", Reason.NOT_WHOLE),
        ((RATIO, "agents"), -2, "-2", Reason.NEGATIVE),
        ((RATIO, "agents"), 10_000_000, "10000000", Reason.TOO_LARGE),
        ((RATIO, "agents"), "enam", "enam", NumberReason.NOT_A_NUMBER),
        ((RATIO, "agents"), "1.000", "1.000", NumberReason.AMBIGUOUS),
        ((RATIO, "agents"), "=B1+1", "", CellReason.NO_STORED_VALUE),
        ((DISCIPLINE, "violations_sanctioned"), "nihil", "nihil", NumberReason.NOT_A_NUMBER),
        (RATIO, "baik", "baik", NumberReason.NOT_A_NUMBER),
        ((LHKPN, "lhkpn_due"), "semua", "semua", NumberReason.NOT_A_NUMBER),
    ],
)
def test_unreadable_cell_is_reported_and_its_question_unanswered(lke, any_book, answers, place, typed, value, reason):
    any_book.put(place, typed)
    reading = read_book(any_book.cells(), lke)
    code = place if isinstance(place, str) else place[0]
    assert problems(reading) == [(any_book.answer(place), value, reason)]
    assert changed(reading, answers) == {code}
    assert code not in reading.answers


def test_every_answer_cell_is_watched(lke, answers):
    book = build(lke, answers)
    for place in [place for place in book.rows if not isinstance(place, str) or lke.has_question(place)]:
        book.put(place, "xyz")
    reading = read_book(book.cells(), lke)
    assert reading.answers == {}
    reported = {item.cell for item in reading.problems}
    assert reported == {
        book.answer(place) for place in book.rows if not isinstance(place, str) or lke.has_question(place)
    }


@pytest.mark.parametrize("typed", ["3,6", " 3,60 ", 3.6])
def test_index_may_be_text_with_a_comma(lke, book, answers, typed):
    book.put("B.I.a", typed)
    assert read_book(book.cells(), lke).answers["B.I.a"].value == answers["B.I.a"].value


@pytest.mark.parametrize("typed", ["6", "6,0", 6.0, " 6 "])
def test_count_may_be_text_with_a_comma(lke, book, answers, typed):
    book.put((RATIO, "agents"), typed)
    assert read_book(book.cells(), lke).answers == answers


def test_partial_counts_are_kept(lke, book):
    book.put((RATIO, "agents"), None)
    reading = read_book(book.cells(), lke)
    assert reading.answers[RATIO] == Counts({"changes": 4})
    assert reading.problems == ()


@pytest.mark.parametrize("typed", [0.5, 1, "66,67%", "66 %"])
def test_percentage_typed_over_the_formula_gives_way_to_the_counts(lke, any_book, answers, typed):
    any_book.put(RATIO, typed)
    reading = read_book(any_book.cells(), lke)
    assert (reading.answers, reading.problems) == (answers, ())


@pytest.mark.parametrize("typed", [0.5, "50%"])
@pytest.mark.parametrize("blank", [["agents"], ["agents", "changes"]])
def test_percentage_without_counts_is_reported(lke, any_book, answers, typed, blank):
    any_book.put(RATIO, typed)
    for key in blank:
        any_book.put((RATIO, key), None)
    reading = read_book(any_book.cells(), lke)
    assert problems(reading) == [(any_book.answer(RATIO), str(typed), CellReason.PERCENT_WITHOUT_COUNTS)]
    assert RATIO not in reading.answers


def test_total_typed_over_its_formula_gives_way_to_its_parts(lke, any_book, answers):
    any_book.put((LHKASN, "lhkasn_due"), 12)
    assert read_book(any_book.cells(), lke).answers == answers


def test_total_without_its_parts_is_reported(lke, any_book, answers):
    any_book.put((LHKPN, "lhkpn_due"), 7)
    for key in ("lhkpn_unit_heads", "lhkpn_mandatory_officials", "lhkpn_others"):
        any_book.put((LHKPN, key), None)
    reading = read_book(any_book.cells(), lke)
    assert problems(reading) == [(any_book.answer((LHKPN, "lhkpn_due")), "7", CellReason.TOTAL_WITHOUT_COUNTS)]
    assert LHKPN not in reading.answers


def test_totals_of_the_sheet_are_not_read(lke, book, answers):
    book.sheet[f"L{book.rows['A.II.5.iii']}"] = "=SUM(L1)"
    book.sheet[f"L{book.rows[ABC]}"] = 99
    assert read_book(book.cells(), lke).answers == answers


# Types


@pytest.mark.parametrize("typed", [" a / b / c ", "A,B,C", "a|b|c", "A/B/C "])
def test_type_is_read_tolerantly(lke, any_book, answers, typed):
    any_book.sheet[any_book.type(ABC)] = typed
    assert read_book(any_book.cells(), lke).answers == answers


@pytest.mark.parametrize("place", [ABC, "B.I.a", (RATIO, "agents"), "A.II.5.iii.b"])
@pytest.mark.parametrize("typed", ["sudah", "B", None])
@pytest.mark.parametrize("words", [own_words, other_words])
def test_type_typed_over_is_reported(lke, answers, words, place, typed):
    book = build(lke, answers, words)
    book.sheet[book.type(place)] = typed
    reading = read_book(book.cells(), lke)
    code = place if isinstance(place, str) else place[0]
    assert problems(reading) == [(book.type(place), typed or "", CellReason.TYPE_UNKNOWN)]
    assert changed(reading, answers) == {code}


def test_type_and_answer_both_empty_is_unanswered(lke, book, answers):
    book.sheet[book.type(ABC)] = None
    book.put(ABC, None)
    reading = read_book(book.cells(), lke)
    assert (changed(reading, answers), problems(reading)) == ({ABC}, [])


def test_another_type_is_reported(lke, book, answers):
    book.sheet[book.type(ABC)] = "A/B/C/D"
    reading = read_book(book.cells(), lke)
    assert problems(reading) == [(book.type(ABC), "A/B/C/D", CellReason.TYPE_DIFFERS)]
    assert changed(reading, answers) == {ABC}


def test_another_type_on_a_row_of_unknown_text_reports_the_row(lke, answers):
    book = build(lke, answers, other_words)
    book.sheet[book.type(ABC)] = "A/B/C/D"
    reading = read_book(book.cells(), lke)
    rows = ["A.I.1.i.a", ABC]
    assert problems(reading) == [(book.answer(place), answers[place].label, CellReason.ROW_UNKNOWN) for place in rows]
    assert changed(reading, answers) == set(rows)


# Rows inserted, moved, copied, deleted


@pytest.mark.parametrize("place", [ABC, "A.I.1.ii", "A.II", RATIO, (RATIO, "changes"), "B.I.b", "A.I.1.i.a"])
def test_blank_rows_anywhere_change_nothing(lke, any_book, answers, place):
    any_book.insert(any_book.rows[place], 3)
    assert read_book(any_book.cells(), lke).answers == answers


def test_rows_of_notes_change_nothing(lke, any_book, answers):
    row = any_book.rows["A.I.1.ii.b"]
    any_book.insert(row, 2)
    any_book.sheet[f"G{row}"] = "Catatan pokja: lengkapi dokumen"
    any_book.sheet[f"B{row + 1}"] = "Diisi oleh pokja 1"
    assert read_book(any_book.cells(), lke).answers == answers


def test_answer_on_a_row_that_asks_nothing_is_reported(lke, any_book, answers):
    row = any_book.rows["A.I.1.ii.b"]
    any_book.insert(row)
    any_book.sheet[f"K{row}"] = "A"
    any_book.sheet[f"K{any_book.rows['A.I.2']}"] = "cukup"
    reading = read_book(any_book.cells(), lke)
    assert reading.answers == answers
    assert problems(reading) == [
        (f"K{row}", "A", CellReason.NO_QUESTION_HERE),
        (any_book.answer("A.I.2"), "cukup", CellReason.NO_QUESTION_HERE),
    ]


@pytest.mark.parametrize(
    ("place", "before"),
    [
        (ABC, "A.I.1.i.a"),
        (ABC, "A.I.4.ii.c"),
        ("A.I.6.v.b", "A.I.1.i.a"),
        ("B.I.b", "A.I.2.i.a"),
        (RATIO, "A.I.2.i.a"),
        ((RATIO, "changes"), (RATIO, "agents")),
        (("A.II.5.ii.a", "complaints_due"), "B.I.a"),
        (("A.II.1.i.b", "changes"), "A.I.2.i.a"),
    ],
)
def test_moved_row_of_known_text_is_found(lke, book, answers, place, before):
    book.move(place, before)
    reading = read_book(book.cells(), lke)
    assert (reading.answers, reading.problems) == (answers, ())


@pytest.mark.parametrize("words", [other_words, no_words])
def test_moved_row_of_unknown_text_is_reported(lke, answers, words):
    book = build(lke, answers, words)
    book.move(ABC, "A.I.4.ii.c")
    reading = read_book(book.cells(), lke)
    lost = {"A.I.1.i.a", ABC, *(item.code for item in lke.questions_of("A.I.4.ii"))}
    assert changed(reading, answers) == lost
    assert {item.cell for item in reading.problems} == {book.answer(code) for code in lost}
    assert {item.reason for item in reading.problems} == {CellReason.ROW_UNKNOWN}


def test_rows_swapped_in_a_subarea_of_unknown_text_are_reported_where_types_differ(lke, answers):
    book = build(lke, answers, other_words)
    book.move(ABC, "A.I.1.i.a")
    reading = read_book(book.cells(), lke)
    assert changed(reading, answers) == {"A.I.1.i.a", ABC}


def test_extra_question_is_reported_and_the_known_ones_stay(lke, book, answers):
    row = book.rows["A.I.1.ii"]
    book.insert(row)
    for column, text in {"F": "c.", "G": "Pertanyaan tambahan", "J": "A/B/C", "K": "A"}.items():
        book.sheet[f"{column}{row}"] = text
    reading = read_book(book.cells(), lke)
    assert reading.answers == answers
    assert problems(reading) == [(f"K{row}", "A", CellReason.ROW_UNKNOWN)]


@pytest.mark.parametrize(
    ("label", "kind"), [("vii.", "a."), ("7.", "a."), ("C.", "a.")], ids=["subarea", "area", "component"]
)
def test_question_below_an_unknown_heading_is_reported(lke, book, answers, label, kind):
    row = book.rows["A.I.2"]
    book.insert(row, 2)
    column = {"vii.": "E", "7.": "D", "C.": "B"}[label]
    book.sheet[f"{column}{row}"] = label
    for column, text in {"F": kind, "G": "Pertanyaan tambahan", "J": "A/B/C", "K": "A"}.items():
        book.sheet[f"{column}{row + 1}"] = text
    reading = read_book(book.cells(), lke)
    assert problems(reading) == [(f"K{row + 1}", "A", CellReason.ROW_UNKNOWN)]
    assert reading.answers == answers


@pytest.mark.parametrize("place", [ABC, (RATIO, "agents")])
def test_row_copied_is_reported_twice(lke, book, answers, place):
    row = book.rows[place]
    book.insert(row + 1)
    for column in range(1, 18):
        book.sheet.cell(row + 1, column).value = book.sheet.cell(row, column).value
    reading = read_book(book.cells(), lke)
    assert [(item.cell, item.reason) for item in reading.problems] == [
        (f"K{row}", CellReason.ROW_UNKNOWN),
        (f"K{row + 1}", CellReason.ROW_UNKNOWN),
    ]
    assert changed(reading, answers) == {place if isinstance(place, str) else RATIO}


def test_count_of_known_label_given_twice_elsewhere_is_reported(lke, book, answers):
    place = ("A.II.5.ii.a", "complaints_due")
    book.move(place, "A.I.2.i.a")
    row = book.rows[place]
    book.insert(row + 1)
    for column in range(1, 18):
        book.sheet.cell(row + 1, column).value = book.sheet.cell(row, column).value
    reading = read_book(book.cells(), lke)
    assert {item.cell for item in reading.problems} == {f"K{row}", f"K{row + 1}"}
    assert changed(reading, answers) == {"A.II.5.ii.a"}


def test_extra_count_of_unknown_label_is_reported(lke, any_book, answers):
    row = any_book.rows[RATIO, "changes"]
    any_book.insert(row)
    for column, text in {"G": "- Jumlah lain", "J": "Jumlah", "K": 9}.items():
        any_book.sheet[f"{column}{row}"] = text
    reading = read_book(any_book.cells(), lke)
    known = any_book.sheet[f"G{row + 1}"].value == "- Jumlah perubahan yang dibuat"
    assert changed(reading, answers) == (set() if known else {RATIO})
    assert {item.reason for item in reading.problems} == {CellReason.ROW_UNKNOWN}
    assert any_book.answer((RATIO, "changes")) not in {item.cell for item in reading.problems if known}


def test_count_before_any_percentage_is_reported(lke, book, answers):
    row = book.rows["A.I.2.i.a"]
    book.insert(row)
    for column, text in {"G": "- Jumlah lain", "J": "Jumlah", "K": 9}.items():
        book.sheet[f"{column}{row}"] = text
    reading = read_book(book.cells(), lke)
    assert (reading.answers, problems(reading)) == (answers, [(f"K{row}", "9", CellReason.ROW_UNKNOWN)])


def test_derived_total_may_be_left_out(lke, any_book, answers):
    any_book.delete(any_book.rows[LHKPN, "lhkpn_due"])
    assert read_book(any_book.cells(), lke).answers == answers


def test_deleted_row_is_missing(lke, book, answers):
    book.delete(book.rows[ABC])
    reading = read_book(book.cells(), lke)
    assert (reading.missing, changed(reading, answers), reading.problems) == ((ABC,), {ABC}, ())


@pytest.mark.parametrize("place", ["A.I.1.iii", "A.I.2", "A.II", "B"])
def test_deleted_heading_does_not_hurt_known_texts(lke, book, answers, place):
    book.delete(book.rows[place])
    assert read_book(book.cells(), lke).answers == answers


# Sheets and columns


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


# Hostile packages


def rewritten(raw, name, change):
    """The same package with one part changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            target.writestr(member.filename, change(content) if member.filename == name else content)
    return out.getvalue()


def stored_text(address, text):
    def change(content):
        head, _, tail = content.partition(f'r="{address}"'.encode())
        before, formula, after = tail.partition(b"</f>")
        _, _, rest = after.partition(b"</c>")
        cell = b' t="str"' + before.replace(b' t="str"', b"") + formula + f"<v>{text}</v></c>".encode()
        return head + f'r="{address}"'.encode() + cell + rest

    return change


SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "declaration": lambda raw: rewritten(raw, SHEET, lambda part: b'<!DOCTYPE x [<!ENTITY a "b">]>' + part),
    "merges": lambda raw: rewritten(
        raw, SHEET, lambda part: part.replace(b"</worksheet>", b'<mergeCell ref="A1:B2"/>' * 501 + b"</worksheet>")
    ),
    "far row": lambda raw: rewritten(
        raw, SHEET, lambda part: part.replace(b"</sheetData>", b'<row r="1048576"/></sheetData>')
    ),
    "tags": lambda raw: rewritten(
        raw, SHEET, lambda part: part.replace(b"</sheetData>", b"<c/>" * 400_001 + b"</sheetData>")
    ),
    "bomb": lambda raw: rewritten(raw, SHEET, lambda part: part + b" " * (xlsx.MAX_UNPACKED + 1)),
    "ratio": lambda raw: rewritten(raw, SHEET, lambda part: part + b" " * 20_000_000),
    "broken part": lambda raw: rewritten(raw, SHEET, lambda part: part[:300]),
    "no zip": lambda raw: b"PK" + raw[10:200],
    "empty": lambda raw: raw[:0],
    "large": lambda raw: raw + b"\0" * xlsx.MAX_BYTES,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_package_is_refused(lke, book, kind):
    raw = HOSTILE[kind](book.bytes())
    with pytest.raises(WorkbookError):
        read_workbook(raw, lke)


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/embeddings/oleObject1.bin", "XL/ActiveX/a.xml"])
def test_package_with_active_content_is_refused(lke, book, name):
    stream = BytesIO(book.bytes())
    with zipfile.ZipFile(stream, "a") as package:
        package.writestr(name, b"x")
    with pytest.raises(WorkbookError, match="makro"):
        read_workbook(stream.getvalue(), lke)


def test_package_with_a_part_given_twice_is_refused(lke, book):
    stream = BytesIO(book.bytes())
    with zipfile.ZipFile(stream, "a") as package:
        package.writestr("XL/workbook.xml", b"<x/>")
    with pytest.raises(WorkbookError):
        read_workbook(stream.getvalue(), lke)


def test_workbook_is_not_opened_without_the_safe_parser(lke, book, monkeypatch):
    monkeypatch.setattr(xlsx, "DEFUSEDXML", False)
    with pytest.raises(WorkbookError, match="XML yang aman"):
        read_workbook(book.bytes(), lke)


def test_sheet_without_answer_column_is_refused(lke, book):
    book.sheet["K2"], book.sheet["I2"] = None, "Jawaban"
    with pytest.raises(WorkbookError, match="Tidak ada lembar LKE"):
        read_book(book.cells(), lke)


def test_workbook_with_too_many_sheets_is_refused(lke, book):
    for number in range(xlsx.MAX_SHEETS):
        book.workbook.create_sheet(f"Lembar {number}")
    with pytest.raises(WorkbookError, match="terlalu banyak lembar"):
        read_workbook(book.bytes(), lke)


def test_every_reason_has_a_sentence():
    for reasons in (Reason, NumberReason, CellReason):
        assert all(reason_sentence(reason).endswith(".") for reason in reasons)


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
