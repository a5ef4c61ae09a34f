"""Packages built to hurt the reader."""

import zipfile
from io import BytesIO

import pytest

from assessments.importers import xlsx
from assessments.importers.numbers import NumberReason
from assessments.importers.reasons import CellReason, reason_sentence
from assessments.importers.worksheet import read_book, read_workbook
from assessments.importers.xlsx import WorkbookError
from assessments.scoring.answers import Reason
from tests.assessments.importers.packages import rewritten

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
