"""What TPI asks the unit to mend, decided here for locks, task list and comparison of rounds (REL-51).

A round ends with the return or with the final result. It asks by its own notes that were released, and by TPI's
replies for the unit on notes of earlier rounds that were released with it, unless TPI had closed the thread by then.
A clarification asks for words only, and an assistance team's advice asks for nothing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from assessments.models import Assessment, Note, NoteMessage, TransitionRecord

ENDINGS = ("return", "finalise")


def with_replies(notes: QuerySet[Note], rounds: Collection[int]) -> QuerySet[Note]:
    """Adds `asked_again_at` and `asked_again`: when and in which words TPI asked again as one of these rounds ended.

    Both are None where it did not; the last time counts.
    """
    last = _asking_replies(round__in=rounds).filter(note=OuterRef("pk")).order_by("-pk")
    return notes.annotate(
        asked_again_at=Subquery(last.values("released_at")[:1]), asked_again=Subquery(last.values("text")[:1])
    )


def requests(assessment: Assessment, rounds: Collection[int]) -> QuerySet[Note]:
    """The notes by which these rounds ask, with what `with_replies` adds."""
    given = _of_tpi().filter(assessment=assessment, released_at__isnull=False)
    return with_replies(given, rounds).filter(Q(round__in=rounds) | Q(asked_again_at__isnull=False))


def is_asked(question_id: int) -> Q:
    """A fact for `transitions.lock`: whether the round before the present one asks for this question."""
    given = _of_tpi().filter(assessment=OuterRef("pk"), question=question_id, released_at__isnull=False)
    replies = _asking_replies(round=OuterRef(OuterRef("round")) - 1)
    replies = replies.filter(note__assessment=OuterRef("pk"), note__question=question_id)
    return Q(Exists(given.filter(round=OuterRef("round") - 1))) | Q(Exists(replies))


def asks(note: Note, ended: int) -> bool:
    """Whether a note from `with_replies` asked for the improvement of its question when round `ended` ended."""
    if note.kind == Note.Kind.CLARIFICATION or note.released_at is None:
        return False
    return note.round == ended or asked_again_at(note) is not None


def asked_again_at(note: Note) -> datetime | None:
    found: datetime | None = vars(note)["asked_again_at"]
    return found


def would_ask(assessment: Assessment) -> bool:
    """Whether something that TPI marked for the unit opens a question if the worksheet is returned now."""
    marked = _of_tpi().filter(assessment=assessment, round=assessment.round, for_release=True)
    given = _replies().filter(note__assessment=assessment, note__for_release=True, note__released_at__isnull=False)
    waiting = given.filter(released_at__isnull=True).exclude(note__thread=Note.Thread.CLOSED)
    return marked.exists() or waiting.exists()


def _of_tpi() -> QuerySet[Note]:
    """What asks once it is released."""
    return Note.objects.exclude(stage=Note.Stage.ASSISTANCE).exclude(kind=Note.Kind.CLARIFICATION)


def _replies() -> QuerySet[NoteMessage]:
    """TPI's words for the unit on what asks; advice takes no replies."""
    return NoteMessage.objects.filter(by_unit=False, is_internal=False).exclude(note__kind=Note.Kind.CLARIFICATION)


def _asking_replies(**ended: Any) -> QuerySet[NoteMessage]:
    """Those that were released as a later round than that of their note ended; `ended` says which rounds."""
    ending = TransitionRecord.objects.filter(
        **ended,
        assessment=OuterRef("note__assessment"),
        action__in=ENDINGS,
        round__gt=OuterRef("note__round"),
        at=OuterRef("released_at"),
    )
    is_left_open = Q(note__closed_at__isnull=True) | Q(note__closed_at__gt=F("released_at"))
    return _replies().filter(Exists(ending.order_by()), is_left_open)
