"""Filled worksheets as uploads, and what is read from them without a process apart."""

from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.importers.child import content_of
from assessments.importers.worksheet import read_book
from assessments.importers.xlsx import open_book
from assessments.scoring.answers import read_answer
from tests.assessments.importers.worksheet_book import build

NAME = "lke unit kami.xlsx"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def filled(lke, raw, notes=()):
    """A worksheet (worksheet_book.Book) with these raw answers and notes, and no other notes."""
    book = build(lke, {code: read_answer(lke.question(code), value) for code, value in raw.items()})
    for code in lke.questions:
        book.sheet.cell(book.rows[code.code], 15).value = None
    for code, text in dict(notes).items():
        book.sheet.cell(book.rows[code], 15).value = text
    return book


def upload(book, name=NAME):
    return SimpleUploadedFile(name, book if isinstance(book, bytes) else book.bytes(), XLSX)


def content(raw, lke):
    """What the worker tells about the bytes of a workbook."""
    book = open_book(raw)
    return content_of(book, read_book(book, lke))
