"""A worksheet on its way through the stages of TPI: scores, notes and steps of whoever has the turn."""

from typing import Any

from django.utils import timezone

from assessments.models import Answer, Assessment, Note
from assessments.queries.answers import both_sheets
from assessments.services.evaluation import Given, Saved, ScoreDraft, agree, save_score
from assessments.services.notes import NoteDraft, save_note
from assessments.services.transitions import Action, carry_out
from tests import factories
from tests.conftest import Cast
from units.models import User

CODE, OTHER = "A.I.1.i.b", "A.I.1.ii.b"
STATES = {"member": "review_member", "lead": "review_lead", "controller": "review_controller"}


FORWARD = {"member": Action.TO_LEAD, "lead": Action.TO_CONTROLLER, "controller": Action.FINALISE}


def put_in(assessment: Assessment, state: str, **fields: Any) -> None:
    for name, value in {"state": state, **fields}.items():
        setattr(assessment, name, value)
    assessment.save()


def agreed_by_the_member(assessment: Assessment, cast: Cast, answers: dict[str, Any]) -> Assessment:
    """Answered, and agreed with by the member."""
    factories.answer_everything(assessment, answers, by=cast.operator)
    factories.answer_everything(assessment, answers, stage="member", by=cast.member)
    put_in(assessment, "review_member")
    return assessment


def give(
    assessment: Assessment, actor: User, raw: Any, *, code: str = CODE, version: int = 0, note: str | None = None
) -> Saved:
    words = None if note is None else NoteDraft(note)
    draft = ScoreDraft(Given(raw), version, words)
    return save_score(assessment=assessment, code=code, actor=actor, draft=draft, now=timezone.now())


def follow(assessment: Assessment, actor: User, *, code: str = CODE, version: int = 0) -> Saved:
    draft = ScoreDraft(None, version)
    return agree(assessment=assessment, code=code, actor=actor, draft=draft, now=timezone.now())


def jot(assessment: Assessment, actor: User, text: str = "Catatan", *, version: int = 0) -> Note | None:
    draft = NoteDraft(text, version=version)
    return save_note(assessment=assessment, code=CODE, actor=actor, draft=draft, now=timezone.now())


def step(assessment: Assessment, action: Action, actor: User) -> None:
    carry_out(assessment=assessment, action=action, actor=actor, now=timezone.now(), reason="Alasan uji")


def in_force(assessment: Assessment, code: str = CODE) -> tuple[str, Any, User | None]:
    row = both_sheets(assessment)[1].rows[code]
    return row.stage, row.raw, row.updated_by


def rescore_all(assessment: Assessment, stage: str, by: User, *, below: str = "member") -> None:
    """Every question taken over by a later stage, past the services."""
    rows = Answer.objects.filter(assessment=assessment, stage=below)
    done = set(Answer.objects.filter(assessment=assessment, stage=stage).values_list("question_id", flat=True))
    Answer.objects.bulk_create(
        Answer(
            assessment=assessment,
            question_id=row.question_id,
            stage=stage,
            choice=row.choice,
            inputs=row.inputs,
            updated_by=by,
            updated_at=timezone.now(),
        )
        for row in rows
        if row.question_id not in done
    )
