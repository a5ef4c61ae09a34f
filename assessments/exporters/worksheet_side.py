"""One side of a workbook, the unit's or TPI's: its answers, their scores, and the values that formulas will give."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from assessments.exporters.worksheet_formulas import BLANK, FILLED, PARTIAL, Side
from assessments.queries.answers import Sheet
from assessments.scoring.answers import Answer, Choice, Counts, Index
from assessments.scoring.engine import Result
from assessments.scoring.instrument import Question
from assessments.scoring.kinds import RESPONDENTS_KEY, Scale


@dataclass(frozen=True, slots=True)
class Filled:
    """Answers in their columns. `given` are the questions that this side has a row for."""

    columns: Side
    answers: Mapping[str, Answer]
    result: Result
    given: frozenset[str]

    def typed(self, question: Question) -> str | Decimal | None:
        """What stands in the answer cell of a choice or an index."""
        answer = self.answers.get(question.code)
        if isinstance(answer, Choice):
            return answer.label
        return answer.value if isinstance(answer, Index) else None

    def count(self, code: str, key: str) -> int | None:
        answer = self.answers.get(code)
        if isinstance(answer, Index):
            return answer.respondents if key == RESPONDENTS_KEY else None
        return answer.values.get(key) if isinstance(answer, Counts) else None

    def status(self, question: Question) -> str:
        """The word that the status formula gives for a readable answer."""
        if self.result.questions[question.code].answered:
            return FILLED
        answer = self.answers.get(question.code)
        started = isinstance(answer, Counts) and any(key in answer.values for key in question.used_keys)
        return PARTIAL if started else BLANK

    def ratio(self, question: Question) -> float | str:
        found = self.result.questions[question.code]
        return float(found.value) if found.answered else self.status(question)

    def derived(self, question: Question, key: str) -> float | str:
        (total,) = (item for item in question.derived if item.key == key)
        answer = self.answers.get(question.code)
        values = answer.values if isinstance(answer, Counts) else {}
        return float(total.formula.evaluate(values)) if total.formula.names <= values.keys() else BLANK

    def value(self, question: Question) -> float:
        """0..1, or points where the question has a weight of its own."""
        found = self.result.questions[question.code]
        return float(found.value if question.weight is None else found.points)


def filled(sheet: Sheet, columns: Side, *, holds_wbk: bool) -> Filled:
    return Filled(columns, sheet.values, sheet.result(holds_wbk=holds_wbk), frozenset(sheet.rows))


def is_ratio(question: Question) -> bool:
    return question.scale is Scale.RATIO
