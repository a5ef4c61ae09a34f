"""Colours, widths and heads of the exported sheets."""

from typing import Any, Final

from assessments.exporters.worksheet_rows import RowKind

BRAND: Final = "#0D343C"
ON_BRAND: Final = "#FFFFFF"
POINTS: Final = "0.00"
MORE_PLACES: Final = "0.00########"
MORE_PERCENT: Final = "0.00########%"
UP_TO_FOUR: Final = "0.00##"
MARGIN_MORE: Final = "+0.00########;-0.00########;0.00"
PERCENT: Final = "0.00%"
CENTRED: Final = {"align": "center"}

ROWS: Final[dict[RowKind, dict[str, Any]]] = {
    RowKind.COMPONENT: {"bold": True, "font_size": 12, "bg_color": "#2C5B65", "font_color": ON_BRAND},
    RowKind.HALF: {"bold": True, "font_size": 10, "bg_color": "#B9D2D3"},
    RowKind.AREA: {"bold": True, "bg_color": "#D7E6E4"},
    RowKind.SUBAREA: {"bold": True, "bg_color": "#EEF4F3"},
    RowKind.QUESTION: {},
    RowKind.COUNT: {},
    RowKind.DERIVED: {"italic": True},
    RowKind.TOTAL: {"bold": True, "font_size": 10, "bg_color": "#B9D2D3"},
    RowKind.GRAND_TOTAL: {"bold": True, "font_size": 12, "bg_color": BRAND, "font_color": ON_BRAND},
}
HEAD: Final = {
    "bold": True, "align": "center", "valign": "vcenter", "bg_color": BRAND, "font_color": ON_BRAND,
}  # fmt: skip
TITLE: Final = {"bold": True, "font_size": 12, "border": 0, "valign": "vcenter"}
PLAIN: Final = {"border": 0, "text_wrap": False}
HINT: Final = {"border": 0, "italic": True, "font_color": "#52666A", "valign": "vcenter"}
WARNING: Final = {"border": 0, "bold": True, "font_color": "#9C1F19", "bg_color": "#FDEAE8", "valign": "vcenter"}
OPEN: Final = {"locked": False, "bg_color": "#FFF8DC"}
ADDRESS: Final = {"font_color": "#0B5A6E", "underline": 1}
GOOD: Final = {"font_color": "#14633C", "bg_color": "#E4F4EA"}
BAD: Final = {"font_color": "#9C1F19", "bg_color": "#FDEAE8"}
WAITING: Final = {"font_color": "#774D00"}

WIDTHS: Final = (5, 3.3, 3.3, 3.3, 3.3, 3.3, 44, 8, 58, 11, 12, 9, 9, 1.5, 38, 30, 28, 12)
TPI_WIDTHS: Final = (12, 9, 9)
NOTE_WIDTH: Final = 40
HEADS: Final = (
    "No.", "Penilaian", "", "", "", "", "", "Bobot", "Penjelasan", "Pilihan Jawaban", "Jawaban", "Nilai", "%", "",
    "Catatan unit", "Bukti dukung", "Tautan bukti", "Status isian",
)  # fmt: skip
TPI_HEADS: Final = ("Jawaban TPI", "Nilai TPI", "% TPI")
NOTE_HEAD: Final = "Catatan TPI"
A4: Final = 9
