"""Keeps what answers said: one row for every save, written in the transaction of the save."""

from collections.abc import Iterable
from uuid import UUID

from assessments.models import Answer, AnswerRevision

Origin = AnswerRevision.Origin
BATCH = 2000


def keep(answer: Answer, *, origin: str = Origin.TYPED, key: UUID | None = None) -> AnswerRevision:
    """The revision of an answer as it has just been saved."""
    revision = _revision(answer, origin, key)
    revision.save(force_insert=True)
    return revision


def keep_all(answers: Iterable[Answer], *, origin: str = Origin.TYPED) -> None:
    """The revisions of many answers, each saved once."""
    AnswerRevision.objects.bulk_create((_revision(answer, origin, None) for answer in answers), batch_size=BATCH)


def _revision(answer: Answer, origin: str, key: UUID | None) -> AnswerRevision:
    return AnswerRevision(
        answer=answer,
        version=answer.version,
        choice=answer.choice,
        inputs=answer.inputs,
        note=answer.note,
        round=answer.round,
        origin=origin,
        key=key,
        by_id=answer.updated_by_id,
        at=answer.updated_at,
    )
