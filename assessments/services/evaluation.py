"""TPI scores: one question at a time, beside the unit's answer, with the note that a difference needs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, Note
from assessments.queries.answers import Sheet, both_sheets, same_answer
from assessments.services.answers import VersionMissing
from assessments.services.notes import note_as_json, own_note, write_note
from assessments.services.revisions import keep
from assessments.services.score_drafts import (
    Given,
    NoteMissing,
    Saved,
    ScoreDraft,
    ScoreMissing,
    ScorePartial,
    StaleScore,
)
from assessments.services.transitions import Action, Closed, WrongState, carry_out, lock
from units import audit
from units.models import User

__all__ = [
    "Given",
    "NoteMissing",
    "Saved",
    "ScoreDraft",
    "ScoreMissing",
    "ScorePartial",
    "StaleScore",
    "agree",
    "save_score",
]
State = Assessment.State


def save_score(*, assessment: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime) -> Saved:
    """Store a member's score and note of one question; the first one starts the review of what was submitted.

    Raises PermissionDenied, VersionMissing, WrongState, Closed, StaleScore, StaleNote, NoteMissing, ScoreMissing,
    ScorePartial, scoring.AnswerError.
    """
    return _save(assessment, code, actor, draft, now, "score.save")


def agree(*, assessment: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime) -> Saved:
    """Take over the unit's answer as it stands, blank ones included; `draft.score` is not read."""
    return _save(assessment, code, actor, draft, now, "score.agree")


def _save(assessment: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime, verb: str) -> Saved:
    if not permissions.can_score(actor, assessment):
        raise PermissionDenied
    if draft.version is None or (draft.note is not None and draft.note.version is None):
        raise VersionMissing
    with transaction.atomic():
        locked = lock(assessment)
        _refuse_closed(locked, now)
        mine, theirs = both_sheets(locked)
        given = _given_by_unit(mine, code) if verb == "score.agree" else draft.score
        before = theirs.rows.get(code)
        _refuse_stale(before, draft, given)
        note_before = _note(locked, mine, code, draft, given)
        question_id = mine.instrument.question_ids[code]
        note = note_before
        if draft.note is not None:
            note = write_note(locked, question_id, Note.Stage.MEMBER, note_before, draft.note, actor, now)
        if given is None and before is None and note is None and note_before is None:
            raise ScoreMissing
        _refuse_silent_difference(locked, mine, code, given or _kept(before), note)
        if locked.state == State.SUBMITTED:
            carry_out(assessment=locked, action=Action.START, actor=actor, now=now)
        row = _write(locked, question_id, before, given, actor, now)
        if row is not None and row is not before:
            keep(row)
        _record(locked, code, verb, (before, note_before), (row, note), actor, now)
    assessment.state, assessment.round, assessment.version = locked.state, locked.round, locked.version
    rows: Mapping[str, Answer] = theirs.rows if row is None else {**theirs.rows, code: row}
    return Saved(mine, replace(theirs, rows=rows), row, note)


def _refuse_closed(assessment: Assessment, now: datetime) -> None:
    if assessment.state not in permissions.SCORABLE:
        raise WrongState(state=assessment.state, action="score")
    if not permissions.is_open_for_scoring(assessment, now):
        raise Closed(deadline=assessment.window.review_until)


def _given_by_unit(mine: Sheet, code: str) -> Given:
    row = mine.rows.get(code)
    return Given(row.raw if row else None)


def _kept(row: Answer | None) -> Given | None:
    return None if row is None else Given(row.raw)


def _refuse_stale(before: Answer | None, draft: ScoreDraft, given: Given | None) -> None:
    """A page that shows an older score may not write over it; writing the same again harms nobody."""
    if given is None or draft.version == (before.version if before else 0):
        return
    if before is None or before.raw != given.raw:
        raise StaleScore(row=before)


def _note(assessment: Assessment, mine: Sheet, code: str, draft: ScoreDraft, given: Given | None) -> Note | None:
    """The note as it stands; not asked for where there is none on the page and none is needed."""
    same = given is not None and given == _given_by_unit(mine, code)
    silent = draft.note is None or not (draft.note.text or draft.note.version)
    if same and silent:
        return None
    return own_note(assessment, mine.instrument.question_ids[code], Note.Stage.MEMBER)


def _refuse_silent_difference(
    assessment: Assessment, mine: Sheet, code: str, given: Given | None, note: Note | None
) -> None:
    """Where the score differs a note stands, of this round or of an earlier one."""
    if given is None:
        return
    question = mine.instrument.value.question(code)
    answer = scoring.read_answer(question, given.raw)
    same = same_answer(question, mine.values.get(code), answer)
    if answer is not None and not same and not scoring.is_answered(question, answer):
        raise ScorePartial
    if same or note is not None:
        return
    question_id = mine.instrument.question_ids[code]
    earlier = Note.objects.filter(
        assessment=assessment, question_id=question_id, stage=Note.Stage.MEMBER, round__lt=assessment.round
    )
    if not earlier.exists():
        raise NoteMissing


def _write(
    assessment: Assessment, question_id: int, before: Answer | None, given: Given | None, actor: User, now: datetime
) -> Answer | None:
    """Insert or update TPI's row. The same score again in the same round changes nothing."""
    if given is None:
        return before
    choice = given.raw if isinstance(given.raw, str) else ""
    inputs = None if isinstance(given.raw, str) else given.raw
    if before is None:
        return _insert(assessment, question_id, choice, inputs, actor, now)
    if before.raw == given.raw and before.round == assessment.round:
        return before
    fields = {"choice": choice, "inputs": inputs, "round": assessment.round, "updated_by": actor, "updated_at": now}
    if not Answer.objects.filter(pk=before.pk, version=before.version).update(**fields, version=F("version") + 1):
        raise StaleScore(row=Answer.objects.select_related("updated_by").get(pk=before.pk))
    return Answer(
        pk=before.pk,
        assessment=assessment,
        question_id=question_id,
        stage=before.stage,
        version=before.version + 1,
        **fields,
    )


def _insert(assessment: Assessment, question_id: int, choice: str, inputs: Any, actor: User, now: datetime) -> Answer:
    try:
        with transaction.atomic():
            return Answer.objects.create(
                assessment=assessment,
                question_id=question_id,
                stage=Answer.Stage.MEMBER,
                choice=choice,
                inputs=inputs,
                round=assessment.round,
                updated_by=actor,
                updated_at=now,
            )
    except IntegrityError as error:
        rows = Answer.objects.filter(assessment=assessment, question_id=question_id, stage=Answer.Stage.MEMBER)
        raise StaleScore(row=rows.select_related("updated_by").first()) from error


def _record(
    assessment: Assessment,
    code: str,
    verb: str,
    before: tuple[Answer | None, Note | None],
    after: tuple[Answer | None, Note | None],
    actor: User,
    now: datetime,
) -> None:
    """One line, and only when something changed."""
    if after[0] is before[0] and after[1] is before[1]:
        return
    audit.record(
        verb=verb,
        target=after[0] or after[1] or before[1] or assessment,
        actor=actor,
        now=now,
        unit=assessment.unit,
        before=_as_json(code, *before),
        after=_as_json(code, *after),
    )


def _as_json(code: str, row: Answer | None, note: Note | None) -> dict[str, Any]:
    return {
        "question": code,
        "scored": row is not None,
        "answer": row.raw if row else None,
        "note": note_as_json(note),
    }
