"""The sheet `LKE ZI`: columns and rows of the official form, filled, with live formulas."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from assessments.exporters import worksheet_formulas as formulas
from assessments.exporters import worksheet_look as look
from assessments.exporters.cells import Styles, write_address, write_text
from assessments.exporters.worksheet_formulas import WEIGHT_COLUMN as WEIGHT
from assessments.exporters.worksheet_formulas import Side, cell
from assessments.exporters.worksheet_heights import height_for
from assessments.exporters.worksheet_rows import LABEL_COLUMN, Layout, Row, RowKind
from assessments.exporters.worksheet_side import Filled, is_ratio
from assessments.exporters.worksheet_words import answer_type, criteria, evidence_links, evidence_names, note_text
from assessments.queries.workbook import Contents
from assessments.scoring.answers import MAX_COUNT
from assessments.scoring.instrument import Instrument, Question
from assessments.scoring.kinds import TOTAL, Scale
from assessments.scoring.shown import minima_of

LKE_SHEET: Final = "LKE ZI"
HEAD_ROW: Final = 1
HINT_ROW: Final = 2
CRITERIA, TYPE, ANSWER, VALUE, SHARE, GAP, NOTE, EVIDENCE, LINK, STATUS = range(8, 18)
TPI_FIRST: Final = 18
UNIT: Final = Side(ANSWER, VALUE, SHARE)
TPI: Final = Side(TPI_FIRST, TPI_FIRST + 1, TPI_FIRST + 2)
HINT: Final = (
    "Isi hanya sel kuning: kolom Jawaban dan Catatan unit. Nilai 0-1 pada pertanyaan, poin pada baris yang berbobot; "
    "isian kosong dihitung 0. Bukti dukung dikelola di portal."
)
WARNING: Final = "RAHASIA TPI: memuat penilaian yang belum dirilis. Jangan diteruskan kepada unit."
MERGED_KINDS: Final = (RowKind.TOTAL, RowKind.GRAND_TOTAL)


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that the sheets are written from. `tpi` is None where the reader may not see TPI's side."""

    workbook: Workbook
    styles: Styles
    contents: Contents
    layout: Layout
    unit: Filled
    tpi: Filled | None
    site: str

    @property
    def instrument(self) -> Instrument:
        return self.contents.instrument

    @property
    def sides(self) -> tuple[Filled, ...]:
        return (self.unit,) if self.tpi is None else (self.unit, self.tpi)

    @property
    def note_column(self) -> int | None:
        """Where TPI's notes stand; None while there is nothing to show."""
        if self.tpi is not None:
            return TPI_FIRST + len(look.TPI_HEADS)
        return TPI_FIRST if self.contents.tpi_notes else None

    @property
    def width(self) -> int:
        """Number of columns."""
        return TPI_FIRST if self.note_column is None else self.note_column + 1


def write_lke(book: Book) -> Worksheet:
    sheet: Worksheet = book.workbook.add_worksheet(LKE_SHEET)
    _set_up(book, sheet)
    _write_head(book, sheet)
    for row in book.layout.rows:
        _write_frame(book, sheet, row)
        if row.kind is RowKind.QUESTION:
            _write_question(book, sheet, row.number, book.instrument.question(row.code))
        elif row.kind in (RowKind.COUNT, RowKind.DERIVED):
            _write_count(book, sheet, row)
        else:
            _write_node(book, sheet, row)
    _mark_status(book, sheet)
    return sheet


def _set_up(book: Book, sheet: Worksheet) -> None:
    widths = [*look.WIDTHS, *(look.TPI_WIDTHS if book.tpi else ())]
    if book.note_column is not None:
        widths.append(look.NOTE_WIDTH)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(HINT_ROW, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(look.A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(HEAD_ROW)
    sheet.repeat_columns(LABEL_COLUMN, WEIGHT - 1)
    sheet.print_across()
    sheet.set_print_scale(80)
    sheet.set_v_pagebreaks([NOTE] if book.note_column is None else [NOTE, TPI_FIRST])
    sheet.print_area(0, LABEL_COLUMN, book.layout.last, book.width - 1)
    place = book.contents.assessment
    name = place.unit.name.replace("&", "&&")[:120]
    sheet.set_footer(f"&L&8{name}, {place.period.label}&R&8Halaman &P dari &N")


def _write_head(book: Book, sheet: Worksheet) -> None:
    place, styles = book.contents.assessment, book.styles
    title = f"LEMBAR KERJA EVALUASI ZONA INTEGRITAS\n{place.unit.name}\n{place.unit.agency.name}\n{place.period.label}"
    _write_across(book, sheet, 0, title, look.TITLE)
    heads = [*look.HEADS, *(look.TPI_HEADS if book.tpi else ())]
    if book.note_column is not None:
        heads.append(look.NOTE_HEAD)
    sheet.set_row(HEAD_ROW, 30)
    sheet.merge_range(HEAD_ROW, LABEL_COLUMN, HEAD_ROW, WEIGHT - 1, "", styles(**look.HEAD))
    for column, head in enumerate(heads):
        if column != GAP and not LABEL_COLUMN < column < WEIGHT:
            write_text(sheet, HEAD_ROW, column, head, styles, **look.HEAD)
    text, style = (WARNING, look.WARNING) if book.contents.confidential else (HINT, look.HINT)
    _write_across(book, sheet, HINT_ROW, text, style)


def _write_across(book: Book, sheet: Worksheet, row: int, text: str, style: dict[str, Any]) -> None:
    """Over the columns that every printed page repeats, so that no page cuts the text."""
    width = sum(look.WIDTHS[LABEL_COLUMN:WEIGHT])
    sheet.set_row(row, height_for([(text, width)], style.get("font_size", 10)))
    sheet.merge_range(row, LABEL_COLUMN, row, WEIGHT - 1, "", book.styles(**style))
    write_text(sheet, row, LABEL_COLUMN, text, book.styles, **style)


def _write_frame(book: Book, sheet: Worksheet, row: Row) -> None:
    """Number, numbering and text; every other cell of the row gets its border and colour."""
    styles, style = book.styles, look.ROWS[row.kind]
    sheet.set_row(row.number, _height(book, row))
    for column in range(book.width):
        if column != GAP:
            sheet.write_blank(row.number, column, None, styles(**style))
    sheet.write_number(row.number, 0, row.number - HINT_ROW, styles(**look.CENTRED, font_color="#84989A"))
    text_column = row.column if row.kind in MERGED_KINDS else row.column + 1
    if row.mark:
        write_text(sheet, row.number, row.column, row.mark, styles, **style)
    last = WEIGHT - 1
    if text_column < last:
        sheet.merge_range(row.number, text_column, row.number, last, "", styles(**style))
    write_text(sheet, row.number, text_column, row.text, styles, **style)


def _height(book: Book, row: Row) -> float:
    width = sum(look.WIDTHS[row.column + 1 : WEIGHT])
    texts = [(row.text, width)]
    if row.kind is RowKind.QUESTION:
        question = book.instrument.question(row.code)
        texts.append((criteria(question), look.WIDTHS[CRITERIA]))
        texts.extend((text, _width(column)) for column, text in _remarks(book, row.code).items())
    return height_for(texts, look.ROWS[row.kind].get("font_size", 10))


def _width(column: int) -> float:
    return look.WIDTHS[column] if column < len(look.WIDTHS) else look.NOTE_WIDTH


def _remarks(book: Book, code: str) -> dict[int, str]:
    """Texts beside a question by column: the unit's note, evidence, links, TPI's notes."""
    own = book.contents.unit.rows.get(code)
    proofs = book.contents.proofs.get(code, ())
    texts = {
        NOTE: own.note if own else "",
        EVIDENCE: evidence_names(proofs),
        LINK: evidence_links(proofs, book.site),
    }
    if book.note_column is not None:
        texts[book.note_column] = note_text(book.contents.tpi_notes.get(code, ()))
    return texts


def _write_node(book: Book, sheet: Worksheet, row: Row) -> None:
    """Weight, points and share; totals repeat the points of their node."""
    style = look.ROWS[row.kind] | look.CENTRED
    if row.kind not in MERGED_KINDS:
        weight = book.instrument.node(row.code).weight
        sheet.write_number(row.number, WEIGHT, float(weight), book.styles(**style, num_format=look.POINTS))
    for side in book.sides:
        points = side.result.nodes[row.code].score if row.code else side.result.total
        formula = _node_formula(book, row, side)
        _write_points(book, sheet, row.number, side.columns.value, formula, points, style)
        share = None if row.kind in MERGED_KINDS else side.columns.share
        keep_verdict(book, sheet, row.number, (side.columns.value, share), row.code or TOTAL)
        if row.kind not in MERGED_KINDS:
            _write_share(book, sheet, row.number, side, points / Fraction(weight), style)


def _node_formula(book: Book, row: Row, side: Filled) -> str:
    layout, column = book.layout, side.columns.value
    if row.kind is RowKind.TOTAL:
        return f"={cell(layout.nodes[row.code], column)}"
    if row.kind is RowKind.GRAND_TOTAL:
        return "=" + formulas.total_of(cell(number, column) for number in layout.totals.values())
    return formulas.node_value(book.instrument, row.code, layout, side.columns)


def _write_points(
    book: Book, sheet: Worksheet, row: int, column: int, formula: str, points: Fraction | float, style: dict[str, Any]
) -> None:
    sheet.write_formula(row, column, formula, book.styles(**style, num_format=look.POINTS), float(points))


def _write_share(book: Book, sheet: Worksheet, row: int, side: Filled, share: Fraction, style: dict[str, Any]) -> None:
    formula = formulas.share(row, side.columns.value)
    wanted = book.styles(**style, num_format=look.PERCENT)
    sheet.write_formula(row, side.columns.share, formula, wanted, float(share))


def keep_verdict(book: Book, sheet: Worksheet, row: int, columns: tuple[int, int | None], code: str) -> None:
    """Show more places of points, and of the share beside them, where two would contradict a gate."""
    minima = minima_of(book.instrument, code)
    if not minima:
        return
    points, share = columns
    _show_more(book, sheet, (row, points), formulas.needs_places(cell(row, points), minima), look.MORE_PLACES)
    if share is not None:
        result = book.unit.result
        maximum = result.maximum if code == TOTAL else result.nodes[code].maximum
        percents = [minimum * 100 / maximum for minimum in minima]
        wanted = formulas.needs_places(f"{cell(row, share)}*100", percents)
        _show_more(book, sheet, (row, share), wanted, look.MORE_PERCENT)


def _show_more(book: Book, sheet: Worksheet, place: tuple[int, int], criteria: str, form: str) -> None:
    rule = {"type": "formula", "criteria": criteria, "format": book.styles.marking(num_format=form)}
    sheet.conditional_format(*place, *place, rule)


def _write_question(book: Book, sheet: Worksheet, row: int, question: Question) -> None:
    styles, code = book.styles, question.code
    write_text(sheet, row, CRITERIA, criteria(question), styles)
    write_text(sheet, row, TYPE, answer_type(question), styles, **look.CENTRED)
    if question.weight is not None:
        wanted = styles(**look.CENTRED, num_format=look.POINTS)
        sheet.write_number(row, WEIGHT, float(question.weight), wanted)
    for side in book.sides:
        _write_answer(book, sheet, row, question, side)
        _write_value(book, sheet, row, question, side)
    for column, text in _remarks(book, code).items():
        if column == LINK:
            write_address(sheet, row, column, text, styles, look.ADDRESS)
        else:
            write_text(sheet, row, column, text, styles, **(look.OPEN if column == NOTE else {}))
    status = formulas.question_status(question, book.layout, UNIT)
    sheet.write_formula(row, STATUS, status, styles(**look.CENTRED), book.unit.status(question))


def _write_answer(book: Book, sheet: Worksheet, row: int, question: Question, side: Filled) -> None:
    column = side.columns.answer
    if is_ratio(question):
        cells = formulas.count_cells(question, book.layout, side.columns)
        wanted = book.styles(**look.CENTRED, num_format=look.PERCENT)
        sheet.write_formula(row, column, formulas.ratio(question, cells), wanted, side.ratio(question))
        return
    style = look.CENTRED | (look.OPEN if side is book.unit else {})
    typed = side.typed(question)
    if isinstance(typed, Decimal):
        sheet.write_number(row, column, float(typed), book.styles(**style))
    else:
        write_text(sheet, row, column, typed or "", book.styles, **style)
    if side is book.unit:
        sheet.data_validation(row, column, row, column, _validation(question))


def _write_value(book: Book, sheet: Worksheet, row: int, question: Question, side: Filled) -> None:
    formula = formulas.question_value(question, book.layout, side.columns)
    _write_points(book, sheet, row, side.columns.value, formula, side.value(question), look.CENTRED)
    share = None if question.weight is None else side.columns.share
    keep_verdict(book, sheet, row, (side.columns.value, share), question.code)
    if question.weight is not None:
        part = side.result.questions[question.code].points / Fraction(question.weight)
        _write_share(book, sheet, row, side, part, look.CENTRED)


def _write_count(book: Book, sheet: Worksheet, row: Row) -> None:
    question = book.instrument.question(row.code)
    write_text(sheet, row.number, TYPE, "Jumlah", book.styles, **look.CENTRED)
    for side in book.sides:
        column = side.columns.answer
        if row.kind is RowKind.DERIVED:
            (total,) = (item for item in question.derived if item.key == row.key)
            cells = formulas.count_cells(question, book.layout, side.columns)
            formula = formulas.derived(total.formula.names, total.formula.root, cells)
            value = side.derived(question, row.key)
            sheet.write_formula(row.number, column, formula, book.styles(**look.CENTRED, italic=True), value)
            continue
        count = side.count(row.code, row.key)
        wanted = book.styles(**look.CENTRED, **(look.OPEN if side is book.unit else {}))
        if count is None:
            sheet.write_blank(row.number, column, None, wanted)
        else:
            sheet.write_number(row.number, column, count, wanted)
    if row.kind is RowKind.COUNT:
        sheet.data_validation(row.number, ANSWER, row.number, ANSWER, _count_validation())


def _mark_status(book: Book, sheet: Worksheet) -> None:
    """Colour the words of the status column."""
    kinds = (
        (formulas.FILLED, look.GOOD),
        (formulas.DOUBTFUL, look.BAD),
        (formulas.PARTIAL, look.WAITING),
        (formulas.BLANK, look.WAITING),
    )
    for word, style in kinds:
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": book.styles.marking(**style)}
        sheet.conditional_format(HINT_ROW + 1, STATUS, book.layout.last, STATUS, rule)


def _validation(question: Question) -> dict[str, Any]:
    if question.scale is Scale.INDEX:
        return {
            "validate": "decimal",
            "criteria": "between",
            "minimum": float(question.minimum or 0),
            "maximum": float(question.maximum or 0),
            "error_title": "Indeks",
            "error_message": "Isi indeks 0 sampai 4, paling banyak empat angka desimal.",
        }
    return {
        "validate": "list",
        "source": [item.label for item in question.options],
        "error_title": "Jawaban",
        "error_message": "Pilih salah satu jawaban pada daftar.",
    }


def _count_validation() -> dict[str, Any]:
    return {
        "validate": "integer",
        "criteria": "between",
        "minimum": 0,
        "maximum": MAX_COUNT,
        "error_title": "Jumlah",
        "error_message": "Isi bilangan bulat, 0 atau lebih.",
    }
