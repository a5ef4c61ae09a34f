"""Filled worksheets as people send them: unreadable cells reported, nothing guessed."""

import datetime as dt

import pytest

from assessments.importers.numbers import NumberReason
from assessments.importers.reasons import CellReason
from assessments.importers.worksheet import read_book, read_workbook
from assessments.scoring.answers import Counts, Reason
from assessments.scoring.engine import score
from tests.assessments.importers.worksheet_book import (
    build,
    changed,
    other_words,
    own_words,
    problems,
)

ABC = "A.I.1.i.b"
RATIO = "A.II.1.i.a"
DISCIPLINE = "A.II.3.iii.a"
LHKPN = "A.II.5.iii.a"
LHKASN = "A.II.5.iii.b"


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
        (ABC, dt.datetime(2024, 3, 1), "2024-03-01 00:00:00", CellReason.IS_DATE),  # noqa: DTZ001  # a cell's
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
