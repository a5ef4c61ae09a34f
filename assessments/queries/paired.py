"""What two members say without seeing each other, as each reader may see it, and where they differ once both are in.

Nothing else reads BlindScore: numbers, lists, exports and reports only know Answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, BlindScore, Note, Scorer
from assessments.queries.answers import Sheet, StageSheets, both_sheets, same_answer, stage_sheets
from assessments.queries.scorers import FIRST, SECOND, active_scorers, scoring_of, slot_among, slot_of
from units import permissions as who
from units.models import Team, User

State = Assessment.State


def is_paired(assessment: Assessment) -> bool:
    return assessment.scoring == Team.Scoring.PAIRED


def is_blind(assessment: Assessment) -> bool:
    return permissions.is_blind(assessment)


def keeps_apart(assessment: Assessment) -> bool:
    """Whether members must not read each other now: two score blind, or will as soon as one begins.

    One query while the worksheet waits to be scored.
    """
    return assessment.state in permissions.SCORABLE and scoring_of(assessment) == Team.Scoring.PAIRED


def sheets_for(user: User, assessment: Assessment) -> tuple[Sheet, Sheet]:
    """The unit's and TPI's answers as this reader may see them; one query, in blind scoring at most four.

    While two members score blind, each sees what they gave themselves in this round in front of what stands; everybody
    else sees only what stands.
    """
    mine, theirs = both_sheets(assessment)
    slot = blind_slot(user, assessment)
    return (mine, theirs) if slot is None else (mine, with_slot(theirs, own_scores(assessment, slot)))


def seen_by(reader: User | None, assessment: Assessment) -> tuple[Sheet, Sheet]:
    """As sheets_for; for nobody in particular what stands."""
    return both_sheets(assessment) if reader is None else sheets_for(reader, assessment)


def blind_slot(user: User, assessment: Assessment) -> int | None:
    """The slot in which this person scores blind now; None for everybody else. No query outside blind scoring."""
    return slot_of(user, assessment) if is_blind(assessment) else None


@dataclass(frozen=True)
class Pairing:
    """Where two members stand, as one reader may know it.

    `slot` is the reader's own, with whether they have `handed_in`. `scorers` is empty for members: none learns how far
    the other is. `open` counts what waits for the lead, once both are in.
    """

    is_blind: bool
    slot: int | None
    handed_in: bool
    scorers: tuple[Scorer, ...]
    different: int
    open: int


def pairing(user: User, assessment: Assessment) -> Pairing | None:
    """Where two members stand; None where one scores. At most two queries, none in single scoring."""
    if not is_paired(assessment):
        return None
    if not is_blind(assessment):
        pairs = [pair for pair in pairs_of(assessment) if not pair.is_same]
        return Pairing(False, None, False, (), len(pairs), sum(not pair.is_settled for pair in pairs))
    scorers = active_scorers(assessment.pk)
    slot = slot_among(scorers, user, assessment)
    mine = next((row for row in scorers if row.user_id == user.pk and row.slot == slot), None)
    roles = permissions.evaluator_roles(user, assessment)
    return Pairing(
        is_blind=True,
        slot=mine.slot if mine else None,
        handed_in=bool(mine and mine.handed_in_at),
        scorers=() if who.TPI_MEMBER in roles else scorers,
        different=0,
        open=0,
    )


def has_handed_in(assessment: Assessment, slot: int | None) -> bool:
    """Whether the holder of a blind slot is done; one query, none where nobody scores blind."""
    if slot is None:
        return False
    rows = Scorer.objects.filter(assessment=assessment, slot=slot, ended_at__isnull=True, handed_in_at__isnull=False)
    return rows.exists()


def own_scores(assessment: Assessment, slot: int, code: str = "") -> tuple[BlindScore, ...]:
    """What one slot gave in the present round, to one question or to all; one query. For that slot's holder only."""
    rows = BlindScore.objects.filter(assessment=assessment, slot=slot, round=assessment.round)
    if code:
        rows = rows.filter(question__code=code)
    return tuple(rows.select_related("updated_by", "note_by"))


def own_standing(assessment: Assessment, slot: int, code: str) -> tuple[Answer | None, Note | None]:
    """What one slot stores on a question: score (also one that was taken back) and note; one query."""
    rows = own_scores(assessment, slot, code)
    return (as_answer(rows[0]), as_note(rows[0])) if rows else (None, None)


def own_notes(assessment: Assessment, slot: int) -> dict[int, Note]:
    """Question id -> the holder's own note in the shape of a note, not stored; one query."""
    notes = {row.question_id: as_note(row) for row in own_scores(assessment, slot)}
    return {key: note for key, note in notes.items() if note is not None}


def with_slot(theirs: Sheet, scores: Iterable[BlindScore]) -> Sheet:
    """What stands, with the scores of one slot in front."""
    codes = theirs.instrument.codes
    given = {codes[score.question_id]: as_answer(score) for score in scores if not score.is_withdrawn}
    return replace(theirs, rows={**theirs.rows, **given})


def as_answer(score: BlindScore) -> Answer:
    """A blind score in the shape of a member's answer, not stored."""
    return Answer(
        assessment_id=score.assessment_id,
        question_id=score.question_id,
        stage=Answer.Stage.MEMBER,
        choice=score.choice,
        inputs=score.inputs,
        version=score.version,
        round=score.round,
        is_withdrawn=score.is_withdrawn,
        updated_by=score.updated_by,
        updated_at=score.updated_at,
    )


def as_note(score: BlindScore) -> Note | None:
    """The note of a blind score in the shape of a member's note, not stored; None where there is none."""
    if not score.note:
        return None
    return Note(
        assessment_id=score.assessment_id,
        question_id=score.question_id,
        stage=Note.Stage.MEMBER,
        round=score.round,
        text=score.note,
        for_release=score.for_release,
        author=score.note_by,
        version=score.note_version,
        updated_at=score.updated_at,
    )


@dataclass(frozen=True)
class Pair:
    """What two members gave to one question, once both are in; `agreed` is the lead's score since then."""

    question: scoring.Question
    first: BlindScore
    second: BlindScore
    own: Answer | None
    agreed: Answer | None
    standing: Answer | None

    @property
    def code(self) -> str:
        return self.question.code

    @cached_property
    def is_same(self) -> bool:
        one, other = (scoring.read_answer(self.question, row.raw) for row in (self.first, self.second))
        return same_answer(self.question, one, other)

    @property
    def is_settled(self) -> bool:
        return self.is_same or self.agreed is not None


def shown_round(assessment: Assessment) -> int:
    """The round whose scores are on the table: the one before while the unit works on a new one."""
    return assessment.round - (assessment.state in (State.RETURNED, State.REOPENED))


def pairs_of(assessment: Assessment, sheets: StageSheets | None = None) -> tuple[Pair, ...]:
    """What two members gave in the last round, in the order of the questionnaire; nothing while they score blind.

    Two queries; one where `sheets` were read already.
    """
    if not is_paired(assessment) or is_blind(assessment):
        return ()
    sheets = sheets or stage_sheets(assessment)
    rows = _rows_by_question(assessment)
    made = (_pair(sheets, code, rows.get(pk, {})) for code, pk in sheets.instrument.question_ids.items())
    return tuple(pair for pair in made if pair is not None)


def unsettled(assessment: Assessment, sheets: StageSheets | None = None) -> tuple[str, ...]:
    """Codes where two members differ and the lead has not said since what holds."""
    return tuple(pair.code for pair in pairs_of(assessment, sheets) if not pair.is_settled)


def differing(assessment: Assessment) -> tuple[str, ...]:
    """Codes where two members differed in the last round, settled or not; for filters."""
    return tuple(pair.code for pair in pairs_of(assessment) if not pair.is_same)


def _rows_by_question(assessment: Assessment) -> Mapping[int, Mapping[int, BlindScore]]:
    found: dict[int, dict[int, BlindScore]] = {}
    rows = BlindScore.objects.filter(assessment=assessment, round=shown_round(assessment), is_withdrawn=False)
    for row in rows.select_related("updated_by", "note_by"):
        found.setdefault(row.question_id, {})[row.slot] = row
    return found


def _pair(sheets: StageSheets, code: str, rows: Mapping[int, BlindScore]) -> Pair | None:
    if rows.keys() != {FIRST, SECOND}:
        return None
    first, second = rows[FIRST], rows[SECOND]
    agreed = sheets.of(Answer.Stage.LEAD).rows.get(code)
    if agreed is not None and agreed.updated_at < max(first.updated_at, second.updated_at):
        agreed = None
    own, standing = sheets.unit.rows.get(code), sheets.tpi.rows.get(code)
    return Pair(sheets.instrument.value.question(code), first, second, own, agreed, standing)
