"""TPI's notes on questions: one for each stage and round, free to change until it is released."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, Note
from assessments.queries.instruments import stored_instrument
from assessments.queries.paired import is_blind
from assessments.queries.scorers import scoring_of, slot_of
from assessments.services.answers import VersionMissing
from assessments.services.paired import save_blind_note
from assessments.services.review_checks import NotAssigned, party, refuse_conflict
from assessments.services.score_drafts import NoteDiscussed, NoteDraft, NoteReleased, StaleNote
from assessments.services.texts import checked_text
from assessments.services.transitions import Action, Closed, WrongState, carry_out, lock
from units import audit
from units import permissions as who
from units.models import Team, User

__all__ = [
    "NoteDraft",
    "NoteReleased",
    "StaleNote",
    "note_as_json",
    "note_stage",
    "own_note",
    "save_note",
    "take_note_turn",
    "write_note",
]
State = Assessment.State
# Whose turn it is, and under which stage that person's notes stand.
NOTE_TURNS = {
    State.SUBMITTED: (who.TPI_MEMBER, Note.Stage.MEMBER),
    State.REVIEW_MEMBER: (who.TPI_MEMBER, Note.Stage.MEMBER),
    State.REVIEW_LEAD: (who.TPI_LEAD, Note.Stage.LEAD),
    State.REVIEW_CONTROLLER: (who.TPI_CONTROLLER, Note.Stage.CONTROLLER),
}


def note_stage(user: User, assessment: Assessment) -> Note.Stage | None:
    """The stage under which this person may write notes in the present state; None for nobody's turn."""
    role, stage = NOTE_TURNS.get(State(assessment.state), ("", None))
    return stage if role in permissions.evaluator_roles(user, assessment) else None


def save_note(*, assessment: Assessment, code: str, actor: User, draft: NoteDraft, now: datetime) -> Note | None:
    """Write, change or remove (empty text) the actor's note on a question; None when there is no note now.

    A note stands for a score that differs, so only who may score writes one. Raises PermissionDenied, VersionMissing,
    WrongState, Closed, NotAssigned, ConflictOfInterest, StaleNote, NoteReleased.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    if draft.version is None:
        raise VersionMissing
    with transaction.atomic():
        locked, stage = take_note_turn(assessment, actor, now)
        if is_blind(locked):
            return save_blind_note(locked=locked, code=code, actor=actor, draft=draft, now=now)
        question_id = stored_instrument(locked.period.instrument).question_ids[code]
        found = own_note(locked, question_id, stage)
        before = note_as_json(found)
        after = write_note(locked, question_id, stage, found, draft, actor, now)
        if note_as_json(after) != before:
            audit.record(
                verb="note.save",
                target=after or found or locked,
                actor=actor,
                now=now,
                unit=locked.unit,
                before={"question": code, "note": before},
                after={"question": code, "note": note_as_json(after)},
            )
    return after


def take_note_turn(assessment: Assessment, actor: User, now: datetime) -> tuple[Assessment, Note.Stage]:
    """Lock the worksheet for somebody who may write notes on it now, and tell under which stage.

    Members write in their slot only; where two score blind, a note begins the review. Inside the caller's transaction.
    Raises WrongState, Closed, NotAssigned, ConflictOfInterest, Incomplete.
    """
    locked = lock(assessment, is_party=party(actor))
    stage = note_stage(actor, locked)
    if stage is None:
        raise WrongState(state=locked.state, action="note")
    if not permissions.window_of(locked).reviewers_may_write(now):
        raise Closed(deadline=locked.window.review_until)
    if vars(locked)["is_party"]:
        refuse_conflict(locked, actor)
    if stage == Note.Stage.MEMBER and not is_blind(locked) and slot_of(actor, locked) is None:
        raise NotAssigned
    if locked.state == State.SUBMITTED and scoring_of(locked) == Team.Scoring.PAIRED:
        carry_out(assessment=locked, action=Action.START, actor=actor, now=now)
    return locked, stage


def own_note(assessment: Assessment, question_id: int, stage: str) -> Note | None:
    """The note of this stage in the present round."""
    rows = Note.objects.filter(
        assessment=assessment,
        question_id=question_id,
        stage=stage,
        round=assessment.round,
        kind=Note.Kind.NOTE,
    )
    return rows.select_related("author").first()


def write_note(
    assessment: Assessment,
    question_id: int,
    stage: str,
    found: Note | None,
    draft: NoteDraft,
    actor: User,
    now: datetime,
) -> Note | None:
    """Bring the stored note to what the draft says; an unchanged one is left alone.

    Raises StaleNote, NoteReleased, TextRefused.
    """
    draft = replace(draft, text=checked_text(draft.text, NOTE_MAX))
    if found is not None and (found.text, found.for_release) == (draft.text, draft.for_release):
        return found
    if draft.version != (found.version if found else 0):
        raise StaleNote(note=found)
    if found is None:
        return _create(assessment, question_id, stage, draft, actor, now) if draft.text else None
    if found.released_at is not None:
        raise NoteReleased
    if not draft.text:
        if found.messages.exists() or found.files.exists():
            raise NoteDiscussed
        Note.objects.filter(pk=found.pk, version=found.version, released_at__isnull=True).delete()
        return None
    changed = Note.objects.filter(pk=found.pk, version=found.version, released_at__isnull=True).update(
        text=draft.text,
        for_release=draft.for_release,
        author=actor,
        version=F("version") + 1,
        updated_at=now,
    )
    if not changed:
        raise StaleNote(note=found)
    return Note(
        pk=found.pk,
        assessment=assessment,
        question_id=question_id,
        stage=stage,
        round=found.round,
        text=draft.text,
        for_release=draft.for_release,
        author=actor,
        version=found.version + 1,
        updated_at=now,
    )


def _create(assessment: Assessment, question_id: int, stage: str, draft: NoteDraft, actor: User, now: datetime) -> Note:
    try:
        with transaction.atomic():
            return Note.objects.create(
                assessment=assessment,
                question_id=question_id,
                stage=stage,
                round=assessment.round,
                text=draft.text,
                for_release=draft.for_release,
                author=actor,
                updated_at=now,
            )
    except IntegrityError as error:
        raise StaleNote(note=own_note(assessment, question_id, stage)) from error


def note_as_json(note: Note | None) -> dict[str, Any] | None:
    """What the audit log keeps of a note."""
    return None if note is None else {"text": note.text, "for_release": note.for_release, "stage": str(note.stage)}
