"""The rows of the worksheet, in the layout of the official form: which row holds what, before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from assessments.scoring.kinds import INDEX_KEY
from assessments.scoring.structure import Instrument, Node, Question

FIRST_ROW = 3  # counted from 0: below title, head and hint
LABEL_COLUMN = 1


class RowKind(StrEnum):
    """What a row is for; it also names its style."""

    COMPONENT = "component"
    HALF = "half"
    AREA = "area"
    SUBAREA = "subarea"
    QUESTION = "question"
    COUNT = "count"
    DERIVED = "derived"
    TOTAL = "total"
    GRAND_TOTAL = "grand_total"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `code` is that of the node, or of the question; `key` that of a count or a derived sum.

    `column` is where the numbering `mark` stands; the text follows in the next column.
    """

    number: int
    kind: RowKind
    code: str = ""
    key: str = ""
    column: int = LABEL_COLUMN
    mark: str = ""
    text: str = ""


@dataclass(slots=True)
class Layout:
    """All rows, and where to find them; row numbers count from 0."""

    rows: list[Row] = field(default_factory=list)
    nodes: dict[str, int] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    grand_total: int = 0

    @property
    def last(self) -> int:
        return self.rows[-1].number


def layout_of(instrument: Instrument) -> Layout:
    """The layout of an instrument; made once."""
    return instrument.once(_layout)


def _layout(instrument: Instrument) -> Layout:
    layout = Layout()
    for number, row in enumerate(_rows(instrument), FIRST_ROW):
        placed = Row(number, row.kind, row.code, row.key, row.column, row.mark, row.text)
        layout.rows.append(placed)
        if row.kind is RowKind.QUESTION:
            layout.questions[row.code] = number
        elif row.kind in (RowKind.COUNT, RowKind.DERIVED):
            layout.counts[row.code, row.key] = number
        elif row.kind is RowKind.TOTAL:
            layout.totals[row.code] = number
        elif row.kind is RowKind.GRAND_TOTAL:
            layout.grand_total = number
        else:
            layout.nodes[row.code] = number
    return layout


def _rows(instrument: Instrument) -> Iterator[Row]:
    for root in (node for node in instrument.nodes if node.parent is None):
        yield from _node_rows(instrument, root)
        yield Row(0, RowKind.TOTAL, root.code, text=f"TOTAL {root.name.upper()}")
    yield Row(0, RowKind.GRAND_TOTAL, text="NILAI EVALUASI ZONA INTEGRITAS")


def _node_rows(instrument: Instrument, node: Node) -> Iterator[Row]:
    depth = node.code.count(".")
    kind = (RowKind.COMPONENT, RowKind.HALF, RowKind.AREA, RowKind.SUBAREA)[depth]
    name = node.name if kind is RowKind.SUBAREA else node.name.upper()
    yield Row(0, kind, node.code, "", LABEL_COLUMN + depth, f"{_last(node.code)}.", name)
    for question in instrument.questions_of(node.code):
        yield from _question_rows(question)
    for child in instrument.children(node.code):
        yield from _node_rows(instrument, child)


def _question_rows(question: Question) -> Iterator[Row]:
    column = LABEL_COLUMN + question.code.count(".")
    yield Row(0, RowKind.QUESTION, question.code, "", column, f"{_last(question.code)}.", question.text)
    below = LABEL_COLUMN + 4
    for total in question.derived:
        yield Row(0, RowKind.DERIVED, question.code, total.key, below, "-", total.label)
    for item in question.inputs:
        if item.key != INDEX_KEY:
            yield Row(0, RowKind.COUNT, question.code, item.key, below, "", f"- {item.label}")


def _last(code: str) -> str:
    return code.rpartition(".")[2]
