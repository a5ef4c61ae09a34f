"""The rules of the instrument as spreadsheet formulas: blanks count 0, ratios are clipped, rules hold for zeros.

Only functions that Excel 2007, LibreOffice and the viewers of phones know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from xlsxwriter.utility import xl_rowcol_to_cell

from assessments.exporters.worksheet_rows import Layout
from assessments.scoring.answers import MAX_COUNT, MAX_DECIMALS
from assessments.scoring.formula import Binary, Expression, Name, Number
from assessments.scoring.instrument import Instrument, Question
from assessments.scoring.kinds import INDEX_KEY, Scale
from assessments.scoring.rounding import plain

FILLED: Final = "Terisi"
BLANK: Final = "Belum diisi"
PARTIAL: Final = "Belum lengkap"
DOUBTFUL: Final = "Periksa"
PASSED: Final = "Memenuhi"
FAILED: Final = "Belum memenuhi"
PLACES: Final = 10
WEIGHT_COLUMN: Final = 7


@dataclass(frozen=True, slots=True)
class Side:
    """The columns of the unit's or of TPI's side."""

    answer: int
    value: int
    share: int


def cell(row: int, column: int) -> str:
    return xl_rowcol_to_cell(row, column)


def total_of(cells: Iterable[str]) -> str:
    return f"SUM({','.join(cells)})"


def choice_value(question: Question, at: str) -> str:
    """The score of the option in a cell, whatever its case; 0 for a blank and for anything else."""
    formula = "0"
    for option in reversed(question.options):
        if option.score:
            formula = f'IF(UPPER(TRIM({at}))="{option.label.upper()}",{plain(option.score)},{formula})'
    return f"={formula}"


def choice_status(question: Question, at: str) -> str:
    known = ",".join(f'UPPER(TRIM({at}))="{option.label.upper()}"' for option in question.options)
    return f'=IF(TRIM({at})="","{BLANK}",IF(OR({known}),"{FILLED}","{DOUBTFUL}"))'


def ratio(question: Question, cells: Mapping[str, str]) -> str:
    """The clipped ratio of counts, or a word for counts that are missing or cannot be."""
    used = [cells[key] for key in question.used_keys]
    listed = ",".join(used)
    wrong = ",".join(f"{at}<0,{at}<>INT({at}),{at}>{MAX_COUNT}" for at in used)
    missing = f'IF(COUNTA({listed})=0,"{BLANK}",IF(COUNTA({listed})>COUNT({listed}),"{DOUBTFUL}","{PARTIAL}"))'
    return f'=IF(COUNT({listed})<{len(used)},{missing},IF(OR({wrong}),"{DOUBTFUL}",{_computed(question, cells)}))'


def derived(names: Iterable[str], root: Expression, cells: Mapping[str, str]) -> str:
    """A sum shown beside its parts."""
    used = [cells[name] for name in sorted(names)]
    return f'=IF(COUNT({",".join(used)})<{len(used)},"{BLANK}",{_expression(root, cells)})'


def number_or_zero(at: str) -> str:
    return f"=IF(ISNUMBER({at}),{at},0)"


def ratio_status(at: str) -> str:
    return f'=IF(ISNUMBER({at}),"{FILLED}",{at})'


def index_value(question: Question, at: str, weight: str) -> str:
    """Points of an index; 0 while it is blank or no index."""
    return f"=IF(ISNUMBER({at}),IF({_is_index(question, at)},{_computed(question, {INDEX_KEY: at})},0),0)*{weight}"


def index_status(question: Question, at: str) -> str:
    known = f'IF(ISNUMBER({at}),IF({_is_index(question, at)},"{FILLED}","{DOUBTFUL}"),"{DOUBTFUL}")'
    return f'=IF(TRIM({at})="","{BLANK}",{known})'


def _is_index(question: Question, at: str) -> str:
    bounds = [f"{at}>={plain(question.minimum or Decimal(0))}", f"ROUND({at},{MAX_DECIMALS})={at}"]
    if question.maximum is not None:
        bounds.append(f"{at}<={plain(question.maximum)}")
    return f"AND({','.join(bounds)})"


def _computed(question: Question, cells: Mapping[str, str]) -> str:
    """The instrument's formula between 0 and its cap; the only error there can be is a denominator of 0."""
    if question.formula is None:
        return "0"
    cap = Decimal(1) if question.cap is None else question.cap
    return f"IFERROR(MAX(0,MIN({plain(cap)},{_expression(question.formula.root, cells)})),{_zero(question, cells)})"


def _zero(question: Question, cells: Mapping[str, str]) -> str:
    rule = question.zero_denominator
    if rule is None:
        return "0"
    if rule.if_zero_score is None:
        return plain(rule.score)
    return f"IF({cells[rule.if_zero_key]}=0,{plain(rule.if_zero_score)},{plain(rule.score)})"


def _expression(node: Expression, cells: Mapping[str, str]) -> str:
    if isinstance(node, Number):
        return plain(node.value)
    if isinstance(node, Name):
        return cells[node.key]
    return f"{_operand(node.left, cells)}{node.operator}{_operand(node.right, cells)}"


def _operand(node: Expression, cells: Mapping[str, str]) -> str:
    text = _expression(node, cells)
    return f"({text})" if isinstance(node, Binary) else text


def question_value(question: Question, layout: Layout, side: Side) -> str:
    """What stands in the value column of a question: 0..1, or points where the question has a weight of its own."""
    row = layout.questions[question.code]
    at, weight = cell(row, side.answer), cell(row, WEIGHT_COLUMN)
    if question.scale is Scale.INDEX:
        return index_value(question, at, weight)
    formula = number_or_zero(at) if question.scale is Scale.RATIO else choice_value(question, at)
    return formula if question.weight is None else f"{formula}*{weight}"


def question_status(question: Question, layout: Layout, side: Side) -> str:
    at = cell(layout.questions[question.code], side.answer)
    if question.scale is Scale.INDEX:
        return index_status(question, at)
    return ratio_status(at) if question.scale is Scale.RATIO else choice_status(question, at)


def count_cells(question: Question, layout: Layout, side: Side) -> dict[str, str]:
    """Cells of a ratio's counts by key."""
    return {item.key: cell(layout.counts[question.code, item.key], side.answer) for item in question.inputs}


def node_value(instrument: Instrument, code: str, layout: Layout, side: Side) -> str:
    """Points of a node: the weight times the mean of its questions, or the sum of the nodes below."""
    questions = instrument.questions_of(code)
    if not questions:
        return "=" + total_of(cell(layout.nodes[child.code], side.value) for child in instrument.children(code))
    own = [cell(layout.questions[item.code], side.value) for item in questions if item.weight is not None]
    even = [cell(layout.questions[item.code], side.value) for item in questions if item.weight is None]
    parts = []
    if even:
        parts.append(f"{cell(layout.nodes[code], WEIGHT_COLUMN)}*{total_of(even)}/{len(questions)}")
    if own:
        parts.append(total_of(own))
    return "=" + "+".join(parts)


def share(row: int, column: int) -> str:
    """Points as a part of the weight in the same row."""
    return f"={cell(row, column)}/{cell(row, WEIGHT_COLUMN)}"


def verdict(actual: str, required: str) -> str:
    """Compared at ten places, where the noise of binary numbers is gone."""
    return f'=IF(ROUND({actual},{PLACES})>=ROUND({required},{PLACES}),"{PASSED}","{FAILED}")'


def needs_places(at: str, minima: Iterable[Fraction]) -> str:
    """Whether two places would put a number on the wrong side of a minimum."""
    wrong = ",".join(f"(ROUND({at},2)>={plain(item)})<>(ROUND({at},{PLACES})>={plain(item)})" for item in minima)
    return f"=OR({wrong})"


def hides_difference(at: str) -> str:
    """Whether a difference is there that two places do not show."""
    return f"=AND(ROUND({at},2)=0,ROUND({at},{PLACES})<>0)"
