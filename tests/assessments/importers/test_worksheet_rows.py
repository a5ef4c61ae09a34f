"""Rows inserted, moved, copied and deleted: found by text, else by order and type, else reported."""

import pytest

from assessments.importers.reasons import CellReason
from assessments.importers.worksheet import read_book
from tests.assessments.importers.worksheet_book import build, changed, no_words, other_words, problems

ABC = "A.I.1.i.b"
RATIO = "A.II.1.i.a"
LHKPN = "A.II.5.iii.a"


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
