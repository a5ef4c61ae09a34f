"""Text on its way into a cell: never a formula, never cut (SEC-33, REL-29)."""

import re
import unicodedata
from typing import Any, Final
from xml.sax.saxutils import escape

from django.utils.translation import gettext_lazy as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from zi_portal.errors import Refused

MAX_CELL: Final = 32_767  # UTF-16 units, a limit of the file format
STARTERS: Final = "=+-@\t\r\n\0"
WEB_ADDRESS: Final = re.compile(r"https?://[!-~]{1,1000}")
RICH_BEGIN, RICH_END = "<r>", "</r>"
ESCAPES_TOGETHER: Final = re.compile("_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")
ESCAPE_BEGINS: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
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
    if not plain:
        sheet.write_blank(row, column, None, styles(**properties))
    elif length > MAX_CELL or sheet.write_string(row, column, as_stored(plain), styles.for_text(plain, **properties)):
        place = f"{_column_name(column)}{row + 1}"
        message = _("Teks untuk sel %(cell)s lebih dari %(maximum)s karakter, sehingga lembar kerja tidak dibuat.")
        raise CellTooLong(message % {"cell": place, "maximum": MAX_CELL}, cell=place, length=length)


def write_address(sheet: Worksheet, row: int, column: int, text: str, styles: Styles, look: dict[str, Any]) -> None:
    """One web address can be clicked; several in one cell, or something else, are a text."""
    if WEB_ADDRESS.fullmatch(text):
        sheet.write_url(row, column, text, styles(**look), text)
    else:
        write_text(sheet, row, column, text, styles)


def as_stored(text: str) -> str:
    """The text for XlsxWriter. It takes a text between `<r>` and `</r>` for markup of its own and writes it raw.

    So such a text becomes the content of one run, escaped by us; likewise where two escapes of the file format share
    an underscore (`_x005F_x005F_`), of which XlsxWriter sees the first only. Underscores are hidden from it.
    """
    if not (text.startswith(RICH_BEGIN) and text.endswith(RICH_END)) and not ESCAPES_TOGETHER.search(text):
        return text
    content = escape(ESCAPE_BEGINS.sub("_x005F_", text)).replace("_", "&#95;")
    return f'{RICH_BEGIN}<t xml:space="preserve">{content}</t>{RICH_END}'


def _column_name(column: int) -> str:
    return chr(ord("A") + column)
