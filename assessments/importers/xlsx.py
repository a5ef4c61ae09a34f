"""Cells of an untrusted workbook: the package is checked first, then read in bounds, never calculated."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.xml import DEFUSEDXML

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED: Final = 60 * 1024 * 1024
MAX_MEMBERS: Final = 2_000
MAX_RATIO: Final = 100
MAX_TAGS: Final = 400_000
MAX_MERGES: Final = 500
MAX_SHEETS: Final = 50
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 60
MAX_HOPS: Final = 10

_ACTIVE = ("vbaproject", "/activex/", "/embeddings/")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]{0,400}?\br=[\"'](\d{1,7})")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\b")
_REFERENCE = re.compile(
    r"=\+?(?:(?:'(?P<quoted>(?:[^']|''){1,40})'|(?P<bare>\w{1,40}))!)?\$?(?P<column>[A-Z]{1,3})\$?(?P<row>[1-9][0-9]{0,6})"
)


class WorkbookError(ValueError):
    """The file is no workbook that can be read safely; the text says why, in the user's language."""


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
        if not _is_formula(raw):
            return Cell(address, raw)
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
    except WorkbookError:
        raise
    except Exception as error:  # openpyxl raises anything on a damaged file
        raise WorkbookError(_("Berkas tidak dapat dibaca sebagai buku kerja Excel.")) from error
    return Book(tuple(Grid(title, rows, stored[title]) for title, rows in formulas.items()))


def _sheets(raw: bytes, *, data_only: bool) -> dict[str, tuple[tuple[Any, ...], ...]]:
    book = openpyxl.load_workbook(BytesIO(raw), read_only=True, data_only=data_only, keep_links=False)
    try:
        if len(book.worksheets) > MAX_SHEETS:
            raise WorkbookError(_("Buku kerja memuat terlalu banyak lembar."))
        return {
            sheet.title: tuple(sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True))
            for sheet in book.worksheets
        }
    finally:
        book.close()


def check_package(raw: bytes) -> None:
    """Refuse what is no xlsx, unpacks too large, or is built to exhaust the reader; raises WorkbookError."""
    if not DEFUSEDXML:
        raise WorkbookError(_("Pembaca XML yang aman tidak terpasang."))
    if len(raw) > MAX_BYTES:
        raise WorkbookError(_("Berkas terlalu besar."))
    try:
        with zipfile.ZipFile(BytesIO(raw)) as package:
            _check_sizes(package.infolist())
            for name, content in _xml_parts(package):
                _check_part(name, content)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise WorkbookError(_("Berkas bukan buku kerja Excel (.xlsx).")) from error


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
        raise WorkbookError(_("Isi berkas terlalu besar setelah dibuka."))
    names = [member.filename.casefold() for member in members]
    if len(set(names)) != len(names):
        raise WorkbookError(_("Berkas bukan buku kerja Excel (.xlsx)."))
    if any(mark in name for name in names for mark in _ACTIVE):
        raise WorkbookError(_("Berkas memuat makro atau objek tertanam."))


def _xml_parts(package: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Unpack each XML part; a size that lies in the directory ends here with BadZipFile."""
    for member in package.infolist():
        if member.filename.casefold().endswith((".xml", ".rels")):
            yield member.filename, package.read(member)


def _check_part(name: str, content: bytes) -> None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise WorkbookError(_("Berkas memuat deklarasi XML yang tidak diizinkan."))
    if content.count(b"<") > MAX_TAGS or len(_MERGE.findall(content)) > MAX_MERGES:
        raise WorkbookError(_("Lembar kerja terlalu rumit untuk dibaca."))
    if "worksheets/" in name and any(int(row) > MAX_ROWS for row in _ROW_NUMBER.findall(content)):
        raise WorkbookError(_("Lembar kerja memuat terlalu banyak baris."))
