"""A filled official worksheet (.xlsx) -> answers, the cells that they came from, and the cells that are no answer."""

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from assessments.importers.numbers import NumberError, NumberReason, read_number
from assessments.importers.reasons import AnyReason, CellReason
from assessments.importers.sheet_match import Match, match_rows
from assessments.importers.sheet_rows import COUNT, Columns, Row, RowKind, find_columns, walk_rows
from assessments.importers.xlsx import Book, BookReason, Cell, Grid, WorkbookError, open_book
from assessments.scoring.answers import Answer, AnswerError, Reason, read_answer
from assessments.scoring.instrument import Instrument, Question
from assessments.scoring.kinds import INDEX_KEY, RESPONDENTS_KEY, Scale

_ASKING = (RowKind.QUESTION, RowKind.INPUT)
_BLANK_WORDS = ("", "blm diisi", "belum diisi")


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that could not be read; `code` is the question it keeps unanswered, where one is known."""

    cell: str
    value: str
    reason: AnyReason
    code: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell that answers a question (`key` empty) or holds one of its counts, with the notes beside it."""

    code: str
    key: str
    cell: str
    value: str
    note: str = ""
    evidence: str = ""
    link: str = ""
    note_cell: str = ""


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What one sheet says. `missing` are questions whose row is not on the sheet.

    `leftovers` are cells and rows that hold nothing to be scored and still are not taken over; `rows` counts the
    rows that ask for something, `placed` those of them that belong to a question.
    """

    sheet: str
    answers: Mapping[str, Answer]
    problems: tuple[Problem, ...]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
    leftovers: tuple[Problem, ...] = ()
    rows: int = 0
    placed: int = 0


def read_workbook(raw: bytes, instrument: Instrument, *, sheet: str = "") -> SheetReading:
    """Read the LKE sheet of a workbook, or the sheet named; raises WorkbookError where there is none or a choice."""
    return read_book(open_book(raw), instrument, sheet=sheet)


def read_book(book: Book, instrument: Instrument, *, sheet: str = "") -> SheetReading:
    """Read the LKE sheet of cells that were read before; errors as `read_workbook`."""
    grids = [grid for grid in book.grids if not sheet or grid.title == sheet]
    found = [(grid, columns) for grid in grids if (columns := find_columns(book, grid)) is not None]
    readings = [_Reader(book, grid, columns, instrument).read() for grid, columns in found]
    readings = [reading for reading in readings if len(reading.missing) < len(instrument.questions)]
    if not readings:
        raise WorkbookError(BookReason.NO_LKE_SHEET)
    filled = [reading for reading in readings if reading.answers or reading.problems] or readings[:1]
    if any(other.answers != filled[0].answers for other in filled[1:]):
        names = ", ".join(reading.sheet for reading in filled)
        raise WorkbookError(BookReason.SEVERAL_SHEETS, names=names)
    return filled[0]


@dataclass(slots=True)
class _Reader:
    book: Book
    grid: Grid
    columns: Columns
    instrument: Instrument
    answers: dict[str, Answer] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def read(self) -> SheetReading:
        rows = list(walk_rows(self.book, self.grid, self.columns, self.instrument))
        match = match_rows(rows, self.instrument)
        for question in self.instrument.questions:
            row = match.questions.get(question.code)
            if row is not None:
                self._read_question(question, row, match)
        for row in match.unplaced:
            if row.answer.is_typed or (row.answer.unknown and row.token != Scale.RATIO.value):
                self._report(row.answer, CellReason.ROW_UNKNOWN)
        self._report_strays(rows, match)
        return SheetReading(
            sheet=self.grid.title,
            answers=self.answers,
            problems=_in_order(self.problems),
            entries=tuple(self.entries),
            missing=tuple(item.code for item in self.instrument.questions if item.code not in match.questions),
            leftovers=_in_order(self._leftovers(rows, match)),
            rows=sum(row.kind in _ASKING for row in rows),
            placed=len(match.questions) + len(match.inputs),
        )

    def _read_question(self, question: Question, row: Row, match: Match) -> None:
        before = len(self.problems)
        inputs = {key: found for (code, key), found in match.inputs.items() if code == question.code}
        self._check_type(question, row, row.answer.is_typed or any(item.answer.is_typed for item in inputs.values()))
        self._keep(question.code, "", row)
        raw = self._raw(question, row, inputs)
        if len(self.problems) > before or raw is None:
            return
        try:
            answer = read_answer(question, raw)
        except AnswerError as error:
            key = error.path.removeprefix(question.code).removeprefix(".")
            self._report(inputs[key].answer if key in inputs else row.answer, error.reason, question.code)
            return
        if answer is not None:
            self.answers[question.code] = answer

    def _check_type(self, question: Question, row: Row, filled: bool) -> None:
        if row.token is None and (filled or row.type.text):
            self._report(row.type, CellReason.TYPE_UNKNOWN, question.code)
        elif row.token is not None and row.token != question.scale.value:
            self._report(row.type, CellReason.TYPE_DIFFERS, question.code)

    def _raw(self, question: Question, row: Row, inputs: Mapping[str, Row]) -> Any:
        if question.scale is Scale.RATIO:
            return self._counts(question, row, inputs)
        return self._index(question, row, inputs) if question.scale is Scale.INDEX else self._choice(question, row)

    def _choice(self, question: Question, row: Row) -> str | None:
        cell = row.answer
        if self._is_blank(cell, question.code):
            return None
        if not isinstance(cell.value, str):
            self._report(cell, _not(cell, CellReason.NOT_TEXT), question.code)
            return None
        return cell.text

    def _index(self, question: Question, row: Row, inputs: Mapping[str, Row]) -> dict[str, Any]:
        """Index and, where the sheet has a row for them, respondents."""
        blank = self._is_blank(row.answer, question.code)
        number = None if blank else self._number(row.answer, question.code)
        found: dict[str, Any] = {INDEX_KEY: None if number is None else format(number, "f")}
        if RESPONDENTS_KEY in inputs:
            found[RESPONDENTS_KEY] = self._count(question, RESPONDENTS_KEY, inputs[RESPONDENTS_KEY])
        return found

    def _counts(self, question: Question, row: Row, inputs: Mapping[str, Row]) -> dict[str, int] | None:
        """Raw counts; typed percentages and totals never count, they are only reported where counts are missing."""
        counts: dict[str, int] = {}
        before = len(self.problems)
        for item in question.inputs:
            if item.key in inputs and (count := self._count(question, item.key, inputs[item.key])) is not None:
                counts[item.key] = count
        for total in question.derived:
            if total.key in inputs:
                complete = total.formula.names <= counts.keys() or len(self.problems) > before
                self._keep(question.code, total.key, inputs[total.key])
                self._check_shadow(inputs[total.key].answer, question.code, CellReason.TOTAL_WITHOUT_COUNTS, complete)
        complete = set(question.used_keys) <= counts.keys() or len(self.problems) > before
        self._check_shadow(row.answer, question.code, CellReason.PERCENT_WITHOUT_COUNTS, complete)
        return counts or None

    def _count(self, question: Question, key: str, row: Row) -> int | None:
        self._keep(question.code, key, row)
        if row.token != COUNT and (row.type.text or row.answer.is_typed):
            self._report(row.type, CellReason.TYPE_UNKNOWN, question.code)
            return None
        if self._is_blank(row.answer, question.code):
            return None
        number = self._number(row.answer, question.code)
        if number is None:
            return None
        if number != number.to_integral_value():
            self._report(row.answer, Reason.NOT_WHOLE, question.code)
            return None
        return int(number)

    def _check_shadow(self, cell: Cell, code: str, reason: CellReason, complete: bool) -> None:
        """A number typed over a formula: harmless beside its counts, reported without them."""
        if not cell.is_typed or cell.text.casefold() in _BLANK_WORDS:
            return
        typed = cell if not isinstance(cell.value, str) else Cell(cell.address, cell.text.removesuffix("%"))
        if self._number(typed, code) is not None and not complete:
            self._report(cell, reason, code)

    def _is_blank(self, cell: Cell, code: str) -> bool:
        if cell.unknown:
            self._report(cell, CellReason.NO_STORED_VALUE, code)
            return True
        return cell.text.casefold() in _BLANK_WORDS

    def _number(self, cell: Cell, code: str) -> Decimal | None:
        """Exact number of a cell; numeric cells as Excel shows them, texts with a decimal comma."""
        value = cell.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = Decimal(repr(value))
            if number.is_finite():
                return number
        if isinstance(value, str):
            try:
                return read_number(cell.text)
            except NumberError as error:
                self._report(cell, error.reason, code)
                return None
        self._report(cell, _not(cell, NumberReason.NOT_A_NUMBER), code)
        return None

    def _report_strays(self, rows: list[Row], match: Match) -> None:
        """Report values typed in the answer column of rows that ask nothing."""
        headings = [row.number for row in rows if row.kind is RowKind.HEADING]
        used = [row.number for row in (*match.questions.values(), *match.inputs.values())]
        if not headings or not used:
            return
        for row in rows:
            inside = headings[0] <= row.number <= max(used)
            if inside and row.kind not in _ASKING and row.answer.is_typed:
                self._report(row.answer, CellReason.NO_QUESTION_HERE)

    def _leftovers(self, rows: list[Row], match: Match) -> Iterator[Problem]:
        """Rows without a question, if nothing in them was reported; what is written beside rows without one."""
        reported = {problem.cell for problem in self.problems}
        for row in match.unplaced:
            if row.answer.address not in reported:
                yield Problem(row.answer.address, row.answer.text, CellReason.ROW_UNKNOWN)
        placed = {row.number for row in (*match.questions.values(), *match.inputs.values())}
        first = min((row.number for row in rows if row.kind is RowKind.HEADING), default=0)
        for row in rows:
            if first <= row.number <= max(placed, default=0) and row.number not in placed:
                for cell in self._beside(row):
                    if cell.is_typed:
                        yield Problem(cell.address, cell.text, CellReason.NOTE_WITHOUT_QUESTION)

    def _beside(self, row: Row) -> list[Cell]:
        """Note, evidence and link."""
        return [self.book.cell(self.grid, row.number, self.columns.note + offset) for offset in range(3)]

    def _keep(self, code: str, key: str, row: Row) -> None:
        note, evidence, link = self._beside(row)
        entry = Entry(code, key, row.answer.address, row.answer.text, written(note), evidence.text, link.text)
        self.entries.append(replace(entry, note_cell=note.address))

    def _report(self, cell: Cell, reason: AnyReason, code: str = "") -> None:
        self.problems.append(Problem(cell.address, cell.text, reason, code))


def written(cell: Cell) -> str:
    """A note as it was written, blanks and line ends included; blank for one of blanks alone."""
    value = cell.value
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") if value.strip() else ""
    if isinstance(value, dt.datetime):
        return f"{value:%d/%m/%Y}"
    return format(Decimal(repr(value)).normalize(), "f").replace(".", ",") if _is_number(value) else cell.text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _not(cell: Cell, reason: AnyReason) -> AnyReason:
    """Excel makes dates of what looks like one; a person can do something about that."""
    return CellReason.IS_DATE if isinstance(cell.value, dt.date | dt.time | dt.timedelta) else reason


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems), key=lambda item: (_row_of(item.cell), item.cell)))


def _row_of(address: str) -> int:
    return int("".join(character for character in address if character.isdigit()))
