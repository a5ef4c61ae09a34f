"""The scoring core: pure, exact arithmetic over an instrument and its answers.

Standard library only: no clock, no I/O, no translation. Fractions inside, Decimals at the border.
"""

from assessments.scoring.answers import Answer, AnswerError, Choice, Counts, Index, is_answered, read_answer, to_raw
from assessments.scoring.engine import ENGINE_VERSION, NodeScore, QuestionScore, Result, result_as_json, score
from assessments.scoring.explain import Explanation, explain, in_words
from assessments.scoring.gates import GateReport, GateResult
from assessments.scoring.instrument import (
    AreaRef,
    Derived,
    Gate,
    Input,
    Instrument,
    InstrumentError,
    Node,
    Option,
    Predicate,
    Prerequisite,
    Prerequisites,
    Question,
    ZeroDenominator,
    dump_instrument,
    parse_instrument,
)
from assessments.scoring.kinds import Scale
from assessments.scoring.rounding import display, display_against, display_among, exchange, plain, round_half_up
from assessments.scoring.shown import shown_percent, shown_points

__all__ = [
    "ENGINE_VERSION",
    "Answer",
    "AnswerError",
    "AreaRef",
    "Choice",
    "Counts",
    "Derived",
    "Explanation",
    "Gate",
    "GateReport",
    "GateResult",
    "Index",
    "Input",
    "Instrument",
    "InstrumentError",
    "Node",
    "NodeScore",
    "Option",
    "Predicate",
    "Prerequisite",
    "Prerequisites",
    "Question",
    "QuestionScore",
    "Result",
    "Scale",
    "ZeroDenominator",
    "display",
    "display_against",
    "display_among",
    "dump_instrument",
    "exchange",
    "explain",
    "in_words",
    "is_answered",
    "parse_instrument",
    "plain",
    "read_answer",
    "result_as_json",
    "round_half_up",
    "score",
    "shown_percent",
    "shown_points",
    "to_raw",
]
