"""The answers of an assessment as scoring values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Case, Exists, F, IntegerField, OuterRef, QuerySet, When

from assessments import scoring
from assessments.models import Answer, Assessment
from assessments.queries.instruments import StoredInstrument, stored_instrument

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


@dataclass(frozen=True)
class StageSheets:
    """Everything that stands, each stage by itself.

    `withdrawn` holds the rows of scores that were taken back, by stage and question id: no number reads them.
    """

    instrument: StoredInstrument
    stages: Mapping[str, Sheet]
    withdrawn: Mapping[tuple[str, int], Answer]

    @property
    def unit(self) -> Sheet:
        return self.stages[Answer.Stage.UNIT]

    def of(self, stage: str) -> Sheet:
        """What one stage said itself, and nothing of the others."""
        return self.stages[stage]

    def below(self, stage: str) -> Sheet:
        """What a stage judges: the unit's answers for the member, TPI's as it was before them for the others."""
        if stage == Answer.Stage.MEMBER:
            return self.unit
        return self._in_force(item for item in TPI_STAGES if RANKS[item] < RANKS[stage])

    def settled(self, stage: str, *, empty: bool) -> Sheet:
        """The questions that a stage is done with: its own, and unless it begins `empty` those that it took over."""
        if empty or stage == Answer.Stage.MEMBER:
            return self.of(stage)
        return self._in_force(item for item in TPI_STAGES if RANKS[item] <= RANKS[stage])

    @property
    def tpi(self) -> Sheet:
        """What TPI says: of each question the row in force."""
        return self._in_force(TPI_STAGES)

    def with_row(self, code: str, row: Answer) -> "StageSheets":
        """The same with one more score, or another one."""
        sheet = self.stages[row.stage]
        rows = {**sheet.rows, code: row}
        return replace(self, stages={**self.stages, row.stage: replace(sheet, rows=rows)})

    def _in_force(self, stages: Iterable[str]) -> Sheet:
        rows = (row for stage in stages for row in self.stages[stage].rows.values())
        return Sheet(self.instrument, {self.instrument.codes[row.question_id]: row for row in by_force(rows)})


def by_force(rows: Iterable[Answer]) -> list[Answer]:
    """Rows in the order in which each outweighs those before it: by round, within a round by stage.

    A member's score of a later round is newer work than a lead's of the round before, who has not seen it yet.
    """
    return sorted(rows, key=lambda row: (row.round, RANKS[row.stage]))


def scores_in_force() -> QuerySet[Answer]:
    """TPI's row in force of every question of every assessment, for counting in the database."""
    stages = Case(*(When(stage=stage, then=rank) for stage, rank in RANKS.items()), output_field=IntegerField())
    scores = Answer.objects.filter(stage__in=TPI_STAGES).annotate(force=F("round") * len(RANKS) + stages)
    stronger = scores.filter(
        assessment=OuterRef("assessment"), question=OuterRef("question"), force__gt=OuterRef("force")
    )
    return scores.filter(~Exists(stronger))


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
    """What TPI says, the row in force of each question; one query."""
    return _sheet(assessment, Answer.objects.filter(assessment=assessment, stage__in=TPI_STAGES))


def both_sheets(assessment: Assessment, *, names: bool = True) -> tuple[Sheet, Sheet]:
    """The unit's and TPI's answers, with `names` of who wrote them; one query."""
    sheets = stage_sheets(assessment, names=names)
    return sheets.unit, sheets.tpi


def stage_sheets(assessment: Assessment, *, names: bool = True) -> StageSheets:
    """What every stage said, with `names` of who wrote it; one query."""
    found = Answer.every.filter(assessment=assessment)
    return _staged(assessment, list(found.select_related("updated_by") if names else found))


def sheets_of(assessment: Assessment, rows: Iterable[Answer]) -> tuple[Sheet, Sheet]:
    """The unit's and TPI's answers out of rows that were read already."""
    sheets = _staged(assessment, list(rows))
    return sheets.unit, sheets.tpi


def _staged(assessment: Assessment, rows: list[Answer]) -> StageSheets:
    return StageSheets(
        instrument=stored_instrument(assessment.period.instrument),
        stages={
            stage: _sheet(assessment, (row for row in rows if row.stage == stage and not row.is_withdrawn))
            for stage in RANKS
        },
        withdrawn={(row.stage, row.question_id): row for row in rows if row.is_withdrawn},
    )


def _sheet(assessment: Assessment, rows: Iterable[Answer]) -> Sheet:
    instrument = stored_instrument(assessment.period.instrument)
    return Sheet(instrument, {instrument.codes[row.question_id]: row for row in by_force(rows)})
