"""Notes as threads: what each side may read of them, message by message (SEC-05)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from assessments import permissions
from assessments.models import Assessment, Note, NoteFile, NoteMessage
from units.models import User

State = Assessment.State
# TPI deliberates: what it writes on notes stays with it until the worksheet is returned or final.
IN_DELIBERATION = (State.SUBMITTED, *Assessment.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Message:
    """One contribution, with its files."""

    row: NoteMessage
    files: tuple[NoteFile, ...] = ()

    @property
    def waits(self) -> bool:
        """Meant for the unit, which does not see it yet."""
        return not self.row.is_internal and self.row.released_at is None


@dataclass(frozen=True, slots=True)
class Thread:
    """A note with what was said on it, oldest first; `state` is a Note.Thread as this side may know it.

    `files` are those of the note itself. An assistance team's advice is a note without a thread: `is_advice`.
    """

    note: Note
    state: str
    messages: tuple[Message, ...] = ()
    files: tuple[NoteFile, ...] = ()

    @property
    def is_advice(self) -> bool:
        return self.note.stage == Note.Stage.ASSISTANCE

    @property
    def is_clarification(self) -> bool:
        return self.note.kind == Note.Kind.CLARIFICATION

    @property
    def waits_for_unit(self) -> bool:
        """The unit's turn."""
        return self.state == Note.Thread.OPEN and self.note.released_at is not None

    @property
    def is_closed(self) -> bool:
        return self.state == Note.Thread.CLOSED

    @property
    def is_answered(self) -> bool:
        return self.state == Note.Thread.ANSWERED

    @property
    def last(self) -> int:
        """The id of the last message that this side sees; 0 for none."""
        return self.messages[-1].row.pk if self.messages else 0


def threads_of(assessment: Assessment, question_ids: Collection[int], *, for_unit: bool) -> dict[int, list[Thread]]:
    """Threads of some questions by question id, in the order of rounds; at most three queries.

    For the unit (and everybody who reads as it does): what was released, and advice; never an internal message.
    """
    rows = Note.objects.filter(assessment=assessment, question_id__in=question_ids)
    return _by_question(threads_from(assessment, _readable(rows, for_unit=for_unit), for_unit=for_unit))


def all_threads(assessment: Assessment, *, for_unit: bool) -> list[Thread]:
    """TPI's threads on the whole worksheet in its order, without advice; at most three queries."""
    rows = Note.objects.filter(assessment=assessment).exclude(stage=Note.Stage.ASSISTANCE)
    readable = _readable(rows, for_unit=for_unit).select_related("question")
    return threads_from(assessment, readable.order_by("question__position", "round", "pk"), for_unit=for_unit)


def _readable(rows: QuerySet[Note], *, for_unit: bool) -> QuerySet[Note]:
    if for_unit:
        rows = rows.filter(Q(released_at__isnull=False) | Q(stage=Note.Stage.ASSISTANCE))
    return rows.select_related("author", "closed_by").order_by("round", "pk")


def threads_from(assessment: Assessment, notes: Iterable[Note], *, for_unit: bool) -> list[Thread]:
    """Threads of notes that this side may read; two queries where there are notes of TPI, else none."""
    found = list(notes)
    heads = [note.pk for note in found if note.stage != Note.Stage.ASSISTANCE]
    messages: defaultdict[int, list[Message]] = defaultdict(list)
    of_note: defaultdict[int, list[NoteFile]] = defaultdict(list)
    if heads:
        of_message: defaultdict[int | None, list[NoteFile]] = defaultdict(list)
        for file in NoteFile.objects.filter(note__in=heads).order_by("pk"):
            (of_message[file.message_id] if file.message_id else of_note[file.note_id]).append(file)
        for row in _visible_messages(heads, for_unit=for_unit):
            messages[row.note_id].append(Message(row, tuple(of_message[row.pk])))
    return [
        Thread(
            note=note,
            state=shown_state(assessment, note, messages[note.pk]) if for_unit else note.thread,
            messages=tuple(messages[note.pk]),
            files=tuple(of_note[note.pk]),
        )
        for note in found
    ]


def _visible_messages(notes: list[int], *, for_unit: bool) -> QuerySet[NoteMessage]:
    rows = NoteMessage.objects.filter(note__in=notes).select_related("author").order_by("pk")
    return rows.filter(is_internal=False, released_at__isnull=False) if for_unit else rows


def shown_state(assessment: Assessment, note: Note, messages: Iterable[Message] = ()) -> str:
    """The state that the unit may know: what TPI closes while it deliberates stays with TPI until it is through."""
    if not closed_in_deliberation(assessment, note):
        return note.thread
    last = [message.row.by_unit for message in messages][-1:]
    return Note.Thread.ANSWERED if last == [True] else Note.Thread.OPEN


def closed_in_deliberation(assessment: Assessment, note: Note) -> bool:
    """Closed since the worksheet was sent, while TPI has not returned or finalised it."""
    if note.kind == Note.Kind.CLARIFICATION or assessment.state not in IN_DELIBERATION or note.closed_at is None:
        return False
    return assessment.submitted_at is None or note.closed_at >= assessment.submitted_at


def file_for(user: User, uuid: UUID) -> NoteFile | None:
    """A file of a note that this person may read now; one query, and those of visible assessments."""
    file = (
        NoteFile.objects.filter(uuid=uuid, note__assessment__in=Assessment.objects.visible_to(user))
        .select_related("message", "note__assessment__period", "note__assessment__unit")
        .first()
    )
    if file is None:
        return None
    assessment = file.note.assessment
    if permissions.can_see_evaluation(user, assessment):
        return file
    is_released = file.note.released_at is not None and (file.message is None or file.message.released_at is not None)
    return file if is_released and permissions.can_see_answers(user, assessment) else None


def _by_question(threads: Iterable[Thread]) -> dict[int, list[Thread]]:
    found: defaultdict[int, list[Thread]] = defaultdict(list)
    for thread in threads:
        found[thread.note.question_id].append(thread)
    return dict(found)
