"""Text cells: never a formula, never cut (SEC-33, REL-29)."""

from io import BytesIO

import openpyxl
import pytest

from assessments.exporters.cells import MAX_CELL, CellTooLong, as_stored, is_risky
from assessments.exporters.worksheet_lke import LKE_SHEET, NOTE
from assessments.exporters.worksheet_rows import layout_of
from assessments.exporters.worksheet_words import LIST_ROOM, listed
from assessments.importers.xlsx import open_book
from assessments.queries.workbook import Proof
from tests.assessments.exporters.books import book_of, calculated, contents_of, sheet_of

PAYLOADS = (
    '=HYPERLINK("http://contoh.id","klik")',
    "=1+1",
    "=A1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\n=1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "\N{FULLWIDTH COMMERCIAL AT}SUM(1)",
)
RAISED_HANDS = "\N{PERSON RAISING BOTH HANDS IN CELEBRATION}"
MARKUP = ("<r><b>tebal</b></r>", "<r></x></r>", "<r><t>a</t></r>", "<r> & <c>\n</r>", "<r></r>")
ESCAPES = (
    "<r>_x0041_</r>", "_x005F_", "_x005F_x005F_", "a_x0041_x0042_x0043_b", "_x005F_x0041_",
)  # fmt: skip
HARMLESS = ("007", "1,5", "http://contoh.id", "12-03-2024", f"Baris satu\nBaris dua {RAISED_HANDS}", "  dua  ")


def notes(raw, lke):
    """Question code -> the cell of its note."""
    sheet = openpyxl.load_workbook(BytesIO(raw))[LKE_SHEET]
    return {code: sheet[f"O{row + 1}"] for code, row in layout_of(lke).questions.items()}


def with_notes(lke, texts):
    sheet = sheet_of(lke, {item.code: "" for item in lke.questions[: len(texts)]})
    for row, text in zip(sheet.rows.values(), texts, strict=True):
        row.note = text
    return sheet


def test_text_that_looks_like_a_formula_stays_text(lke, tmp_path):
    texts = (*PAYLOADS, *HARMLESS)
    raw = book_of(lke, with_notes(lke, texts))
    cells = list(notes(raw, lke).values())[: len(texts)]
    assert [cell.value for cell in cells] == list(texts)
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [True] * len(PAYLOADS) + [False] * len(HARMLESS)
    (again,) = calculated([raw], tmp_path)
    back = list(notes(again, lke).values())[: len(texts)]
    assert [cell.value for cell in back] == list(texts)
    assert {cell.data_type for cell in back} == {"s"}


def test_text_that_looks_like_the_markup_of_the_file_stays_text(lke, tmp_path):
    raw = book_of(lke, with_notes(lke, MARKUP))
    (again,) = calculated([raw], tmp_path)
    rows = list(layout_of(lke).questions.values())[: len(MARKUP)]
    for book in (open_book(raw), open_book(again)):
        assert [book.cell(book.grids[0], row + 1, NOTE + 1).value for row in rows] == list(MARKUP)


def test_text_that_looks_like_escapes_of_the_file_stays_text(lke):
    book = open_book(book_of(lke, with_notes(lke, ESCAPES)))
    rows = list(layout_of(lke).questions.values())[: len(ESCAPES)]
    assert [book.cell(book.grids[0], row + 1, NOTE + 1).value for row in rows] == list(ESCAPES)


def test_markup_that_grows_beyond_a_cell_is_refused(lke):
    assert len(as_stored("<r>" + "&" * 32_000 + "</r>")) > MAX_CELL
    with pytest.raises(CellTooLong):
        book_of(lke, with_notes(lke, ["<r>" + "&" * 32_000 + "</r>"]))


@pytest.mark.parametrize("text", [*PAYLOADS, "\r=1", "\0=1"])
def test_risky_beginning_is_seen(text):
    assert is_risky(text)


@pytest.mark.parametrize("text", ["", "a=1", *HARMLESS])
def test_harmless_beginning_is_let_be(text):
    assert not is_risky(text)


def test_names_of_units_and_evidence_are_texts_too(lke):
    contents = contents_of(lke, {}, proofs={"A.I.1.i.a": (Proof("=1+1", "", "", ()),)})
    contents.assessment.unit.name = "=1+1"
    contents.assessment.unit.agency.name = "@SUM(1)"
    raw = book_of(lke, {}, assessment=contents.assessment, proofs=contents.proofs)
    book = openpyxl.load_workbook(BytesIO(raw))
    found = [
        (cell.value, cell.data_type)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value in ("=1+1", "@SUM(1)")
    ]
    assert found == [("=1+1", "s"), ("@SUM(1)", "s"), ("=1+1", "s")]


def test_longest_text_is_written_whole(lke):
    text = "a" * MAX_CELL
    (cell, *_rest) = notes(book_of(lke, with_notes(lke, [text])), lke).values()
    assert cell.value == text


@pytest.mark.parametrize("text", ["a" * (MAX_CELL + 1), "\N{PARTY POPPER}" * (MAX_CELL // 2 + 1)])
def test_text_too_long_for_a_cell_is_refused_by_name(lke, text):
    with pytest.raises(CellTooLong) as refused:
        book_of(lke, with_notes(lke, [text]))
    assert refused.value.data["cell"] == f"O{layout_of(lke).questions['A.I.1.i.a'] + 1}"
    assert refused.value.data["length"] > MAX_CELL


def test_line_ends_become_plain(lke):
    (cell, *_rest) = notes(book_of(lke, with_notes(lke, ["satu\r\ndua\rtiga"])), lke).values()
    assert cell.value == "satu\ndua\ntiga"


def test_long_list_keeps_whole_entries_and_says_what_is_left_out():
    lines = ["x" * 9_999] * 5
    assert listed(lines) == "\n".join([*lines[:3], "(dan 2 lagi, lihat portal)"])
    assert listed(lines[:3]) == "\n".join(lines[:3])
    assert len(listed(["x" * LIST_ROOM * 2])) == LIST_ROOM * 2
