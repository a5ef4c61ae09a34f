"""The sheet `Rekap`: totals of the areas and components, and the gates of each predicate with their verdicts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from xlsxwriter.worksheet import Worksheet

from assessments.exporters import worksheet_formulas as formulas
from assessments.exporters import worksheet_look as look
from assessments.exporters.cells import write_text
from assessments.exporters.worksheet_formulas import FAILED, FILLED, PASSED, cell
from assessments.exporters.worksheet_lke import LKE_SHEET, STATUS, UNIT, Book, keep_verdict
from assessments.exporters.worksheet_rows import RowKind
from assessments.exporters.worksheet_words import gate_name, node_names
from assessments.reports.wording import ZONE_LABELS
from assessments.scoring.gates import GateReport, GateResult, gate_node
from assessments.scoring.kinds import AREA_PREFIX, HOLDS_WBK, TOTAL, Komponen, area_key
from assessments.scoring.structure import Predicate

RECAP_SHEET: Final = "Rekap"
WIDTHS: Final = (50, 13, 13, 13, 13, 18, 13, 13, 18)
LABEL, WEIGHT, FULFILMENT, REFORM, OWN, OWN_SHARE, COUNTED, THEIRS, THEIR_SHARE = range(9)
TOTAL_HEADS: Final = ("Bagian", "Bobot", "Pemenuhan", "Reform", "Nilai unit", "% unit", "Terisi", "Nilai TPI", "% TPI")
REQUIRED, REQUIRED_SHARE = 1, 2
GATE_HEADS: Final = ("Minimal (poin)", "Minimal (% bobot)")
SIDE_HEADS: Final = (("Nilai unit", "Selisih", "Putusan unit"), ("Nilai TPI", "Selisih TPI", "Putusan TPI"))
SIDE_FIRST: Final = (3, 6)
SMALL: Final = {"font_size": 10}
MARGIN: Final = "+0.00;-0.00;0.00"
NOTE: Final = (
    "Ambang dibandingkan dengan nilai utuh, bukan dengan angka tampilan; isian kosong dihitung 0. "
    "Ambang memberi informasi dan tidak mengunci pengiriman."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the totals. `nodes` are the nodes or questions that it adds up."""

    key: str
    name: str
    nodes: tuple[str, ...]
    kind: RowKind


def write_recap(book: Book, now: datetime) -> None:
    sheet: Worksheet = book.workbook.add_worksheet(RECAP_SHEET)
    _set_up(sheet)
    row = _write_origin(book, sheet, now)
    places, row = _write_totals(book, sheet, row + 1)
    for predicate in book.instrument.predicates.values():
        row = _write_gates(book, sheet, row + 1, predicate, places)
    sheet.set_row(row + 1, 30)
    sheet.merge_range(row + 1, LABEL, row + 1, COUNTED, "", book.styles(**look.HINT))
    write_text(sheet, row + 1, LABEL, NOTE, book.styles, **look.HINT)
    sheet.print_area(0, 0, row + 1, COUNTED if book.tpi is None else THEIR_SHARE)


def _set_up(sheet: Worksheet) -> None:
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(look.A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&R&8Halaman &P dari &N")
    sheet.hide_gridlines(2)


def _write_origin(book: Book, sheet: Worksheet, now: datetime) -> int:
    """Title and whose worksheet this is; returns the row after it."""
    place = book.contents.assessment
    agency = place.unit.agency
    local = now.astimezone(ZoneInfo(agency.zone))
    scored = None if book.tpi is None else f"{len(book.tpi.given)} dari {len(book.instrument.questions)} pertanyaan"
    facts = (
        ("Instansi", agency.name),
        ("Unit kerja", place.unit.name),
        ("Periode", place.period.label),
        ("Instrumen", f"{book.instrument.title} (versi {place.period.instrument.version})"),
        ("Dinilai TPI", scored),
        ("Dibuat portal", f"{local:%d-%m-%Y %H.%M} {ZONE_LABELS.get(agency.zone, 'WIB')}"),
    )
    sheet.set_row(0, 24)
    write_text(sheet, 0, LABEL, "REKAP NILAI DAN AMBANG", book.styles, **look.TITLE | {"text_wrap": False})
    row = 1
    for name, text in facts:
        if text is not None:
            write_text(sheet, row, LABEL, name, book.styles, **look.PLAIN, bold=True)
            write_text(sheet, row, WEIGHT, text, book.styles, **look.PLAIN)
            row += 1
    return row


def _lines(book: Book) -> Iterator[Line]:
    instrument, names = book.instrument, node_names(book.instrument)
    for area in instrument.areas:
        parts = (area.fulfilment, area.reform)
        yield Line(area_key(area.number), f"{area.number}. {area.name}", parts, RowKind.QUESTION)
    yield Line(Komponen.PENGUNGKIT, names[Komponen.PENGUNGKIT], (Komponen.PENGUNGKIT,), RowKind.TOTAL)
    for part in instrument.children(Komponen.HASIL):
        yield Line(part.code, names[part.code], (part.code,), RowKind.SUBAREA)
        items = instrument.questions_of(part.code)
        for item in items if len(items) > 1 else ():
            yield Line(item.code, names[item.code], (item.code,), RowKind.QUESTION)
    yield Line(Komponen.HASIL, names[Komponen.HASIL], (Komponen.HASIL,), RowKind.TOTAL)
    yield Line(TOTAL, "Nilai total", (), RowKind.GRAND_TOTAL)


def _write_totals(book: Book, sheet: Worksheet, row: int) -> tuple[dict[str, int], int]:
    """The first table; returns the row of each key, and the row after the table."""
    heads = TOTAL_HEADS[: COUNTED + 1] if book.tpi is None else TOTAL_HEADS
    sheet.set_row(row, 30)
    for column, head in enumerate(heads):
        write_text(sheet, row, column, head, book.styles, **look.HEAD)
    places = {}
    for line in _lines(book):
        row += 1
        places[line.key] = row
        _write_line(book, sheet, row, line)
    return places, row + 1


def _write_line(book: Book, sheet: Worksheet, row: int, line: Line) -> None:
    style = look.ROWS[line.kind] | SMALL
    result = book.unit.result
    maximum = result.maximum if line.key == TOTAL else result.nodes[line.key].maximum
    write_text(sheet, row, LABEL, line.name, book.styles, **style)
    _write_number(book, sheet, row, WEIGHT, float(maximum), style)
    halves = _halves(book, line)
    for column, code in zip((FULFILMENT, REFORM), halves or (None, None), strict=True):
        if code is None:
            sheet.write_blank(row, column, None, book.styles(**style))
        else:
            formula = f"={_lke(book, code, UNIT.value)}"
            _write_formula(book, sheet, row, column, formula, float(result.nodes[code].score), style)
    for side, column, share in zip(book.sides, (OWN, THEIRS), (OWN_SHARE, THEIR_SHARE), strict=False):
        points = side.result.total if line.key == TOTAL else side.result.nodes[line.key].score
        cells = [_lke(book, code, side.columns.value) for code in line.nodes or ("",)]
        _write_formula(book, sheet, row, column, "=" + "+".join(cells), float(points), style)
        keep_verdict(book, sheet, row, (column, share), line.key)
        formula = f"={cell(row, column)}/{cell(row, WEIGHT)}"
        _write_formula(book, sheet, row, share, formula, float(points / maximum), style, look.PERCENT)
    _write_counted(book, sheet, row, line, style)


def _halves(book: Book, line: Line) -> tuple[str, ...]:
    """Pemenuhan and reform of an area or of pengungkit."""
    if line.key == Komponen.PENGUNGKIT:
        return tuple(node.code for node in book.instrument.children(Komponen.PENGUNGKIT))
    return line.nodes if line.key.startswith(AREA_PREFIX) else ()


def _lke(book: Book, code: str, column: int) -> str:
    """The worksheet's cell of a node or question; of the total for an empty code."""
    layout = book.layout
    row = (layout.nodes | layout.questions).get(code, layout.grand_total)
    return f"'{LKE_SHEET}'!{cell(row, column)}"


def _write_counted(book: Book, sheet: Worksheet, row: int, line: Line, style: dict[str, Any]) -> None:
    """How many questions are filled; the form says of how many."""
    parts, total, filled = [], 0, 0
    for code in line.nodes or ("",):
        codes = [item for item in book.layout.questions if code in ("", item) or item.startswith(f"{code}.")]
        rows = [book.layout.questions[item] for item in codes]
        area = f"'{LKE_SHEET}'!{cell(min(rows), STATUS)}:{cell(max(rows), STATUS)}"
        parts.append(f'COUNTIF({area},"{FILLED}")')
        total += len(codes)
        filled += sum(book.unit.result.questions[item].answered for item in codes)
    _write_formula(book, sheet, row, COUNTED, "=" + "+".join(parts), filled, style, f'0" dari {total}"')


def _write_gates(book: Book, sheet: Worksheet, row: int, predicate: Predicate, places: Mapping[str, int]) -> int:
    """The gates of a predicate and its conclusion; returns the row after them."""
    heads = [f"Ambang {predicate.code}: {predicate.name}", *GATE_HEADS]
    for names, _side in zip(SIDE_HEADS, book.sides, strict=False):
        heads.extend(names)
    sheet.set_row(row, 30)
    for column, head in enumerate(heads):
        write_text(sheet, row, column, head, book.styles, **look.HEAD)
    first = row + 1
    for gate in predicate.gates:
        row += 1
        _write_gate(book, sheet, row, predicate.code, gate.key, places)
    row += 1
    style = look.ROWS[RowKind.GRAND_TOTAL] | SMALL
    for column in range(len(heads)):
        sheet.write_blank(row, column, None, book.styles(**style))
    write_text(sheet, row, LABEL, f"Kesimpulan {predicate.code}", book.styles, **style)
    for side, start in zip(book.sides, SIDE_FIRST, strict=False):
        _write_conclusion(book, sheet, (first, row), start, side.result.gates[predicate.code])
    return row + 1


def _write_gate(book: Book, sheet: Worksheet, row: int, predicate: str, key: str, places: Mapping[str, int]) -> None:
    styles, is_area = book.styles, key.startswith(AREA_PREFIX)
    write_text(sheet, row, LABEL, gate_name(book.instrument, key), styles)
    item = book.unit.result.gates[predicate].result(key)
    place = None if key == HOLDS_WBK else places[gate_node(key) or TOTAL]
    for column in (REQUIRED, REQUIRED_SHARE):
        sheet.write_blank(row, column, None, styles())
    if is_area and place is not None:
        _write_number(book, sheet, row, REQUIRED_SHARE, float(item.required), {}, look.PERCENT)
        formula = f"={cell(row, REQUIRED_SHARE)}*{cell(place, WEIGHT)}"
        points = item.required * _weight(book, key)
        _write_formula(book, sheet, row, REQUIRED, formula, float(points), {}, look.UP_TO_FOUR)
    elif place is not None:
        _write_number(book, sheet, row, REQUIRED, float(item.required), {}, look.UP_TO_FOUR)
    for side, start, column in zip(book.sides, SIDE_FIRST, (OWN, THEIRS), strict=False):
        found = side.result.gates[predicate].result(key)
        source = None if place is None else cell(place, column)
        _write_judgement(book, sheet, row, start, source, found)


def _weight(book: Book, key: str) -> Fraction:
    """Points that a share is a share of; 1 for gates in points."""
    return book.unit.result.nodes[key].maximum if key.startswith(AREA_PREFIX) else Fraction(1)


def _write_judgement(book: Book, sheet: Worksheet, row: int, start: int, source: str | None, item: GateResult) -> None:
    """Actual, margin and verdict; of the predicate that is held already a word instead of numbers."""
    passed = PASSED if item.passed else FAILED
    actual, margin, verdict = start, start + 1, start + 2
    if source is None:
        write_text(sheet, row, actual, "Ya" if item.passed else "Tidak", book.styles, **look.CENTRED)
        sheet.write_blank(row, margin, None, book.styles())
        formula = f'=IF({cell(row, actual)}="Ya","{PASSED}","{FAILED}")'
    else:
        weight = _weight(book, item.key)
        _write_formula(book, sheet, row, actual, f"={source}", float(item.actual * weight), {})
        keep_verdict(book, sheet, row, (actual, None), gate_node(item.key) or TOTAL)
        difference = f"={cell(row, actual)}-{cell(row, REQUIRED)}"
        _write_formula(book, sheet, row, margin, difference, float(item.margin * weight), {}, MARGIN)
        formula = formulas.verdict(cell(row, actual), cell(row, REQUIRED))
    sheet.write_formula(row, verdict, formula, book.styles(**look.CENTRED, bold=True), passed)


def _write_conclusion(book: Book, sheet: Worksheet, rows: tuple[int, int], start: int, report: GateReport) -> None:
    """How many gates hold, and whether all do."""
    first, row = rows
    verdicts = f"{cell(first, start + 2)}:{cell(row - 1, start + 2)}"
    held = sum(item.passed for item in report.results)
    style = look.ROWS[RowKind.GRAND_TOTAL] | SMALL | look.CENTRED
    count = f'COUNTIF({verdicts},"{PASSED}")'
    wanted = book.styles(**style, num_format=f'0" dari {len(report.results)}"')
    sheet.write_formula(row, start, f"={count}", wanted, held)
    formula = f'=IF({count}={len(report.results)},"{PASSED}","{FAILED}")'
    sheet.write_formula(row, start + 2, formula, book.styles(**style), PASSED if report.passed else FAILED)
    _mark_side(book, sheet, rows, start)


def _mark_side(book: Book, sheet: Worksheet, rows: tuple[int, int], start: int) -> None:
    """Colour the verdicts, and show more places of a margin that two places would hide."""
    first, last = rows
    margin, verdict = start + 1, start + 2
    more = book.styles.marking(num_format=look.MARGIN_MORE)
    hidden = {"type": "formula", "criteria": formulas.hides_difference(cell(first, margin)), "format": more}
    sheet.conditional_format(first, margin, last - 1, margin, hidden)
    for word, style in ((PASSED, look.GOOD), (FAILED, look.BAD)):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": book.styles.marking(**style)}
        sheet.conditional_format(first, verdict, last, verdict, rule)


def _write_number(
    book: Book, sheet: Worksheet, row: int, column: int, value: float, style: dict[str, Any], form: str = look.POINTS
) -> None:
    sheet.write_number(row, column, value, book.styles(**style | look.CENTRED, num_format=form))


def _write_formula(
    book: Book,
    sheet: Worksheet,
    row: int,
    column: int,
    formula: str,
    value: float,
    style: dict[str, Any],
    form: str = look.POINTS,
) -> None:
    sheet.write_formula(row, column, formula, book.styles(**style | look.CENTRED, num_format=form), value)
