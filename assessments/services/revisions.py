"""Keeps what answers said: one row for every save, written in the transaction of the save."""

from collections.abc import Iterable
from uuid import UUID

from assessments.models import Answer, AnswerRevision

Origin = AnswerRevision.Origin
BATCH = 2000


def keep(answer: Answer, *, origin: str = Origin.TYPED, key: UUID | None = None) -> AnswerRevision:
    """The revision of an answer as it has just been saved."""
    revision = AnswerRevision.of(answer, origin=origin, key=key)
    revision.save(force_insert=True)
    return revision


def keep_all(answers: Iterable[Answer], *, origin: str = Origin.TYPED) -> None:
    """The revisions of many answers, each saved once."""
    AnswerRevision.objects.bulk_create((AnswerRevision.of(answer, origin=origin) for answer in answers), BATCH)
