"""The answers of an assessment as scoring values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessments import scoring
from assessments.models import Answer, Assessment
from assessments.queries.instruments import StoredInstrument, stored_instrument

# The later stage wins where several evaluators' rows stand.
TPI_STAGES = (Answer.Stage.MEMBER, Answer.Stage.LEAD, Answer.Stage.CONTROLLER)
RANKS = {stage: rank for rank, stage in enumerate(Answer.Stage.values)}


@dataclass(frozen=True)
class Sheet:
    """The rows of one or several stages by question code, and what scoring reads from them."""

    instrument: StoredInstrument
    rows: Mapping[str, Answer]

    @property
    def values(self) -> dict[str, scoring.Answer]:
        """Readable answers only; a row without an answer is absent."""
        questions = self.instrument.value
        found = {code: scoring.read_answer(questions.question(code), row.raw) for code, row in self.rows.items()}
        return {code: answer for code, answer in found.items() if answer is not None}

    def result(self, *, holds_wbk: bool = False) -> scoring.Result:
        return scoring.score(self.instrument.value, self.values, holds_wbk=holds_wbk)


def disagreements(mine: Sheet, theirs: Sheet) -> tuple[str, ...]:
    """Codes that TPI scored otherwise than the unit answered; inputs that no formula reads do not count.

    A row of TPI without an answer is a score too: it confirms that nothing was given, which counts 0.
    """
    questions, own, given = mine.instrument.value, mine.values, theirs.values
    return tuple(
        code
        for code in mine.instrument.question_ids
        if code in theirs.rows and not same_answer(questions.question(code), own.get(code), given.get(code))
    )


def same_answer(question: scoring.Question, one: scoring.Answer | None, other: scoring.Answer | None) -> bool:
    """Whether two answers say the same in everything that the score reads."""
    if isinstance(one, scoring.Counts) and isinstance(other, scoring.Counts):
        return all(one.values.get(key) == other.values.get(key) for key in question.used_keys)
    if isinstance(one, scoring.Index) and isinstance(other, scoring.Index):
        return one.value == other.value
    return one == other


def unit_sheet(assessment: Assessment) -> Sheet:
    """The unit's own answers; one query."""
    return _sheet(assessment, Answer.objects.filter(assessment=assessment, stage=Answer.Stage.UNIT))


def tpi_sheet(assessment: Assessment) -> Sheet:
    """What TPI says, the latest stage of each question; one query."""
    return _sheet(assessment, Answer.objects.filter(assessment=assessment, stage__in=TPI_STAGES))


def both_sheets(assessment: Assessment, *, names: bool = True) -> tuple[Sheet, Sheet]:
    """The unit's and TPI's answers, with `names` of who wrote them; one query."""
    found = Answer.objects.filter(assessment=assessment)
    rows = list(found.select_related("updated_by") if names else found)
    mine = [row for row in rows if row.stage == Answer.Stage.UNIT]
    theirs = [row for row in rows if row.stage != Answer.Stage.UNIT]
    return _sheet(assessment, mine), _sheet(assessment, theirs)


def _sheet(assessment: Assessment, rows: Iterable[Answer]) -> Sheet:
    instrument = stored_instrument(assessment.period.instrument)
    ranked = sorted(rows, key=lambda row: RANKS[row.stage])
    return Sheet(instrument, {instrument.codes[row.question_id]: row for row in ranked})
