"""What an assistance team advises: one note on a question in each round, for the unit from the start."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, Note
from assessments.queries.instruments import stored_instrument
from assessments.services.answers import VersionMissing, refuse_closed
from assessments.services.texts import checked_text
from assessments.services.transitions import lock
from units import audit
from units.models import User
from zi_portal.errors import Refused


class EmptyNote(Refused):
    status = 422
    message = _("Tuliskan catatannya.")


class StaleNote(Refused):
    """A colleague saved in between; `theirs` is the note that stands."""

    message = _("Catatan ini sudah diubah anggota tim lain. Belum ada yang ditimpa.")

    def __init__(self, theirs: Note | None) -> None:
        self.theirs = theirs
        super().__init__(theirs=theirs)


def save_note(*, assessment: Assessment, code: str, text: str, version: int | None, actor: User, now: datetime) -> Note:
    """Write or change the assistance note on a question of this round, while the unit may still act on it.

    `version` is 0 for a first note. KeyError for an unknown code. Raises PermissionDenied, VersionMissing,
    TextRefused, EmptyNote, WrongState, Closed, StaleNote.
    """
    question_id = stored_instrument(assessment.period.instrument).question_ids[code]
    if not permissions.can_assist(actor, assessment):
        raise PermissionDenied
    if version is None:
        raise VersionMissing
    advice = checked_text(text, NOTE_MAX)
    if not advice:
        raise EmptyNote
    with transaction.atomic():
        locked = lock(assessment)
        refuse_closed(locked, now)
        note = _of_this_round(locked, question_id)
        if note is not None and note.text == advice:
            return note
        if version != (note.version if note else 0):
            raise StaleNote(note)
        new = _write(locked, question_id, note, advice, actor, now)
        audit.record(
            verb="note.assist",
            target=new,
            actor=actor,
            now=now,
            unit=locked.unit,
            before={"question": code, "text": note.text} if note else None,
            after={"question": code, "text": advice},
        )
    return new


def _of_this_round(assessment: Assessment, question_id: int) -> Note | None:
    return (
        Note.objects.filter(
            assessment=assessment, question=question_id, stage=Note.Stage.ASSISTANCE, round=assessment.round
        )
        .select_related("author")
        .first()
    )


def _write(assessment: Assessment, question_id: int, note: Note | None, text: str, actor: User, now: datetime) -> Note:
    if note is None:
        return Note.objects.create(
            assessment=assessment,
            question_id=question_id,
            stage=Note.Stage.ASSISTANCE,
            round=assessment.round,
            text=text,
            author=actor,
            updated_at=now,
        )
    mine = Note.objects.filter(pk=note.pk, version=note.version)
    if not mine.update(text=text, author=actor, updated_at=now, version=F("version") + 1):
        raise StaleNote(note)
    return _of_this_round(assessment, question_id) or note
