"""What an explanation holds; each language words these fields itself."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from assessments.scoring.structure import ZeroDenominator

Piece = str | Fraction
"""A word or sign of a formula, or a number in it."""


class Kind(StrEnum):
    """What an explanation is about."""

    CHOICE = "choice"
    RATIO = "ratio"
    INDEX = "index"
    SUBAREA = "subarea"
    SUM = "sum"
    AREA = "area"
    TOTAL = "total"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that goes in. `value` is None where nothing was given; `code` names a question or node."""

    label: str
    value: Fraction | None
    code: str = ""
    maximum: Fraction | None = None
    used: bool = True
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class ZeroReading:
    """The rule that was read for a denominator of 0, and the value that it gave; `rule` None: the file has none."""

    rule: ZeroDenominator | None
    score: Fraction


@dataclass(frozen=True, slots=True)
class Explanation:
    """One number with everything that made it.

    `formula` has names, `filled` the same with numbers, in pieces so that each language formats its own numbers.
    `value` is the question's 0..1, `raw` the formula's outcome before it was clipped, `result` the exact outcome,
    `shown` what people see (for an area's gate per cent). `required`, `passed` and `predicate` belong to gates.
    """

    key: str
    kind: Kind
    title: str
    formula: str
    filled: tuple[Piece, ...]
    lines: tuple[Line, ...]
    result: Fraction
    shown: Decimal
    maximum: Fraction
    answered: bool = True
    value: Fraction | None = None
    raw: Fraction | None = None
    clipped: bool = False
    zero: ZeroReading | None = None
    blanks: tuple[str, ...] = ()
    weight: Fraction | None = None
    shared_by: int = 1
    respondents_min: int | None = None
    predicate: str = ""
    required: Fraction | None = None
    passed: bool | None = None

    @property
    def margin(self) -> Fraction | None:
        return None if self.required is None else self.result - self.required
