"""Text on its way into a cell: never a formula, never cut (SEC-33, REL-29)."""

import unicodedata
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from zi_portal.errors import Refused

MAX_CELL: Final = 32_767  # UTF-16 units, a limit of the file format
STARTERS: Final = "=+-@\t\r\n\0"
WORKBOOK_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": "Arial", "font_size": 10},
}


class CellTooLong(Refused):
    """`data`: cell, length."""

    status = 422


class Styles:
    """Formats of one workbook, each made once; a `quoted` one keeps its text a text when somebody edits it."""

    BASE: Final = {
        "font_name": "Arial",
        "font_size": 10,
        "valign": "top",
        "text_wrap": True,
        "border": 1,
        "border_color": "#BFC5CE",
    }

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[frozenset[tuple[str, Any]], Format] = {}

    def __call__(self, **properties: Any) -> Format:
        return self.marking(**self.BASE | properties)

    def marking(self, **properties: Any) -> Format:
        """Only what is given, for conditional formats."""
        key = frozenset(properties.items())
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def for_text(self, text: str, **properties: Any) -> Format:
        return self(**properties, quote_prefix=True) if is_risky(text) else self(**properties)


def is_risky(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula, full-width signs included."""
    return unicodedata.normalize("NFKC", text[:1])[:1] in tuple(STARTERS)


def write_text(sheet: Worksheet, row: int, column: int, text: str, styles: Styles, **properties: Any) -> None:
    """Write a text as it is, line ends made plain. Raises CellTooLong."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    length = len(plain.encode("utf-16-le", "surrogatepass")) // 2
    if length > MAX_CELL:
        place = f"{_column_name(column)}{row + 1}"
        message = _("Teks untuk sel %(cell)s lebih dari %(maximum)s karakter, sehingga lembar kerja tidak dibuat.")
        raise CellTooLong(message % {"cell": place, "maximum": MAX_CELL}, cell=place, length=length)
    if plain:
        sheet.write_string(row, column, plain, styles.for_text(plain, **properties))
    else:
        sheet.write_blank(row, column, None, styles(**properties))


def _column_name(column: int) -> str:
    return chr(ord("A") + column)
