"""Cells of an untrusted workbook: the package is checked first, then read in bounds, never calculated.

This runs in a process without settings too (`importers.child`): a refusal carries its reason, and becomes a sentence
only where somebody reads it.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import IO, Any, Final

from django.utils.translation import gettext_lazy as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.xml import DEFUSEDXML
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED: Final = 60 * 1024 * 1024
MAX_MEMBERS: Final = 2_000
MAX_RATIO: Final = 100
MAX_TAGS: Final = 400_000
MAX_TAGS_TOGETHER: Final = 1_000_000
MAX_MERGES: Final = 500
MAX_NAMES: Final = 10_000
MAX_SHEETS: Final = 50
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 60
MAX_HOPS: Final = 10

_MAIN = f"{{{SHEET_MAIN_NS}}}"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ST_Xstring
_ACTIVE = ("vbaproject", "/activex/", "/embeddings/")
_OUTSIDE = ("/externallinks/", "xl/connections.xml", "/querytables/")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]{0,400}?\br=[\"'](\d{1,7})")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_FAR_CELL = re.compile(
    rb"<(?:\w+:)?c\b[^>]{0,200}?\br=[\"']([A-Z]{2,3})[0-9]{1,7}[\"'](?:[^>]{0,200}[^>/])?>"  # self-closed: empty
)
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\b")
_NAME = re.compile(rb"<(?:\w+:)?definedName\b")
_SPREAD = re.compile(rb"<(?:\w+:)?(?:mergeCell|dataValidation)\b[^>]{0,20000}")
_RANGE = re.compile(rb"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_TARGET = re.compile(rb"<(?:\w+:)?Relationship\b[^>]{0,4000}>")
_REFERENCE = re.compile(
    r"=\+?(?:(?:'(?P<quoted>(?:[^']|''){1,40})'|(?P<bare>\w{1,40}))!)?\$?(?P<column>[A-Z]{1,3})\$?(?P<row>[1-9][0-9]{0,6})"
)


class BookReason(StrEnum):
    """Why a workbook is not read at all."""

    NO_SAFE_PARSER = "no_safe_parser"
    TOO_LARGE = "too_large"
    NO_WORKBOOK = "no_workbook"
    OLD_FORMAT = "old_format"
    UNREADABLE = "unreadable"
    TOO_MANY_SHEETS = "too_many_sheets"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    ACTIVE_CONTENT = "active_content"
    OUTSIDE_DATA = "outside_data"
    XML_DECLARATION = "xml_declaration"
    TOO_COMPLEX = "too_complex"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    NO_LKE_SHEET = "no_lke_sheet"
    SEVERAL_SHEETS = "several_sheets"
    TIMEOUT = "timeout"
    CRASH = "crash"


BOOK_SENTENCES: Final = {
    BookReason.NO_SAFE_PARSER: _("Pembaca XML yang aman tidak terpasang."),
    BookReason.TOO_LARGE: _("Berkas terlalu besar."),
    BookReason.NO_WORKBOOK: _("Berkas bukan buku kerja Excel (.xlsx)."),
    BookReason.OLD_FORMAT: _(
        "Berkas berformat Excel lama (.xls) atau dilindungi kata sandi. Simpan ulang sebagai .xlsx tanpa kata sandi."
    ),
    BookReason.UNREADABLE: _("Berkas tidak dapat dibaca sebagai buku kerja Excel."),
    BookReason.TOO_MANY_SHEETS: _("Buku kerja memuat terlalu banyak lembar."),
    BookReason.UNPACKS_TOO_LARGE: _("Isi berkas terlalu besar setelah dibuka."),
    BookReason.ACTIVE_CONTENT: _("Berkas memuat makro atau objek tertanam."),
    BookReason.OUTSIDE_DATA: _(
        "Berkas mengambil isi dari berkas lain. Putuskan tautan datanya di Excel (Data, Edit Links), lalu unggah lagi."
    ),
    BookReason.XML_DECLARATION: _("Berkas memuat deklarasi XML yang tidak diizinkan."),
    BookReason.TOO_COMPLEX: _("Lembar kerja terlalu rumit untuk dibaca."),
    BookReason.TOO_MANY_ROWS: _("Lembar kerja memuat terlalu banyak baris."),
    BookReason.TOO_MANY_COLUMNS: _("Lembar kerja memuat terlalu banyak kolom."),
    BookReason.NO_LKE_SHEET: _("Tidak ada lembar LKE di dalam buku kerja ini."),
    BookReason.SEVERAL_SHEETS: _("Lebih dari satu lembar LKE berisi jawaban: %(names)s."),
    BookReason.TIMEOUT: _("Berkas ini terlalu lama dibaca. Hapus lembar lain, lalu unggah lagi."),
    BookReason.CRASH: _("Berkas ini terlalu rumit untuk dibaca dengan aman. Salin lembar LKE ke buku kerja baru."),
}


class WorkbookError(ValueError):
    """The file is no workbook that can be read safely; as text it says why, in the user's language."""

    def __init__(self, reason: BookReason, **data: str) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.data = data

    def __str__(self) -> str:
        return str(BOOK_SENTENCES[self.reason]) % self.data if self.data else str(BOOK_SENTENCES[self.reason])


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `value` is what stands there, or what its formula last gave.

    `is_formula` tells a formula from a typed value; `unknown` a formula without a stored value.
    """

    address: str
    value: Any
    is_formula: bool = False
    unknown: bool = False

    @property
    def text(self) -> str:
        """The value as trimmed text, non-breaking blanks included; empty for an empty cell."""
        return "" if self.value is None else str(self.value).replace("\xa0", " ").strip()

    @property
    def is_typed(self) -> bool:
        """Whether somebody typed something here."""
        return not self.is_formula and bool(self.text)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet within bounds; rows and columns count from 1."""

    title: str
    rows: tuple[tuple[Any, ...], ...]
    stored: tuple[tuple[Any, ...], ...]

    @property
    def height(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Book:
    """All sheets of a workbook."""

    grids: tuple[Grid, ...]

    def cell(self, grid: Grid, row: int, column: int) -> Cell:
        """Read a cell; a formula that only points to another cell gives that cell's value."""
        address = f"{get_column_letter(column)}{row}"
        raw = _at(grid.rows, row, column)
        if not _is_formula(raw) or raw == _at(grid.stored, row, column):
            return Cell(address, raw)  # the second: a text that only looks like a formula
        found, value = self._follow(grid, raw)
        if not found:
            value = _at(grid.stored, row, column)
        return Cell(address, value, is_formula=True, unknown=not found and value is None)

    def _follow(self, grid: Grid, raw: Any) -> tuple[bool, Any]:
        """Walk along plain references; found is False where the walk ends in another kind of formula."""
        for _hop in range(MAX_HOPS):
            match = _REFERENCE.fullmatch(raw.strip()) if isinstance(raw, str) else None
            target = None if match is None else self._sheet(grid, match)
            if match is None or target is None:
                return False, None
            grid = target
            raw = _at(grid.rows, int(match["row"]), column_index_from_string(match["column"]))
            if not _is_formula(raw):
                return True, raw
        return False, None

    def _sheet(self, grid: Grid, match: re.Match[str]) -> Grid | None:
        name = match["quoted"].replace("''", "'") if match["quoted"] else match["bare"]
        if name is None:
            return grid
        return next((other for other in self.grids if other.title.casefold() == name.casefold()), None)


def _at(rows: tuple[tuple[Any, ...], ...], row: int, column: int) -> Any:
    if row > len(rows) or column > len(rows[row - 1]):
        return None
    return rows[row - 1][column - 1]


def _is_formula(raw: Any) -> bool:
    """Formulas arrive as text, array formulas as objects of openpyxl."""
    return (isinstance(raw, str) and raw.startswith("=") and len(raw) > 1) or hasattr(raw, "ref")


def open_book(raw: bytes) -> Book:
    """Check the package and read its sheets; raises WorkbookError."""
    check_package(raw)
    try:
        formulas, stored = _sheets(raw, data_only=False), _sheets(raw, data_only=True)
    except (WorkbookError, MemoryError):
        raise
    except Exception as error:  # openpyxl raises anything on a damaged file
        raise WorkbookError(BookReason.UNREADABLE) from error
    return Book(tuple(Grid(title, rows, stored[title]) for title, rows in formulas.items()))


def _sheets(raw: bytes, *, data_only: bool) -> dict[str, tuple[tuple[Any, ...], ...]]:
    reader = _Reader(BytesIO(raw), read_only=True, data_only=data_only, keep_links=False)
    reader.read()
    book = reader.wb
    try:
        if len(book.worksheets) > MAX_SHEETS:
            raise WorkbookError(BookReason.TOO_MANY_SHEETS)
        return {
            sheet.title: tuple(sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True))
            for sheet in book.worksheets
        }
    finally:
        book.close()


class _Reader(ExcelReader):
    """openpyxl's reader, but texts come out as they were written: openpyxl undoes escapes by half."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = list(_strings(source))


def _strings(source: IO[bytes]) -> Iterator[str]:
    """The shared texts in order, the runs of each joined; readings in small letters above a text are no part of it."""
    for _event, node in iterparse(source):
        if node.tag == f"{_MAIN}si":
            parts = [*node.findall(f"{_MAIN}t"), *node.findall(f"{_MAIN}r/{_MAIN}t")]
            yield _ESCAPE.sub(_unescaped, "".join(part.text or "" for part in parts))
            node.clear()


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def check_package(raw: bytes) -> None:
    """Refuse what is no xlsx, unpacks too large, or is built to exhaust the reader; raises WorkbookError."""
    if not DEFUSEDXML:
        raise WorkbookError(BookReason.NO_SAFE_PARSER)
    if len(raw) > MAX_BYTES:
        raise WorkbookError(BookReason.TOO_LARGE)
    if raw.startswith(_OLD_OFFICE):
        raise WorkbookError(BookReason.OLD_FORMAT)
    try:
        with zipfile.ZipFile(BytesIO(raw)) as package:
            _check_members(package.infolist())
            _check_parts(package)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise WorkbookError(BookReason.NO_WORKBOOK) from error


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
        raise WorkbookError(BookReason.UNPACKS_TOO_LARGE)
    names = [member.filename.casefold() for member in members]
    if len(set(names)) != len(names):
        raise WorkbookError(BookReason.NO_WORKBOOK)
    if any(mark in name for name in names for mark in _ACTIVE):
        raise WorkbookError(BookReason.ACTIVE_CONTENT)
    if any(mark in name for name in names for mark in _OUTSIDE):
        raise WorkbookError(BookReason.OUTSIDE_DATA)


def _check_parts(package: zipfile.ZipFile) -> None:
    """Unpack each XML part; a size that lies in the directory ends here with BadZipFile."""
    tags = 0
    for member in package.infolist():
        name = member.filename.casefold()
        if name.endswith((".xml", ".rels")):
            content = package.read(member)
            tags += content.count(b"<")
            if tags > MAX_TAGS_TOGETHER:
                raise WorkbookError(BookReason.TOO_COMPLEX)
            _check_part(name, content)


def _check_part(name: str, content: bytes) -> None:
    if _declares(content):
        raise WorkbookError(BookReason.XML_DECLARATION)
    if content.count(b"<") > MAX_TAGS or len(_MERGE.findall(content)) > MAX_MERGES:
        raise WorkbookError(BookReason.TOO_COMPLEX)
    if len(_NAME.findall(content)) > MAX_NAMES:
        raise WorkbookError(BookReason.TOO_COMPLEX)
    if name.endswith(".rels") and any(_reaches_out(found) for found in _TARGET.findall(content)):
        raise WorkbookError(BookReason.OUTSIDE_DATA)
    if "worksheets/" in name:
        _check_sheet(content)


def _declares(content: bytes) -> bool:
    """Whether there is a DTD, also in an encoding that hides it from a search for plain bytes."""
    if content.startswith((b"\xfe\xff", b"\xff\xfe")) or b"\0" in content[:200]:
        return True
    return b"<!DOCTYPE" in content or b"<!ENTITY" in content


def _reaches_out(relationship: bytes) -> bool:
    """Hyperlinks may lead outside: they are only text. Everything else would fetch."""
    return b"External" in relationship and b"/hyperlink" not in relationship


def _check_sheet(content: bytes) -> None:
    """Rows and columns before anything is built from them; areas that span a whole sheet."""
    if len(_ROW.findall(content)) > MAX_ROWS or any(int(row) > MAX_ROWS for row in _ROW_NUMBER.findall(content)):
        raise WorkbookError(BookReason.TOO_MANY_ROWS)
    if any(column_index_from_string(column.decode()) > MAX_COLUMNS for column in set(_FAR_CELL.findall(content))):
        raise WorkbookError(BookReason.TOO_MANY_COLUMNS)
    if any(_is_vast(*found) for spread in _SPREAD.findall(content) for found in _RANGE.findall(spread)):
        raise WorkbookError(BookReason.TOO_COMPLEX)


def _is_vast(first: bytes, top: bytes, last: bytes, bottom: bytes) -> bool:
    """Whole columns are a habit of people, and so are whole rows; a whole sheet is not."""
    columns = column_index_from_string(last.decode()) - column_index_from_string(first.decode()) + 1
    return columns > MAX_COLUMNS and int(bottom) - int(top) + 1 > MAX_ROWS
