"""One question as TPI's pages compare it: the unit's answer, the score, what can be agreed with, and counts of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from assessments import scoring
from assessments.models import Answer, Assessment, Note
from assessments.queries.answers import Sheet, disagreements, same_answer
from assessments.scoring.kinds import INDEX_KEY, RESPONDENTS_KEY
from assessments.scoring.values import computed_value


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One option, and who chose it; `base` marks the one to agree with."""

    label: str
    score: Decimal
    criterion: str
    own: bool
    theirs: bool
    base: bool


@dataclass(frozen=True, slots=True)
class InputLine:
    """One number that a computed question asks for, as each side gave it; `base` is the one to agree with."""

    key: str
    label: str
    used: bool
    own: int | Decimal | None
    theirs: int | Decimal | None
    base: int | Decimal | None


@dataclass(frozen=True)
class Card:
    """One question on the desk: the unit's answer (`own`), the score that stands (`theirs`), what "Sesuai" takes over.

    `base` is the unit's answer for a member, the score of the stage before for lead and controller. `version` is that
    of the row that the reader writes.
    """

    question: scoring.Question
    own: Answer | None
    theirs: Answer | None
    own_answer: scoring.Answer | None
    answer: scoring.Answer | None
    base: scoring.Answer | None
    own_score: scoring.QuestionScore
    score: scoring.QuestionScore
    version: int = 0

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def is_scored(self) -> bool:
        return self.theirs is not None

    @property
    def is_blank(self) -> bool:
        """The unit gave nothing at all."""
        return self.own_answer is None

    @property
    def is_scored_blank(self) -> bool:
        return self.theirs is not None and self.answer is None

    @property
    def differs(self) -> bool:
        return self.is_scored and not same_answer(self.question, self.own_answer, self.answer)

    @property
    def state(self) -> str:
        """`unscored`, `same` or `different`."""
        if not self.is_scored:
            return "unscored"
        return "different" if self.differs else "same"

    @property
    def answer_changed(self) -> bool:
        """The unit wrote on its answer after the score was given."""
        return bool(self.own and self.theirs and self.own.updated_at > self.theirs.updated_at)

    @cached_property
    def options(self) -> tuple[OptionLine, ...]:
        own, theirs, base = _label(self.own_answer), _label(self.answer), _label(self.base)
        return tuple(
            OptionLine(
                item.label, item.score, item.criterion, item.label == own, item.label == theirs, item.label == base
            )
            for item in self.question.options
        )

    @cached_property
    def inputs(self) -> tuple[InputLine, ...]:
        own, theirs, base = (numbers_of(side) for side in (self.own_answer, self.answer, self.base))
        return tuple(
            InputLine(item.key, item.label, item.used, own.get(item.key), theirs.get(item.key), base.get(item.key))
            for item in self.question.inputs
        )

    @cached_property
    def derived(self) -> tuple[InputLine, ...]:
        """Sums shown beside the inputs."""
        own, theirs = numbers_of(self.own_answer), numbers_of(self.answer)
        return tuple(
            InputLine(item.key, item.label, False, _derived(item, own), _derived(item, theirs), None)
            for item in self.question.derived
        )

    @property
    def own_ratio(self) -> Fraction | None:
        """The formula's outcome before it was clipped; None while inputs are missing or the denominator is 0."""
        return _ratio(self.question, self.own_answer)

    @property
    def ratio(self) -> Fraction | None:
        return _ratio(self.question, self.answer)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a sub-area (or of everything)."""

    scored: int = 0
    total: int = 0
    different: int = 0
    changed: int = 0

    @property
    def is_complete(self) -> bool:
        return self.scored == self.total


def standing(
    assessment: Assessment, code: str, stage: str | None, note_stage: str | None
) -> tuple[Answer | None, Note | None]:
    """The score of a stage on a question and the note of a stage, as they are now; two queries."""
    here = {"assessment": assessment, "question__code": code}
    row = Answer.every.filter(**here, stage=stage).select_related("updated_by").first()
    notes = Note.objects.filter(**here, kind=Note.Kind.NOTE, stage=note_stage, round=assessment.round)
    return row, notes.select_related("author").first()


def make_card(
    mine: Sheet,
    theirs: Sheet,
    code: str,
    results: tuple[scoring.Result, scoring.Result],
    *,
    base: Answer | None,
    version: int,
) -> Card:
    """A card from sheets and results that were read already; no query."""
    question = mine.instrument.value.question(code)
    own, row = mine.rows.get(code), theirs.rows.get(code)
    return Card(
        question=question,
        own=own,
        theirs=row,
        own_answer=scoring.read_answer(question, own.raw) if own else None,
        answer=scoring.read_answer(question, row.raw) if row else None,
        base=scoring.read_answer(question, base.raw) if base else None,
        own_score=results[0].questions[code],
        score=results[1].questions[code],
        version=version,
    )


def tally(mine: Sheet, theirs: Sheet, codes: Iterable[str]) -> Tally:
    """How far these questions are; evidence is not looked at."""
    wanted = tuple(codes)
    different = set(disagreements(mine, theirs))
    return Tally(
        scored=sum(code in theirs.rows for code in wanted),
        total=len(wanted),
        different=sum(code in different for code in wanted),
        changed=sum(answer_changed(mine, theirs, code) for code in wanted),
    )


def answer_changed(mine: Sheet, theirs: Sheet, code: str) -> bool:
    own, row = mine.rows.get(code), theirs.rows.get(code)
    return bool(own and row and own.updated_at > row.updated_at)


def path_of(instrument: scoring.Instrument, code: str) -> tuple[scoring.Node, ...]:
    """The nodes above a node, from the top."""
    return path_to(instrument, code)[:-1]


def path_to(instrument: scoring.Instrument, code: str) -> tuple[scoring.Node, ...]:
    """A node and the nodes above it, from the top."""
    found = [instrument.node(code)]
    while (parent := found[0].parent) is not None:
        found.insert(0, instrument.node(parent))
    return tuple(found)


def numbers_of(answer: scoring.Answer | None) -> Mapping[str, int | Decimal]:
    """Numbers of an answer by input key."""
    if isinstance(answer, scoring.Counts):
        return dict(answer.values)
    if isinstance(answer, scoring.Index):
        pairs = ((INDEX_KEY, answer.value), (RESPONDENTS_KEY, answer.respondents))
        return {key: number for key, number in pairs if number is not None}
    return {}


def _label(answer: scoring.Answer | None) -> str:
    return answer.label if isinstance(answer, scoring.Choice) else ""


def _derived(item: scoring.Derived, given: Mapping[str, int | Decimal]) -> int | Decimal | None:
    if not item.formula.names <= given.keys():
        return None
    return scoring.display(item.formula.evaluate(given), 0)


def _ratio(question: scoring.Question, answer: scoring.Answer | None) -> Fraction | None:
    if isinstance(answer, scoring.Choice) or not scoring.is_answered(question, answer):
        return None
    return computed_value(question, dict(numbers_of(answer))).raw
