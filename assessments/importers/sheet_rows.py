"""Rows of an LKE sheet by structure: headings, questions, counts. Row numbers mean nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from assessments.importers.fingerprints import INPUTS, QUESTIONS, fingerprint, reduced
from assessments.importers.xlsx import Book, Cell, Grid
from assessments.scoring.instrument import Instrument, Node
from assessments.scoring.kinds import INDEX_KEY, Scale

COUNT: Final = "count"
TYPES: Final = {
    "ya/tidak": Scale.YES_NO.value,
    "a/b/c": Scale.ABC.value,
    "a/b/c/d": Scale.ABCD.value,
    "a/b/c/d/e": Scale.ABCDE.value,
    "%": Scale.RATIO.value,
    "jumlah": COUNT,
    "nilai(0-4)": Scale.INDEX.value,
}
FEWEST_TYPES: Final = 10

_ROMAN = re.compile(r"[ivx]+[.)]?", re.IGNORECASE)
_DIGIT = re.compile(r"[0-9]{1,2}(?:\.0)?[.)]?", re.ASCII)
_LETTER = re.compile(r"[a-z][.)]?|-", re.IGNORECASE)
_COMPONENT = re.compile(r"[AB][.)]?")
_LEVELS: Final = (_COMPONENT, _ROMAN, _DIGIT, _ROMAN)
_RESULT_LEVEL: Final = 2
_QUESTION_LEVEL: Final = 4
_LABEL_COLUMNS: Final = 6
_HEADER_ROWS: Final = 60


class RowKind(StrEnum):
    """What a row is for."""

    HEADING = "heading"
    QUESTION = "question"
    INPUT = "input"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand, counted from 1: numbering and texts from `first` up to the weight."""

    first: int
    weight: int
    type: int
    answer: int

    @property
    def note(self) -> int:
        """Notes; evidence and link follow in the next two columns."""
        return self.answer + 4


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the sub-area it stands in, its text's fingerprint, its answer type and its answer cell."""

    number: int
    kind: RowKind
    section: str
    mark: str
    token: str | None
    type: Cell
    answer: Cell


def type_token(cell: Cell) -> str | None:
    """Answer type that a cell of the type column names; None where it names none."""
    text = re.sub(r"\s+", "", cell.text).casefold().replace("\N{EN DASH}", "-")
    return TYPES.get(re.sub(r"[,;|\\]", "/", text))


def find_columns(book: Book, grid: Grid) -> Columns | None:
    """Columns of an LKE sheet; None for another sheet."""
    found: Counter[int] = Counter()
    for number, values in enumerate(grid.rows, 1):
        for column, value in enumerate(values, 1):
            if value is not None and type_token(book.cell(grid, number, column)) is not None:
                found[column] += 1
    if not found:
        return None
    kind, times = found.most_common(1)[0]
    if times < FEWEST_TYPES:
        return None
    header = _header(book, grid)
    answer = header.get("jawaban", kind + 1)
    weight = header.get("bobot", kind - 2)
    first = header.get("penilaian", weight - _LABEL_COLUMNS)
    if not 1 <= first < weight < kind < answer:
        return None
    return Columns(first, weight, kind, answer)


def _header(book: Book, grid: Grid) -> dict[str, int]:
    """Reduced texts of the head row -> column; empty without a head row."""
    for number, values in enumerate(grid.rows[:_HEADER_ROWS], 1):
        texts: dict[str, int] = {}
        for column, value in enumerate(values, 1):
            if value is not None:
                texts.setdefault(reduced(book.cell(grid, number, column).text), column)
        if {"bobot", "jawaban"} <= texts.keys():
            return texts
    return {}


class _Walk:
    """Where in the instrument the walk down the sheet has come to."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._path: list[str] = []
        self._seen: set[str] = set()
        self.section = ""

    def enter(self, level: int, label: str, name: str) -> None:
        """Go into the node that a heading names; stay where a heading only divides a sub-area."""
        nodes = self._below(level)
        code = self._named(nodes, name) or self._labelled(nodes, label)
        if code is None and level == len(_LEVELS) - 1 and any(_suffix(node) == _bare(label) for node in nodes):
            return
        self._path = self._path[:level]
        self.section = ""
        if code is not None:
            self._path.append(code)
            self._seen.add(code)
            self.section = code if self._instrument.questions_of(code) else ""

    def _below(self, level: int) -> tuple[Node, ...]:
        if level == 0:
            return tuple(node for node in self._instrument.nodes if node.parent is None)
        return self._instrument.children(self._path[level - 1]) if len(self._path) >= level else ()

    def _named(self, nodes: tuple[Node, ...], name: str) -> str | None:
        return next((node.code for node in nodes if name and reduced(node.name) == reduced(name)), None)

    def _labelled(self, nodes: tuple[Node, ...], label: str) -> str | None:
        wanted = _bare(label)
        return next((node.code for node in nodes if _suffix(node) == wanted and node.code not in self._seen), None)


def _bare(label: str) -> str:
    return reduced(label.removesuffix(".0"))


def _suffix(node: Node) -> str:
    return node.code.rpartition(".")[2].casefold()


@dataclass(frozen=True, slots=True)
class _Marks:
    """Fingerprints of questions and of counts, the official ones and the instrument's own wording."""

    questions: frozenset[str]
    inputs: frozenset[str]


def question_marks(instrument: Instrument) -> dict[str, str]:
    """Fingerprint -> question code, official texts and the instrument's own."""
    own = {fingerprint(question.text): question.code for question in instrument.questions}
    official = {mark: code for code, mark in QUESTIONS.items() if instrument.has_question(code)}
    return own | official


def input_marks(instrument: Instrument) -> dict[str, list[tuple[str, str]]]:
    """Fingerprint -> (question code, key) of each count or derived total that has this label.

    Of an index the number of respondents: workbooks of the portal have a row for it, the official form has none.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for question in instrument.questions:
        if question.scale.is_choice:
            continue
        labels = {item.key: item.label for item in question.inputs if item.key != INDEX_KEY} | {
            item.key: item.label for item in question.derived
        }
        for key, label in labels.items():
            for mark in {INPUTS.get((question.code, key), ""), fingerprint(label)} - {""}:
                found.setdefault(mark, []).append((question.code, key))
    return found


def walk_rows(book: Book, grid: Grid, columns: Columns, instrument: Instrument) -> Iterator[Row]:
    """Classify every row of the sheet from top to bottom."""
    walk = _Walk(instrument)
    marks = _Marks(frozenset(question_marks(instrument)), frozenset(input_marks(instrument)))
    for number in range(1, grid.height + 1):
        texts = [book.cell(grid, number, column).text for column in range(columns.first, columns.weight)]
        kind_cell, answer = book.cell(grid, number, columns.type), book.cell(grid, number, columns.answer)
        filled = [position for position, text in enumerate(texts) if text]
        level = filled[0] if filled else len(texts)
        label = texts[level] if filled else ""
        text = texts[filled[-1]] if filled and (len(filled) > 1 or not _LETTER.fullmatch(label)) else ""
        token = type_token(kind_cell)
        if _is_heading(level, label, token):
            walk.enter(level, label, text if len(filled) > 1 else "")
            kind = RowKind.HEADING
        else:
            asks = bool(kind_cell.text) or answer.is_typed or answer.is_formula
            kind = _kind(level, label, fingerprint(text), token, marks, asks=asks)
        yield Row(number, kind, walk.section, fingerprint(text), token, kind_cell, answer)


def _is_heading(level: int, label: str, token: str | None) -> bool:
    """Numbering in the column of its level; a letter in the area's column numbers a result item."""
    if level >= len(_LEVELS) or _LEVELS[level].fullmatch(label) is None:
        return False
    return token in (None, Scale.RATIO.value)


def _kind(level: int, label: str, mark: str, token: str | None, marks: _Marks, *, asks: bool) -> RowKind:
    """`asks` tells whether the row has a type or something in its answer cell."""
    if mark in marks.questions and token != COUNT:
        return RowKind.QUESTION
    if token == COUNT or (mark in marks.inputs and token is None and asks):
        return RowKind.INPUT
    if token is not None:
        return RowKind.QUESTION
    if asks and level in (_RESULT_LEVEL, _QUESTION_LEVEL) and _LETTER.fullmatch(label):
        return RowKind.QUESTION
    if asks and level > _QUESTION_LEVEL and label.startswith("-"):
        return RowKind.INPUT
    return RowKind.OTHER
