"""The answers of an assessment as scoring values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessments import scoring
from assessments.models import Answer, Assessment
from assessments.queries.instruments import StoredInstrument, stored_instrument

# The later stage wins where several evaluators' rows stand.
TPI_STAGES = (Answer.Stage.MEMBER, Answer.Stage.LEAD, Answer.Stage.CONTROLLER)


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


def unit_sheet(assessment: Assessment) -> Sheet:
    """The unit's own answers; one query."""
    return _sheet(assessment, Answer.objects.filter(assessment=assessment, stage=Answer.Stage.UNIT))


def tpi_sheet(assessment: Assessment) -> Sheet:
    """What TPI says, the latest stage of each question; one query."""
    return _sheet(assessment, Answer.objects.filter(assessment=assessment, stage__in=TPI_STAGES))


def both_sheets(assessment: Assessment) -> tuple[Sheet, Sheet]:
    """The unit's and TPI's answers; one query."""
    rows = list(Answer.objects.filter(assessment=assessment).select_related("updated_by"))
    mine = [row for row in rows if row.stage == Answer.Stage.UNIT]
    theirs = [row for row in rows if row.stage != Answer.Stage.UNIT]
    return _sheet(assessment, mine), _sheet(assessment, theirs)


def _sheet(assessment: Assessment, rows: Iterable[Answer]) -> Sheet:
    instrument = stored_instrument(assessment.period.instrument)
    ranked = sorted(rows, key=lambda row: list(Answer.Stage.values).index(row.stage))
    return Sheet(instrument, {instrument.codes[row.question_id]: row for row in ranked})
