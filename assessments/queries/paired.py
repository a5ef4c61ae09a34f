"""What two members say without seeing each other, as each reader may see it, and where they differ once both are in.

Nothing else reads BlindScore: numbers, lists, exports and reports only know Answer.
"""

from dataclasses import replace

from assessments import permissions
from assessments.models import Answer, Assessment, BlindScore
from assessments.queries.answers import Sheet, both_sheets
from assessments.queries.scorers import slot_of
from units.models import Team, User


def is_paired(assessment: Assessment) -> bool:
    return assessment.scoring == Team.Scoring.PAIRED


def is_blind(assessment: Assessment) -> bool:
    """Whether two members score this worksheet now, each for themselves."""
    return is_paired(assessment) and assessment.state in permissions.SCORABLE


def sheets_for(user: User, assessment: Assessment) -> tuple[Sheet, Sheet]:
    """The unit's and TPI's answers as this reader may see them; one query, in blind scoring at most four.

    While two members score blind, each sees what they gave themselves in this round in front of what stands; everybody
    else sees only what stands.
    """
    mine, theirs = both_sheets(assessment)
    slot = slot_of(user, assessment) if is_blind(assessment) else None
    if slot is None:
        return mine, theirs
    return mine, with_slot(theirs, own_scores(assessment, slot))


def own_scores(assessment: Assessment, slot: int) -> tuple[BlindScore, ...]:
    """What one slot gave in the present round; one query. Only for that slot's holder, or once both are in."""
    rows = BlindScore.objects.filter(assessment=assessment, slot=slot, round=assessment.round)
    return tuple(rows.select_related("updated_by"))


def with_slot(theirs: Sheet, scores: tuple[BlindScore, ...]) -> Sheet:
    """What stands, with the scores of one slot in front."""
    codes = theirs.instrument.codes
    rows = dict(theirs.rows)
    for score in scores:
        rows[codes[score.question_id]] = as_answer(score)
    return replace(theirs, rows=rows)


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
        updated_by=score.updated_by,
        updated_at=score.updated_at,
    )
