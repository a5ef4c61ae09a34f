"""The value of one question, 0..1, from its answer."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from assessments.scoring.answers import Answer, AnswerError, Choice, Counts, Index, Reason, is_answered
from assessments.scoring.formula import Exact
from assessments.scoring.kinds import INDEX_KEY, Scale
from assessments.scoring.structure import Question


@dataclass(frozen=True, slots=True)
class Value:
    """`number` is 0..1; `raw` is what the formula gave before it was clipped, None for a denominator of 0."""

    number: Fraction
    raw: Fraction | None
    zero_denominator_used: bool = False

    @property
    def clipped(self) -> bool:
        return self.raw is not None and self.raw != self.number


def question_value(question: Question, answer: Answer | None) -> Value | None:
    """Value of an answer; None while the question is unanswered. Raises AnswerError for another kind's answer."""
    if answer is not None:
        refuse_other_kind(question, answer)
    if answer is None or not is_answered(question, answer):
        return None
    if isinstance(answer, Choice):
        score = Fraction(option_score(question, answer.label))
        return Value(score, score)
    return computed_value(question, exact_inputs(answer))


def refuse_other_kind(question: Question, answer: Answer) -> None:
    """Raise AnswerError when a ratio got a label, and so on."""
    wanted = {Scale.RATIO: Counts, Scale.INDEX: Index}.get(question.scale, Choice)
    if not isinstance(answer, wanted):
        raise AnswerError(question.code, Reason.WRONG_TYPE, answer)


def option_score(question: Question, label: str) -> Decimal:
    """Score of an option; raises AnswerError for a label that the question does not have."""
    for option in question.options:
        if option.label == label:
            return option.score
    raise AnswerError(question.code, Reason.UNKNOWN_OPTION, label)


def exact_inputs(answer: Counts | Index) -> dict[str, Exact]:
    """Numbers of an answered question by input key."""
    if isinstance(answer, Counts):
        return dict(answer.values)
    return {} if answer.value is None else {INDEX_KEY: answer.value}


def computed_value(question: Question, inputs: dict[str, Exact]) -> Value:
    """Value of the question's formula, clipped into 0..cap; a denominator of 0 follows the instrument's rule."""
    if question.formula is None:
        raise AnswerError(question.code, Reason.WRONG_TYPE, inputs)
    try:
        raw = question.formula.evaluate(inputs)
    except ZeroDivisionError:
        return Value(_zero_score(question, inputs), None, zero_denominator_used=True)
    cap = Fraction(1) if question.cap is None else Fraction(question.cap)
    return Value(min(max(raw, Fraction(0)), cap), raw)


def _zero_score(question: Question, inputs: dict[str, Exact]) -> Fraction:
    rule = question.zero_denominator
    if rule is None:
        return Fraction(0)
    if rule.if_zero_score is not None and inputs[rule.if_zero_key] == 0:
        return Fraction(rule.if_zero_score)
    return Fraction(rule.score)
