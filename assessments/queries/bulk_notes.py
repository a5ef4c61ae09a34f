"""What one note for many questions would do to each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, Note
from assessments.queries.answers import both_sheets
from assessments.queries.paired import as_note, blind_slot, own_scores, with_slot
from units.models import User


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One question: the unit's answer, TPI's score as the reader sees it, and the note that their stage has already."""

    question: scoring.Question
    own: Answer | None
    theirs: Answer | None
    note: Note | None
    round: int

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def is_written(self) -> bool:
        return self.note is None

    @property
    def token(self) -> str:
        """What the page saw: the question in its round, with the versions of answer and score."""
        versions = (row.version if row else 0 for row in (self.own, self.theirs))
        return f"{self.code}@{self.round}.{'.'.join(map(str, versions))}"


@dataclass(frozen=True)
class NotePlan:
    """Rows in the order of the worksheet; `unknown` are codes that this worksheet does not have."""

    stage: Note.Stage
    is_blind: bool
    rows: tuple[NoteRow, ...]
    unknown: tuple[str, ...]

    @property
    def written(self) -> tuple[NoteRow, ...]:
        return tuple(row for row in self.rows if row.is_written)

    @property
    def refused(self) -> tuple[NoteRow, ...]:
        return tuple(row for row in self.rows if not row.is_written)


def note_plan(assessment: Assessment, user: User, codes: Iterable[str]) -> NotePlan:
    """What the note would do now, for whoever has the turn; two queries, in blind scoring at most four.

    Raises ValueError for somebody who has not.
    """
    stage = permissions.score_stage(user, assessment)
    if stage is None:
        raise ValueError(assessment.state)
    mine, theirs = both_sheets(assessment, names=False)
    slot = blind_slot(user, assessment)
    scores = own_scores(assessment, slot) if slot is not None else ()
    theirs = with_slot(theirs, scores)
    notes = _notes(assessment, stage) if slot is None else {row.question_id: as_note(row) for row in scores}
    wanted, ids = set(codes), mine.instrument.question_ids
    rows = (
        NoteRow(question, mine.rows.get(code), theirs.rows.get(code), notes.get(ids[code]), assessment.round)
        for question in mine.instrument.value.questions
        if (code := question.code) in wanted
    )
    return NotePlan(Note.Stage(stage.value), slot is not None, tuple(rows), tuple(sorted(wanted - ids.keys())))


def _notes(assessment: Assessment, stage: str) -> Mapping[int, Note | None]:
    """Question id -> the note of a stage in the present round."""
    rows = Note.objects.filter(assessment=assessment, stage=stage, round=assessment.round, kind=Note.Kind.NOTE)
    return {note.question_id: note for note in rows.order_by()}
